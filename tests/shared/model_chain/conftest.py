"""A build, and what its steps have made."""

from collections.abc import Callable

import pytest

from drone_plugin import Build, read_build
from model_chain import ImageRecord, ModelVersion, TrainingRecord, written_by

SHA = "c0ffee" + "0" * 34
DIGEST = "sha256:" + "ab" * 32
REPO = "registry.example.com/team/model"

MakeBuild = Callable[..., Build]


@pytest.fixture
def make_build() -> MakeBuild:
    """Builds of a push, with some variables set otherwise."""

    def make(**changes: str) -> Build:
        return read_build(
            {
                "DRONE": "true",
                "DRONE_BUILD_EVENT": "push",
                "DRONE_BUILD_NUMBER": "7",
                "DRONE_BUILD_LINK": "https://drone.example.com/octocat/hello/7",
                "DRONE_REPO": "octocat/hello",
                "DRONE_REPO_LINK": "https://github.example.com/octocat/hello",
                "DRONE_GIT_HTTP_URL": "https://github.example.com/octocat/hello.git",
                "DRONE_COMMIT_SHA": SHA,
                "DRONE_COMMIT_REF": "refs/heads/main",
                "DRONE_COMMIT_MESSAGE": "Retune [train]\n\nbody\n",
                "DRONE_BRANCH": "main",
                **changes,
            }
        )

    return make


@pytest.fixture
def build(make_build: MakeBuild) -> Build:
    """The build that reads."""
    return make_build()


@pytest.fixture
def image(build: Build) -> ImageRecord:
    """What build-image writes in it."""
    return ImageRecord(
        writer=written_by(build, "build-image 0.1.0"), repository=REPO, digest=DIGEST, tags=(SHA, "latest")
    )


@pytest.fixture
def training(build: Build, image: ImageRecord) -> TrainingRecord:
    """What databricks-train writes in it."""
    return TrainingRecord(
        writer=written_by(build, "databricks-train 0.1.0"),
        result="SUCCESS",
        image=image.reference,
        databricks_host="https://acme.cloud.databricks.com",
        databricks_run_id=12,
        databricks_run_url="https://acme.cloud.databricks.com/jobs/runs/12",
        tracking_uri="databricks",
        experiment_id="3",
        mlflow_run_id="f00d",
        mlflow_run_url="https://acme.cloud.databricks.com/ml/experiments/3/runs/f00d",
        metrics={"loss": 0.25},
        models=(ModelVersion(name="digits", version="4"),),
    )
