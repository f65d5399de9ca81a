"""What jobs/runs/submit and jobs/create accept. Unknown fields are ignored, as the real API ignores them."""

from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kit.databricks.errors import malformed
from kit.databricks.values import Json, JsonObject

RunIf = Literal[
    "ALL_SUCCESS", "ALL_DONE", "NONE_FAILED", "AT_LEAST_ONE_SUCCESS", "ALL_FAILED", "AT_LEAST_ONE_FAILED"
]


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
    """One task of a run. Of all kinds of task containers can run the one that starts a Python file."""

    task_key: str = ""
    spark_python_task: SparkPython | None = None
    new_cluster: Cluster | None = None
    existing_cluster_id: str | None = None
    job_cluster_key: str = ""
    environment_key: str = ""
    depends_on: list[Dependency] = []
    run_if: RunIf = "ALL_SUCCESS"
    timeout_seconds: int = 0
    max_retries: int = 0
    retry_on_timeout: bool = False


class Environment(_Model):
    """A serverless environment, by its key."""

    environment_key: str = ""


class JobCluster(_Model):
    """A cluster that tasks of a saved job share."""

    job_cluster_key: str = ""
    new_cluster: Cluster


class JobParameter(_Model):
    """A parameter of a saved job."""

    name: str
    default: str = ""


class Queue(_Model):
    """Whether a run waits instead of being skipped."""

    enabled: bool


Tasks = Annotated[list[Task], Field(max_length=1000)]


class Submission(_Model):
    """The body of jobs/runs/submit."""

    run_name: str = "Untitled"
    tasks: Tasks = []
    environments: list[Environment] = []
    timeout_seconds: int = 0
    idempotency_token: str = ""


class JobSettings(_Model):
    """The body of jobs/create."""

    name: str = "Untitled"
    description: str = ""
    tasks: Tasks = []
    job_clusters: list[JobCluster] = []
    environments: list[Environment] = []
    parameters: list[JobParameter] = []
    timeout_seconds: int = 0
    max_concurrent_runs: int = 1
    queue: Queue | None = None


class RunNow(_Model):
    """The body of jobs/run-now."""

    job_id: int = 0
    idempotency_token: str = ""
    job_parameters: dict[str, str] = {}
    queue: Queue | None = None


class Repair(_Model):
    """The body of jobs/runs/repair."""

    run_id: int = 0
    latest_repair_id: int = 0
    rerun_tasks: list[str] = []
    rerun_all_failed_tasks: bool = False
    rerun_dependent_tasks: bool = False


_Body = TypeVar("_Body", bound=_Model)


def parse(model: type[_Body], body: JsonObject) -> _Body:
    """Decode a body.

    Raises:
        ApiError: a field holds another type than it should; texts as a proto-JSON parser writes them.
    """
    try:
        return model.model_validate(_without_nulls(body))
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise malformed(f"Could not parse request object: {where}: {first['msg']}") from None


def _without_nulls(value: Json) -> Json:
    """A field that is null counts as one that was not sent."""
    if isinstance(value, dict):
        return {name: _without_nulls(inner) for name, inner in value.items() if inner is not None}
    return [_without_nulls(inner) for inner in value] if isinstance(value, list) else value


def raw_tasks(body: JsonObject) -> list[JsonObject]:
    """The tasks as they were sent: the API echoes them."""
    tasks: Json = body.get("tasks", [])
    return [task for task in tasks if isinstance(task, dict)] if isinstance(tasks, list) else []
