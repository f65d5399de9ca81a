"""What jobs/runs/submit accepts. Unknown fields are ignored, as the real API ignores them."""

from typing import Annotated, Literal

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
    """One task of a run. Of all kinds of task this server knows the one that starts a Python file."""

    task_key: str = ""
    spark_python_task: SparkPython | None = None
    new_cluster: Cluster | None = None
    existing_cluster_id: str | None = None
    depends_on: list[Dependency] = []
    run_if: RunIf = "ALL_SUCCESS"
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
        return Submission.model_validate(_without_nulls(body))
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
