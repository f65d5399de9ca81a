"""What jobs/runs/submit accepts. Unknown fields are ignored, as the real API ignores them."""

import re
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kit.databricks.errors import ApiError, invalid_parameter, malformed
from kit.databricks.values import Json, JsonObject

TOKEN_LIMIT = 64
NAME_LIMIT = 4096
TASK_KEY = re.compile(r"[\w-]{1,100}")


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


class BasicAuth(_Model):
    """The login at the image's registry."""

    username: str = ""
    password: str = Field(default="", repr=False)


class DockerImage(_Model):
    """The image of Databricks Container Services."""

    url: str
    basic_auth: BasicAuth | None = None


class Cluster(_Model):
    """The machines of one run; the fields that change what this server does."""

    spark_version: str = ""
    node_type_id: str = ""
    driver_node_type_id: str = ""
    instance_pool_id: str = ""
    policy_id: str = ""
    num_workers: int | None = None
    autoscale: dict[str, int] | None = None
    data_security_mode: str = ""
    docker_image: DockerImage | None = None
    spark_env_vars: dict[str, str] = {}


class SparkPython(_Model):
    """A Python file with arguments."""

    python_file: str = ""
    parameters: list[str] = []
    source: str = "WORKSPACE"


class Dependency(_Model):
    """One task that has to end first."""

    task_key: str


class Task(_Model):
    """One task of a run. Of all kinds of task this server knows the one that starts a Python file."""

    task_key: str = ""
    spark_python_task: SparkPython | None = None
    new_cluster: Cluster | None = None
    existing_cluster_id: str | None = None
    depends_on: list[Dependency] = []
    run_if: str = "ALL_SUCCESS"
    timeout_seconds: int = 0
    max_retries: int = 0
    retry_on_timeout: bool = False


class Submission(_Model):
    """The body of jobs/runs/submit."""

    run_name: str = "Untitled"
    tasks: Annotated[list[Task], Field(max_length=1000)] = []
    timeout_seconds: int = 0
    idempotency_token: str = ""


def parse_submission(body: JsonObject) -> Submission:
    """Decode a body.

    Raises:
        ApiError: a field holds another type than it should; texts as a proto-JSON parser writes them.
    """
    try:
        return Submission.model_validate(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise malformed(f"Could not parse request object: {where}: {first['msg']}") from None


def raw_tasks(body: JsonObject) -> list[JsonObject]:
    """The tasks as they were sent: the API echoes them."""
    tasks: Json = body.get("tasks", [])
    return [task for task in tasks if isinstance(task, dict)] if isinstance(tasks, list) else []


class Rules:
    """What a workspace checks before it starts anything."""

    def __init__(self, node_types: frozenset[str], spark_versions: frozenset[str]) -> None:
        self._node_types = node_types
        self._spark_versions = spark_versions

    def check(self, submission: Submission) -> None:
        """Refuse what a workspace refuses.

        Raises:
            ApiError: INVALID_PARAMETER_VALUE with the first problem.
        """
        if not submission.tasks:
            raise invalid_parameter("One or more tasks must be specified.")
        if len(submission.idempotency_token) > TOKEN_LIMIT:
            raise invalid_parameter(f"idempotency_token cannot be longer than {TOKEN_LIMIT} characters.")
        if len(submission.run_name.encode()) > NAME_LIMIT:
            raise invalid_parameter(f"run_name cannot be longer than {NAME_LIMIT} bytes.")
        check_dependencies(submission.tasks)
        for task in submission.tasks:
            self._check_task(task)

    def _check_task(self, task: Task) -> None:
        if task.spark_python_task is None:
            raise invalid_parameter(f"Task {task.task_key}: exactly one type of task must be specified.")
        file = task.spark_python_task.python_file
        if not file:
            raise _absent("python_file")
        if task.spark_python_task.source == "WORKSPACE" and not re.match(r"/|[a-z0-9]+:/", file):
            raise invalid_parameter(f"Python file path must be absolute or a URI: {file}")
        if task.new_cluster and task.existing_cluster_id:
            raise invalid_parameter("Only one of new_cluster and existing_cluster_id may be specified.")
        if task.new_cluster:
            self._check_cluster(task.new_cluster)
        elif not task.existing_cluster_id:
            raise invalid_parameter("Either new_cluster or existing_cluster_id must be specified.")

    def _check_cluster(self, cluster: Cluster) -> None:
        if not cluster.spark_version:
            raise _absent("spark_version")
        if cluster.spark_version not in self._spark_versions:
            raise _cluster(f"Invalid spark version {cluster.spark_version}.")
        if cluster.num_workers is None and cluster.autoscale is None:
            raise _cluster("Missing required field: settings.cluster_spec.new_cluster.size")
        if not (cluster.node_type_id or cluster.instance_pool_id or cluster.policy_id):
            raise _cluster("Missing required field 'node_type_id'")
        for node_type in filter(None, (cluster.node_type_id, cluster.driver_node_type_id)):
            if node_type not in self._node_types:
                supported = ", ".join(sorted(self._node_types))
                raise _cluster(f"Node type {node_type} is not supported. Supported node types: {supported}")
        if cluster.docker_image:
            _check_image(cluster, cluster.docker_image)


def check_dependencies(tasks: list[Task]) -> None:
    """Refuse keys that are no keys, and an order in which the tasks cannot run."""
    keys = [task.task_key for task in tasks]
    for task in tasks:
        if not TASK_KEY.fullmatch(task.task_key):
            raise invalid_parameter(f"Invalid task_key '{task.task_key}'.")
        if keys.count(task.task_key) > 1:
            raise invalid_parameter(f"Duplicate task_key '{task.task_key}'.")
        for dependency in task.depends_on:
            if dependency.task_key not in keys:
                raise invalid_parameter(f"Task {task.task_key} depends on unknown {dependency.task_key}.")
    waiting = {task.task_key: {needed.task_key for needed in task.depends_on} for task in tasks}
    while ready := [key for key, needed in waiting.items() if not needed & waiting.keys()]:
        for key in ready:
            del waiting[key]
    if waiting:
        raise invalid_parameter(f"Cyclic dependencies between tasks: {', '.join(sorted(waiting))}.")


def _check_image(cluster: Cluster, image: DockerImage) -> None:
    if not image.url:
        raise _absent("docker_image.url")
    if cluster.data_security_mode in {"USER_ISOLATION", "DATA_SECURITY_MODE_STANDARD"}:
        raise _cluster("Custom containers are not supported with standard access mode.")
    if "-ml-" in cluster.spark_version:
        raise _cluster("Custom containers are not supported with Databricks Runtime ML.")


def _absent(field: str) -> ApiError:
    return invalid_parameter(f"Missing required field: {field}")


def _cluster(message: str) -> ApiError:
    return invalid_parameter(f"Cluster validation error: {message}")
