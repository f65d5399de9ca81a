"""What a workspace checks in a submission before it starts anything."""

import re
from collections.abc import Sequence

from kit.databricks.errors import ApiError, invalid_parameter
from kit.databricks.references import check_references
from kit.databricks.spec import Cluster, DockerImage, JobCluster, JobSettings, Submission, Task
from kit.databricks.values import JsonObject

TOKEN_LIMIT = 64
NAME_LIMIT = 4096
TASK_TYPES = frozenset(
    f"{name}_task"
    for name in (
        *("spark_python", "python_wheel", "notebook", "spark_jar", "spark_submit", "sql", "dbt", "pipeline"),
        *("run_job", "condition", "for_each", "ai_runtime", "clean_rooms_notebook", "dashboard", "power_bi"),
        *("python_operator", "alert", "ai_function", "dbt_platform", "gen_ai_compute"),
    )
)
ON_A_CLUSTER = frozenset({"spark_python_task", "python_wheel_task", "notebook_task", "spark_jar_task"})
TASK_KEY = re.compile(r"[\w-]{1,100}")


class Rules:
    """The checks, for the machines and runtimes that a workspace offers."""

    def __init__(self, node_types: frozenset[str], spark_versions: frozenset[str]) -> None:
        self._node_types = node_types
        self._spark_versions = spark_versions

    def check(
        self, asked: Submission | JobSettings, sent: Sequence[JsonObject], clusters: Sequence[JobCluster] = ()
    ) -> None:
        """Refuse what a workspace refuses. `sent` are the tasks as they came, `clusters` the job's own.

        Raises:
            ApiError: INVALID_PARAMETER_VALUE with the first problem.
        """
        if not asked.tasks:
            raise invalid_parameter("One or more tasks must be specified.")
        if isinstance(asked, Submission):
            check_token(asked.idempotency_token)
            if len(asked.run_name.encode()) > NAME_LIMIT:
                raise invalid_parameter(f"run_name cannot be longer than {NAME_LIMIT} bytes.")
        _check_dependencies(asked.tasks)
        for cluster in clusters:
            self._check_cluster(cluster.new_cluster)
        environments = {environment.environment_key for environment in asked.environments}
        for task, raw in zip(asked.tasks, sent, strict=True):
            kinds = TASK_TYPES & {name for name, value in raw.items() if value is not None}
            if len(kinds) != 1:
                raise invalid_parameter(f"Task {task.task_key}: exactly one type of task must be specified.")
            _check_file(task)
            if kinds & ON_A_CLUSTER:
                self._check_compute(task, {cluster.job_cluster_key for cluster in clusters}, environments)

    def _check_compute(self, task: Task, clusters: set[str], environments: set[str]) -> None:
        if task.new_cluster and task.existing_cluster_id:
            raise invalid_parameter("Only one of new_cluster and existing_cluster_id may be specified.")
        if task.job_cluster_key and task.job_cluster_key not in clusters:
            raise invalid_parameter(f"Job cluster '{task.job_cluster_key}' is not defined in job_clusters.")
        if task.environment_key and task.environment_key not in environments:
            raise invalid_parameter(f"Environment '{task.environment_key}' is not defined in environments.")
        if task.new_cluster:
            self._check_cluster(task.new_cluster)
        elif not (task.existing_cluster_id or task.job_cluster_key or task.environment_key):
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


def check_token(token: str) -> None:
    """Documented for submit and run-now alike.

    Raises:
        ApiError: it is too long.
    """
    if len(token) > TOKEN_LIMIT:
        raise invalid_parameter(f"idempotency_token cannot be longer than {TOKEN_LIMIT} characters.")


def _check_file(task: Task) -> None:
    python = task.spark_python_task
    if python is None:
        return
    if not python.python_file:
        raise _absent("python_file")
    if python.source == "WORKSPACE" and not re.match(r"/|[a-z0-9]+:/", python.python_file):
        raise invalid_parameter(f"Python file path must be absolute or a URI: {python.python_file}")
    for parameter in python.parameters:
        check_references(parameter)


def _check_dependencies(tasks: list[Task]) -> None:
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
