"""What a workspace offers and holds, for checks before a submission and for the reasons of a failure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from databricks_train.workspace.verdict import Reason, read_reason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from databricks_train.job.body import Body
    from databricks_train.workspace.door import Door

CLUSTERS: Final = "/api/2.1/clusters"


class Catalog:
    """Questions to a workspace whose answers cost nothing. Errors are those of `Door`."""

    def __init__(self, door: Door) -> None:
        self._door = door

    def node_types(self) -> frozenset[str]:
        """The machines that a cluster may ask for."""
        answer = self._door.get(f"{CLUSTERS}/list-node-types", "its node types")
        return frozenset(_texts(answer, "node_types", "node_type_id"))

    def spark_versions(self) -> frozenset[str]:
        """The runtimes that a cluster may ask for."""
        answer = self._door.get(f"{CLUSTERS}/spark-versions", "its Spark versions")
        return frozenset(_texts(answer, "versions", "key"))

    def secret_keys(self, scope: str) -> frozenset[str]:
        """The names of the secrets in a scope that the login may read. Raises SettingsError without one."""
        answer = self._door.get("/api/2.0/secrets/list", f"secret scope {scope}", {"scope": scope})
        return frozenset(_texts(answer, "secrets", "key"))

    def job_name(self, job_id: int) -> str:
        """The name of a saved job."""
        answer = self._door.get("/api/2.2/jobs/get", f"job {job_id}", {"job_id": job_id})
        settings = answer.get("settings")
        return str(settings.get("name") or "") if isinstance(settings, dict) else ""

    def cluster(self, cluster_id: str) -> Body:
        """A cluster that is there, or was not long ago."""
        return self._door.get(f"{CLUSTERS}/get", f"cluster {cluster_id}", {"cluster_id": cluster_id})

    def end_of_cluster(self, cluster_id: str) -> Reason | None:
        """Why a cluster ended, or None while it has not."""
        return read_reason(self.cluster(cluster_id))


def _texts(answer: Body, items: str, name: str) -> Iterator[str]:
    listed = answer.get(items)
    for item in listed if isinstance(listed, list) else ():
        if isinstance(item, dict) and item.get(name):
            yield str(item[name])
