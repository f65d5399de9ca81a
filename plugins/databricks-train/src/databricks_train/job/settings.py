"""What a step may ask to be run: a job in the Jobs API's words, a saved job, or the short way."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import AfterValidator, JsonValue

from databricks_train.job.check_spec import secret_problems
from databricks_train.job.exported import SECRET_REFERENCE, set_by_step, unexportable
from drone_plugin import Settings, setting
from drone_plugin.json_text import json_value
from drone_plugin.kinds import Kind
from drone_plugin.rules import Rule, together
from drone_plugin.scalars import quoted

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from drone_plugin.environment import Environment

ENTRY_POINT = r"^$|^[A-Za-z0-9_][\w.-]*(:[A-Za-z_]\w*)?$"
LONGEST_TIMEOUT = timedelta(days=7)
MOST_WORKERS = 10_000
SHORT_WAY = (
    "entry_point",
    "arguments",
    "node_type",
    "workers",
    "spark_version",
    "cluster",
    "environment",
)
_LOGIN = ("cluster_registry_username", "cluster_registry_password")


def _job(text: str) -> str:
    """A path, or a map as the runners encode it."""
    if text.lstrip().startswith("{") and not isinstance(json_value(text, as_text=False), dict):
        raise ValueError("is not a map; write one, or the path of a file")
    return text


JobText = Annotated[str, AfterValidator(_job), Kind("path or map", "paths or maps", maps=True)]


def _one_way(given: Collection[str]) -> str:
    ways = [name for name in ("job", "job_id", "entry_point") if name in given]
    if len(ways) > 1:
        return f"settings: {' and '.join(ways)}: only one of them may be set; each says what to run"
    if ways and ways[0] != "entry_point":
        extra = [name for name in SHORT_WAY if name in given]
        where = {"job": "the job itself", "job_id": "the saved job"}[ways[0]]
        if extra:
            return f"settings: {', '.join(extra)}: cannot stand beside {ways[0]}; write that into {where}"
    if "job_parameters" in given and "job_id" not in given:
        return "settings.job_parameters: are those of a saved job, and need job_id"
    return ""


_WAYS = Rule(
    ("job", "job_id", "job_parameters", *SHORT_WAY),
    "What to run is said by one of `job`, `job_id` and `entry_point`; `job_parameters` go with `job_id`, and "
    "`arguments`, `node_type`, `workers`, `spark_version`, `cluster` and `environment` with `entry_point`.",
    _one_way,
    asks=False,
)


class JobSettings(Settings):
    """What is run. The Jobs API's words are used for its objects."""

    rules: ClassVar[tuple[Rule, ...]] = (_WAYS, together(*_LOGIN, late=True))

    job: JobText = setting(
        "",
        "The job in the words of Databricks' `jobs/runs/submit`: the path of a YAML or JSON file of the "
        "repository, or a map. A cluster without an image gets the build's. In a file `${image}`, "
        "`${param.lr}` and others are put in; in the YAML of a pipeline one writes `$${image}` for that.",
        example="jobs/train.yml",
    )
    job_id: int = setting(0, "A saved job, which is run as it is.", example="123456", ge=0)
    job_parameters: dict[str, str] = setting(
        {}, "Parameters of the saved job.", example="{epochs: '$${param.epochs}'}"
    )
    entry_point: str = setting(
        "",
        "What runs in the image: a module, `module:function`, or a console script.",
        example="my_model.train",
        pattern=ENTRY_POINT,
    )
    arguments: tuple[str, ...] = setting(
        (), "Arguments of the entry point.", example="[--epochs, '$${param.epochs}']"
    )
    node_type: str = setting("", "The node type of the cluster.", example="m5.xlarge")
    workers: int = setting(
        0, "The number of workers; 0 makes a single-node cluster.", example="4", ge=0, le=MOST_WORKERS
    )
    spark_version: str = setting("", "The Databricks runtime of the cluster.", example="15.4.x-scala2.12")
    cluster: dict[str, JsonValue] = setting(
        {},
        "Further fields of the cluster in the Clusters API's words, laid over what the settings above make.",
        example="{aws_attributes: {first_on_demand: 1}}",
        pin=True,
    )
    environment: dict[str, str] = setting(
        {},
        "Environment variables of the job. Secrets only as references: `{{secrets/scope/key}}`.",
        example="{DATA: 's3://bucket/table', TOKEN: '{{secrets/mlflow/token}}'}",
        pin=True,
    )
    timeout: timedelta = setting(
        timedelta(hours=12),
        "The time limit of the Databricks run, the start of its cluster included.",
        example="6h",
        gt=timedelta(0),
        le=LONGEST_TIMEOUT,
    )
    unknown_fields: tuple[str, ...] = setting(
        (),
        "Names of fields that are sent although this plugin does not know them: newer ones of Databricks.",
        example="new_field",
    )
    cluster_registry_username: str = setting(
        "",
        "The user with whom the cluster pulls the image, as a reference to a Databricks secret.",
        example="'{{secrets/registry/user}}'",
    )
    cluster_registry_password: str = setting(
        "",
        "The password with which the cluster pulls the image, as a reference to a Databricks secret.",
        example="'{{secrets/registry/password}}'",
    )
    allow_plaintext_secrets: bool = setting(
        default=False,
        description="Let the cluster's registry login be sent in clear. Whoever may view the run sees it.",
        example="true",
        pin=True,
    )

    @property
    def trains(self) -> bool:
        """Whether what to run has to be said: a step that only looks at a run needs none."""
        return True

    @property
    def inline_job(self) -> dict[str, JsonValue] | None:
        """The map of `job`, where it is one."""
        value = json_value(self.job, as_text=False) if self.job.lstrip().startswith("{") else None
        return value if isinstance(value, dict) else None

    @classmethod
    def secret_texts(cls, environment: Environment) -> Iterator[str]:
        """As the base's, and a registry's password that is no reference."""
        yield from super().secret_texts(environment)
        text = environment.get("PLUGIN_CLUSTER_REGISTRY_PASSWORD", "")
        if text and not SECRET_REFERENCE.fullmatch(text):
            yield text
        yield from _plain_passwords(json_value(environment.get("PLUGIN_JOB", ""), as_text=False))

    def problems(self) -> Iterator[str]:
        """As the base's; and what goes into the job's specification is read by people and by a shell."""
        yield from super().problems()
        if self.trains and not (self.job or self.job_id or self.entry_point):
            yield "settings: one of job, job_id and entry_point is required: what to run"
        yield from self._login_problems()
        yield from self._variable_problems()

    def _login_problems(self) -> Iterator[str]:
        if self.allow_plaintext_secrets:
            return
        for name in _LOGIN:
            value = getattr(self, name)
            if value and not SECRET_REFERENCE.fullmatch(value):
                yield (
                    f"settings.{name}: must be a reference such as {{{{secrets/scope/key}}}}; "
                    "whoever may view a run can read its text"
                )

    def _variable_problems(self) -> Iterator[str]:
        variables = self.cluster.get("spark_env_vars")
        places: dict[str, JsonValue] = {
            "environment": {**self.environment},
            "cluster.spark_env_vars": variables,
        }
        for place, values in places.items():
            for name, value in values.items() if isinstance(values, dict) else ():
                where = f"settings.{place}.{quoted(name)[1:-1]}"
                yield from (f"{where}: {text}" for text in unexportable(name, str(value)))
            yield from secret_problems(values, f"settings.{place}")
        yield from (
            f"settings.environment.{name}: is set by the step; use experiment and mlflow_tracking_uri"
            for name in sorted(filter(set_by_step, self.environment))
        )


def _plain_passwords(value: JsonValue) -> Iterator[str]:
    """Registry passwords in clear, anywhere in a job."""
    if isinstance(value, list):
        for inner in value:
            yield from _plain_passwords(inner)
    elif isinstance(value, dict):
        for name, inner in value.items():
            if name == "basic_auth" and isinstance(inner, dict):
                text = inner.get("password")
                if isinstance(text, str) and text and not SECRET_REFERENCE.fullmatch(text):
                    yield text
            else:
                yield from _plain_passwords(inner)
