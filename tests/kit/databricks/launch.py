"""From a task to a process on its cluster: pure, so that what will be run can be looked at."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from types import MappingProxyType
from urllib.parse import urlsplit

from kit.databricks.endings import cluster_ending
from kit.databricks.errors import ApiError
from kit.databricks.files import Entry, canonical
from kit.databricks.references import expand_references
from kit.databricks.runs import Ending, Run, TaskRun
from kit.databricks.spec import BasicAuth, Cluster

DRIVER_FOLDER = "/databricks/driver"
_SECRET = re.compile(r"\{\{secrets/([^/{}]+)/([^/{}]+)\}\}")

Secrets = Mapping[str, Mapping[str, str]]


class LaunchError(Exception):
    """A task that never gets to run: its cluster or its file is at fault."""

    def __init__(self, message: str, code: str = "CLUSTER_ERROR") -> None:
        super().__init__(message)
        self.ending = Ending("FAILED", message, "INTERNAL_ERROR", code)


@dataclass(frozen=True)
class Launch:
    """One process: `python script arguments`, in `folder`, in a container of `image`."""

    image: str
    login: BasicAuth | None = field(repr=False)
    environment: Mapping[str, str] = field(repr=False)
    script: str
    arguments: tuple[str, ...]
    folder: str


def plan(
    run: Run,
    attempt: TaskRun,
    host: str,
    secrets: Secrets,
    file: Callable[[str], Entry],
    *,
    existing: Mapping[str, Cluster] = MappingProxyType({}),
) -> Launch:
    """What a task asks for, with its references resolved; `existing` are the clusters that are there already.

    Raises:
        LaunchError: an unknown cluster, no image, a secret or a file that is not there, no Python file.
    """
    task = attempt.task
    if task.environment_key:
        raise LaunchError("The stand-in has no serverless compute.")
    cluster = task.new_cluster or existing.get(task.existing_cluster_id or "")
    if cluster is None:
        gone = f"Run executed on existing cluster ID {task.existing_cluster_id} failed since the cluster"
        raise LaunchError(f"{gone} does not exist.")
    if cluster.docker_image is None:
        raise LaunchError("The stand-in has no runtime of its own: give docker_image in new_cluster.")
    if task.spark_python_task is None:
        raise LaunchError("The stand-in runs no other task than spark_python_task.")
    script, folder = _place(task.spark_python_task.python_file, cluster.spark_version, file)
    auth = cluster.docker_image.basic_auth
    return Launch(
        image=cluster.docker_image.url,
        login=auth
        and BasicAuth(username=_resolve(auth.username, secrets), password=_resolve(auth.password, secrets)),
        environment=_environment(attempt.cluster_id, cluster, secrets),
        script=script,
        arguments=tuple(expand_references(p, run, attempt, host) for p in task.spark_python_task.parameters),
        folder=folder,
    )


def cluster_failure(cluster_id: str, reason: str, message: str) -> LaunchError:
    """A cluster that came to its end before the task could start, in the words of a workspace."""
    error = LaunchError(message)
    error.ending = cluster_ending(reason, message=message, cluster_id=cluster_id)
    error.args = (error.ending.message,)
    return error


def _place(python_file: str, spark_version: str, file: Callable[[str], Entry]) -> tuple[str, str]:
    """Where the script is in the container, and the folder that it starts in.

    From Databricks Runtime 14 on a workspace file starts in its own folder, before that in the driver's. A
    path inside of the image (`file:/…`, undocumented, in use with own images) is taken to start in the
    driver's.
    """
    if python_file.startswith("file:"):
        return urlsplit(python_file).path, DRIVER_FOLDER
    try:
        kind = file(python_file).kind
    except ApiError:
        kind = None
    if kind != "FILE":
        message = f"Cannot read the python file {python_file}. Please check driver logs for more details."
        raise LaunchError(message, "RESOURCE_NOT_FOUND")
    script = f"/Workspace{canonical(python_file)}"
    old = re.match(r"([0-9]|1[0-3])\.", spark_version)
    return script, DRIVER_FOLDER if old else str(PurePosixPath(script).parent)


def _environment(cluster_id: str, cluster: Cluster, secrets: Secrets) -> dict[str, str]:
    values = {name: _resolve(value, secrets) for name, value in cluster.spark_env_vars.items()}
    for name, value in values.items():
        if "'" in value:  # a cluster writes `export X='value'` into a file that a shell reads
            raise cluster_failure(cluster_id, "SPARK_STARTUP_FAILURE", f"cannot export {name}")
    version = ".".join(cluster.spark_version.split(".")[:2])
    return {"DATABRICKS_RUNTIME_VERSION": version, "DB_CLUSTER_ID": cluster_id, **values}


def _resolve(value: str, secrets: Secrets) -> str:
    """The secret that a value refers to; a reference has to be the whole value."""
    found = _SECRET.fullmatch(value)
    if found is None:
        return value
    scope, key = found.groups()
    if key not in secrets.get(scope, {}):
        raise LaunchError(f"Secret does not exist with scope: {scope} and key: {key}", "RESOURCE_NOT_FOUND")
    return secrets[scope][key]
