"""Where a training is recorded, and whose versions are called `challenger`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar, Final, Literal

from pydantic import SecretStr, field_validator

from drone_plugin import Settings, setting
from drone_plugin.rules import Rule, needs, together

if TYPE_CHECKING:
    from collections.abc import Iterator

DATABRICKS = "databricks"
_IN_CATALOG: Final = re.compile(r"[^./\s]+\.[^./\s]+\.[^./\s]+")

RegistryUri = Literal["databricks-uc", "databricks"]


class TrackingSettings(Settings):
    """MLflow's server, its login, the experiment, and the alias."""

    rules: ClassVar[tuple[Rule, ...]] = (
        together("mlflow_username", "mlflow_password"),
        needs("mlflow_username", "mlflow_tracking_uri"),
        needs("mlflow_token", "mlflow_tracking_uri"),
    )

    experiment: str = setting(
        "",
        "The MLflow experiment, by name; it is made if it is missing.",
        example="/Shared/my-model",
        required=True,
    )
    mlflow_tracking_uri: str = setting(
        DATABRICKS,
        "The MLflow tracking server: `databricks` is the workspace's own; or the address of a server of your "
        "own, which never gets the token of Databricks.",
        example="https://mlflow.example.com",
        pin=True,
        deprecated="tracking_uri",
        pattern=r"^databricks$|^https?://[^/\s@]+(/\S*)?$",
    )
    mlflow_username: str = setting(
        "",
        "The user name for a tracking server of your own.",
        example="drone",
        deprecated="tracking_username",
    )
    mlflow_password: SecretStr = setting(
        SecretStr(""),
        "The password for a tracking server of your own.",
        example="mlflow_password",
        deprecated="tracking_password",
    )
    mlflow_token: SecretStr = setting(
        SecretStr(""),
        "The bearer token for a tracking server of your own.",
        example="mlflow_token",
        deprecated="tracking_token",
    )
    mlflow_registry_uri: RegistryUri = setting(
        "databricks-uc",
        "Where models are registered beside the workspace's own tracking server: `databricks-uc` is Unity "
        "Catalog, `databricks` the workspace's older registry. A server of your own has its own registry.",
        example="databricks",
    )
    registered_model_name: str = setting(
        "",
        "The registered model whose versions the training makes. `${mlflow.registered_model_name}` puts it "
        "into the job, and `dry_run` checks that this login may write to it. In Unity Catalog it has three "
        "parts.",
        example="main.ml.digits",
        max_length=255,
    )
    challenger_branches: tuple[str, ...] = setting(
        (),
        "The branches whose new model versions get the alias `challenger`, as globs; for tags write "
        "`refs/tags/…`. Unset: the default branch of the repository.",
        example="main, release/*",
    )

    @field_validator("mlflow_tracking_uri")
    @classmethod
    def _without_slash(cls, value: str) -> str:
        return value.rstrip("/")

    def problems(self) -> Iterator[str]:
        """As the base's; and a model of Unity Catalog has its catalog and schema."""
        yield from super().problems()
        name = self.registered_model_name
        if name and self.in_catalog and not _IN_CATALOG.fullmatch(name):
            yield (
                "settings.registered_model_name: in Unity Catalog a model has three parts, as in "
                "main.ml.digits; for the workspace's own registry write mlflow_registry_uri: databricks"
            )

    @property
    def in_catalog(self) -> bool:
        """Whether models are registered in Unity Catalog."""
        return self.registry_uri == "databricks-uc"

    @property
    def on_databricks(self) -> bool:
        """Whether the workspace itself is the tracking server."""
        return self.mlflow_tracking_uri == DATABRICKS

    @property
    def registry_uri(self) -> str:
        """The model registry, as MLflow's client names it."""
        return self.mlflow_registry_uri if self.on_databricks else self.mlflow_tracking_uri

    def mlflow_login(self, host: str, token: str) -> dict[str, str]:
        """The variables from which MLflow's client takes its login: it has no other door.

        `host` and `token` are the workspace's, and go nowhere else.
        """
        if self.on_databricks:
            return {"DATABRICKS_HOST": host, "DATABRICKS_TOKEN": token}
        login = {
            "MLFLOW_TRACKING_USERNAME": self.mlflow_username,
            "MLFLOW_TRACKING_PASSWORD": self.mlflow_password.get_secret_value(),
            "MLFLOW_TRACKING_TOKEN": self.mlflow_token.get_secret_value(),
        }
        return {name: value for name, value in login.items() if value}

    def run_address(self, host: str, experiment_id: str, run_id: str) -> str:
        """The page of an MLflow run."""
        path = f"experiments/{experiment_id}/runs/{run_id}"
        return f"{host}/ml/{path}" if self.on_databricks else f"{self.mlflow_tracking_uri}/#/{path}"
