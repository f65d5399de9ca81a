"""Names under which the links of the chain stand in MLflow, and their values for one build.

MLflow's own names are used where it has one (`mlflow.utils.mlflow_tags`), so that its pages show them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from drone_plugin import Build

GIT_COMMIT = "mlflow.source.git.commit"
GIT_BRANCH = "mlflow.source.git.branch"
GIT_REPOSITORY = "mlflow.source.git.repoURL"
DOCKER_IMAGE = "mlflow.docker.image.uri"
DATABRICKS_RUN_URL = "mlflow.databricks.runURL"

PREFIX = "drone_ml."
REPOSITORY = PREFIX + "repository"
COMMIT = PREFIX + "commit"
BRANCH = PREFIX + "branch"
IMAGE_DIGEST = PREFIX + "image_digest"
BUILD_NUMBER = PREFIX + "build_number"
BUILD_URL = PREFIX + "build_url"
DATABRICKS_RUN_ID = PREFIX + "databricks_run_id"
DATABRICKS_URL = PREFIX + "databricks_run_url"
TOKEN = PREFIX + "token"
"""The idempotency token of the submission: it finds the MLflow run of a Databricks run, and the reverse."""

PARAMETERS = (COMMIT, IMAGE_DIGEST)
"""Facts that are logged as parameters too: MLflow lets nobody change a parameter afterwards."""


def build_tags(build: Build, image_reference: str) -> dict[str, str]:
    """The tags of an MLflow run that this build trains in this image (`repository@sha256:…`)."""
    tags = {
        GIT_COMMIT: build.commit.sha,
        GIT_BRANCH: build.commit.branch,
        GIT_REPOSITORY: build.repo.link or build.repo.remote,
        DOCKER_IMAGE: image_reference,
        REPOSITORY: build.repo.slug,
        COMMIT: build.commit.sha,
        BRANCH: build.commit.branch,
        IMAGE_DIGEST: image_reference.rpartition("@")[2],
        BUILD_NUMBER: str(build.number or ""),
        BUILD_URL: build.link,
    }
    return {name: value for name, value in tags.items() if value}


def run_tags(run_id: int, run_url: str) -> dict[str, str]:
    """The tags that link an MLflow run to the Databricks run it was made in."""
    return {DATABRICKS_RUN_ID: str(run_id), DATABRICKS_URL: run_url, DATABRICKS_RUN_URL: run_url}
