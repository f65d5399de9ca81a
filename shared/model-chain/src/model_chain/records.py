"""What steps hand over to one another: a typed schema per file, with a version and the build it is of."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

DIGEST_PATTERN = r"^sha256:[0-9a-f]{64}$"


class Record(BaseModel):
    """Base of all records: frozen, and nothing in them that the schema does not know."""

    # A loss that is not a number any more is a result too; JSON has no number for it.
    model_config = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, ser_json_inf_nan="strings"
    )


class Writer(Record):
    """The step that wrote a file. A reader takes files of its own build only."""

    repository: str
    """`owner/name`"""
    commit: str
    build: int
    """The build's number; 0 where there is none."""
    link: str
    """The build's page, or empty."""
    plugin: str
    """Name and version, as `build-image 0.1.0`."""


class ImageRecord(Record):
    """`image.json`: the image of this build's commit."""

    kind: Literal["drone-ml/image"] = "drone-ml/image"
    version: Literal[1] = 1
    writer: Writer
    repository: str = Field(min_length=1)
    """Registry and name, without tag: `registry.example.com/team/model`."""
    digest: str = Field(pattern=DIGEST_PATTERN)
    """The manifest's digest, as the registry answered after the push: it identifies the environment."""
    tags: tuple[str, ...]

    @property
    def reference(self) -> str:
        """The image by its digest: `repository@sha256:…`."""
        return f"{self.repository}@{self.digest}"


class ModelVersion(Record):
    """A version of a registered model that the run produced."""

    name: str
    version: str


class TrainingRecord(Record):
    """`training.json`: what a training run was made of and what it produced."""

    kind: Literal["drone-ml/training"] = "drone-ml/training"
    version: Literal[1] = 1
    writer: Writer
    result: str
    """`SUCCESS`, or Databricks' word for why not: FAILED, TIMEDOUT, CANCELED, …"""
    image: str
    """The image by its digest."""
    databricks_host: str
    databricks_run_id: int
    databricks_run_url: str
    tracking_uri: str
    experiment_id: str
    mlflow_run_id: str
    mlflow_run_url: str
    metrics: dict[str, float]
    """The last value of each metric."""
    models: tuple[ModelVersion, ...]
