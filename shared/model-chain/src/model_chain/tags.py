"""Names under which the links of the chain stand in MLflow, and their values for one build.

MLflow's own names are used where it has one (`mlflow.utils.mlflow_tags`), so that its pages show them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

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

STEP = PREFIX + "step"
"""The pipeline and the step that asked: two steps of one pipeline train two models."""
EVENT = PREFIX + "event"
HOST = PREFIX + "databricks_host"
RUN_KEY = PREFIX + "run_key"
"""What makes a training the same one again: the commit, or what the user says instead."""
IDENTITY = PREFIX + "identity"
"""The training, whatever attempt at it: all of its runs carry it."""
ATTEMPT = PREFIX + "attempt"
"""The number of the attempt, from 1."""
REQUEST = PREFIX + "request_sha256"
"""The digest of the archived request, so that nobody can exchange that file unseen."""
MODELS = PREFIX + "models"
"""The registered versions that a run made, as JSON: `[{"name": …, "version": …}]`. Said by the job itself,
because Unity Catalog cannot be searched for the versions of a run."""
OPENING = PREFIX + "opening"
"""A word that the request which made the run had alone: it finds the run where the answer was lost."""
REPRODUCES = PREFIX + "reproduces"
"""The MLflow run that a run repeats."""

FACTS = (
    COMMIT,
    IMAGE_DIGEST,
    REPOSITORY,
    STEP,
    HOST,
    RUN_KEY,
    IDENTITY,
    ATTEMPT,
    TOKEN,
    REQUEST,
    REPRODUCES,
    DATABRICKS_RUN_ID,
)
"""What is logged as parameters too: MLflow lets nobody change a parameter afterwards."""

LONGEST_IN_CATALOG: Final = 1000
"""Characters of a tag's value in Unity Catalog."""

_RESERVED = re.compile(r"[^0-9A-Za-z_]")


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


def identity_tags(
    *, host: str, step: str, run_key: str, identity: str, attempt: int, token: str
) -> dict[str, str]:
    """The tags that say which training a run is an attempt at."""
    tags = {
        HOST: host,
        STEP: step,
        RUN_KEY: run_key,
        IDENTITY: identity,
        ATTEMPT: str(attempt),
        TOKEN: token,
    }
    return {name: value for name, value in tags.items() if value}


def facts(tags: Mapping[str, str]) -> dict[str, str]:
    """Those of the tags that are logged as parameters, too."""
    return {name: tags[name] for name in FACTS if name in tags}


def in_catalog(name: str) -> str:
    """The name of a tag as Unity Catalog takes it: it refuses `. , - = / :` in a name."""
    return _RESERVED.sub("_", name)


def catalog_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """The tags of a model version in Unity Catalog: our own, under names that it takes."""
    return {
        in_catalog(name): value.strip()[:LONGEST_IN_CATALOG]
        for name, value in tags.items()
        if name.startswith(PREFIX) and value.strip()
    }


def read_tag(tags: Mapping[str, str], name: str) -> str:
    """The value of a tag, under either of its names; empty where it is not set."""
    return tags.get(name) or tags.get(in_catalog(name), "")
