"""The endpoints under /api/2.x/clusters: what there is to choose from, and what became of a run's cluster."""

from collections.abc import Mapping, Sequence

from kit.databricks.book import RunBook
from kit.databricks.call import Call, Endpoint
from kit.databricks.errors import invalid_parameter
from kit.databricks.runs import ClusterReason, TaskRun
from kit.databricks.values import JsonObject

NODE_TYPES = (
    *("m5.large", "m5.xlarge", "m5d.large", "m5d.4xlarge", "c5d.xlarge", "r5d.large", "i3.xlarge"),
    *("g5.xlarge", "Standard_DS3_v2", "Standard_D4ds_v5", "n2-highmem-4"),
)
SPARK_VERSIONS = (
    *("13.3.x-scala2.12", "14.3.x-scala2.12", "15.4.x-scala2.12", "16.4.x-scala2.12", "17.3.x-scala2.13"),
    *("15.4.x-cpu-ml-scala2.12", "15.4.x-gpu-ml-scala2.12"),
)
_DONE = ClusterReason("JOB_FINISHED", "SUCCESS")
_STATES = {"QUEUED": "PENDING", "BLOCKED": "PENDING", "PENDING": "PENDING"}


class Machines:
    """The clusters of a workspace. `existing` are those that are always on, as they were specified."""

    def __init__(
        self,
        book: RunBook,
        node_types: Sequence[str],
        spark_versions: Sequence[str],
        existing: Mapping[str, JsonObject],
    ) -> None:
        self._book = book
        self._node_types = node_types
        self._spark_versions = spark_versions
        self._existing = existing

    def endpoints(self) -> dict[tuple[str, str], Endpoint]:
        """By method and path without the version."""
        return {
            ("GET", "/clusters/get"): self._get,
            ("GET", "/clusters/list-node-types"): self._list_node_types,
            ("GET", "/clusters/spark-versions"): self._list_spark_versions,
        }

    def _get(self, call: Call) -> JsonObject:
        cluster_id = call.text("cluster_id")
        if cluster_id in self._existing:
            return {**self._existing[cluster_id], "cluster_id": cluster_id, "state": "RUNNING"}
        with self._book.change():
            attempt = self._book.cluster(cluster_id)
            if attempt is None:
                raise invalid_parameter(f"Cluster {cluster_id} does not exist")
            return _describe(attempt)

    def _list_node_types(self, _call: Call) -> JsonObject:
        return {
            "node_types": [
                {
                    "node_type_id": name,
                    "instance_type_id": name,
                    "description": name,
                    "memory_mb": 31232,
                    "num_cores": 4.0,
                    "is_deprecated": False,
                }
                for name in self._node_types
            ]
        }

    def _list_spark_versions(self, _call: Call) -> JsonObject:
        return {"versions": [{"key": key, "name": f"{key[:4]} LTS"} for key in self._spark_versions]}


def _describe(attempt: TaskRun) -> JsonObject:
    spec = attempt.sent.get("new_cluster")
    shown: JsonObject = {
        **(spec if isinstance(spec, dict) else {}),
        "cluster_id": attempt.cluster_id,
        "cluster_source": "JOB",
        "state": _STATES.get(attempt.state, attempt.state),
        "state_message": "",
    }
    if attempt.ending:
        reason = attempt.ending.cluster or _DONE
        parameters: JsonObject = {"databricks_error_message": reason.message} if reason.message else {}
        shown |= {
            "state": "TERMINATED",
            "state_message": reason.message,
            "termination_reason": {"code": reason.code, "type": reason.kind, "parameters": parameters},
        }
    return shown
