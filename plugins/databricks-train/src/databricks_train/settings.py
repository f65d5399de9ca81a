"""What a databricks-train step can be asked for."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import JsonValue, SecretStr, field_validator

from drone_plugin import CardSettings, SettingsError, TriggerSettings, setting
from drone_plugin.images import ImageReference, ImageRepository
from drone_plugin.report import ReportSettings
from drone_plugin.rules import Rule, together

if TYPE_CHECKING:
    from collections.abc import Iterator

_SECRET_REFERENCE = re.compile(r"\{\{secrets/[^/{}\s]+/[^/{}\s]+\}\}")
_VARIABLE = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_SECRET_NAME = re.compile(r"(?:TOKEN|SECRET|PASSWORD|PASSWD|API_?KEY|ACCESS_KEY)$", re.IGNORECASE)
_ENTRY_POINT = r"^$|^[A-Za-z0-9_][\w.-]*(:[A-Za-z_]\w*)?$"
LONGEST_TIMEOUT = timedelta(days=7)
DATABRICKS = "databricks"
SET_BY_THE_STEP = frozenset(
    {
        "MLFLOW_TRACKING_URI",
        "MLFLOW_REGISTRY_URI",
        "MLFLOW_EXPERIMENT_ID",
        "MLFLOW_RUN_ID",
        "MLFLOW_RUN_CONTEXT",
    }
)
"""Variables of the job that tie it to its MLflow run: a user's value would cut that link."""


class TrainSettings(TriggerSettings, ReportSettings, CardSettings):
    """Settings of databricks-train. Databricks' and MLflow's words are used for their objects."""

    rules: ClassVar[tuple[Rule, ...]] = (
        together("registry_username", "registry_password"),
        together("cluster_registry_username", "cluster_registry_password", late=True),
        together("tracking_username", "tracking_password"),
    )

    host: str = setting(
        "",
        "The address of the Databricks workspace.",
        example="https://acme.cloud.databricks.com",
        required=True,
        pin=True,
        pattern=r"^$|^https?://[^/\s@]+/?$",
    )
    token: SecretStr = setting(
        SecretStr(""), "An access token of the workspace.", example="databricks_token", required=True
    )
    image_repo: ImageRepository = setting(
        "",
        "The repository that images may come from, with its registry. An image outside of it is refused.",
        example="registry.example.com/team/model",
        required=True,
        pin=True,
    )
    image: ImageReference = setting(
        "",
        "The image to train in, by tag or digest. Unset: the one that this build's build-image step made.",
        example="registry.example.com/team/model@sha256:…",
        pin=True,
    )
    image_reference: Literal["digest", "tag"] = setting(
        "digest",
        "How the job names the image. `tag`, for a workspace that takes no digest: the tag of the commit, or "
        "that of `image`. It has to lead to the same digest before the submission and after the run.",
        example="tag",
    )
    registry_username: str = setting("", "The user who may read `image_repo`.", example="drone")
    registry_password: SecretStr = setting(
        SecretStr(""), "The password for the registry of `image_repo`.", example="registry_password"
    )
    registry_auth_host: str = setting(
        "",
        "The host that hands out the registry's tokens, where it is outside of the registry's own domain.",
        example="api.example.com",
        pin=True,
        pattern=r"^[\w.-]*$",
    )
    insecure_registry: bool = setting(
        default=False, description="Talk to the registry by plain HTTP.", example="true", pin=True
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
    spark_version: str = setting(
        "", "The Databricks runtime of the cluster.", example="15.4.x-scala2.12", required=True
    )
    node_type: str = setting("", "The node type of the cluster.", example="m5.xlarge", required=True)
    workers: int = setting(
        0, "The number of workers; 0 makes a single-node cluster.", example="4", ge=0, le=10000
    )
    cluster: dict[str, JsonValue] = setting(
        {},
        "Further fields of the cluster in the Clusters API's words, laid over what the settings above make.",
        example="{aws_attributes: {first_on_demand: 1}}",
        pin=True,
    )
    entry_point: str = setting(
        "",
        "What runs in the image: a module, `module:function`, or a console script.",
        example="my_model.train",
        required=True,
        pattern=_ENTRY_POINT,
    )
    arguments: tuple[str, ...] = setting((), "Arguments of the entry point.", example="--epochs, '20'")
    environment: dict[str, str] = setting(
        {},
        "Environment variables of the job. Secrets only as references: `{{secrets/scope/key}}`.",
        example="{DATA: 's3://bucket/table', TOKEN: '{{secrets/mlflow/token}}'}",
        pin=True,
    )
    timeout: timedelta = setting(
        timedelta(hours=2),
        "The time limit of the Databricks run, the start of its cluster included.",
        example="6h",
        gt=timedelta(0),
        le=LONGEST_TIMEOUT,
    )
    experiment: str = setting(
        "",
        "The MLflow experiment, by name; it is made if it is missing.",
        example="/Shared/my-model",
        required=True,
    )
    tracking_uri: str = setting(
        DATABRICKS,
        "The MLflow tracking server: `databricks`, or the address of a server of your own.",
        example="https://mlflow.example.com",
        pin=True,
        pattern=r"^databricks$|^https?://[^/\s@]+(/\S*)?$",
    )
    tracking_username: str = setting("", "The user name for a tracking server of your own.", example="drone")
    tracking_password: SecretStr = setting(
        SecretStr(""), "The password for a tracking server of your own.", example="mlflow_password"
    )
    tracking_token: SecretStr = setting(
        SecretStr(""), "The bearer token for a tracking server of your own.", example="mlflow_token"
    )

    @field_validator("host", "tracking_uri")
    @classmethod
    def _without_slash(cls, value: str) -> str:
        return value.rstrip("/")

    def require(self) -> None:
        """As the base's; and what goes into the job's specification is read by people and by a shell."""
        problems = []
        try:
            super().require()
        except SettingsError as error:
            problems += error.message.splitlines()
        problems += [
            f"settings.{name}: must be a reference such as {{{{secrets/scope/key}}}}; whoever may view a run "
            "can read its text"
            for name in ("cluster_registry_username", "cluster_registry_password")
            if getattr(self, name) and not _SECRET_REFERENCE.fullmatch(getattr(self, name))
        ]
        variables = self.cluster.get("spark_env_vars")
        places = {"environment": self.environment, "cluster.spark_env_vars": variables}
        for place, values in places.items():
            for name, value in values.items() if isinstance(values, dict) else ():
                problems += [f"settings.{place}.{name}: {text}" for text in _unexportable(name, str(value))]
        problems += [
            f"settings.environment.{name}: sounds like a secret, and a job's text can be read; keep it in "
            "Databricks, and write {{secrets/scope/key}}"
            for name, value in self.environment.items()
            if _SECRET_NAME.search(name) and not _SECRET_REFERENCE.fullmatch(value)
        ]
        problems += [
            f"settings.environment.{name}: is set by the step; use tracking_uri and experiment"
            for name in sorted(SET_BY_THE_STEP & self.environment.keys())
        ]
        if problems:
            raise SettingsError(problems)


def _unexportable(name: str, value: str) -> Iterator[str]:
    """Why Databricks' `export NAME='VALUE'` would not set this variable."""
    if not _VARIABLE.fullmatch(name):
        yield "is not a valid name of a variable"
    if re.search(r"['\n\r\0]", value):
        yield "may hold neither single quotes nor line breaks: Databricks exports it in single quotes"
