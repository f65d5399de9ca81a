"""A service that trains in a second, and its pipeline: the example's shape without scikit-learn's size."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Unpack

import yaml

from drone_plugin.testing import build
from drone_plugin.testing.goformat import Value
from drone_plugin.testing.spec import BuildSpec
from kit.drone.fixtures import GitRepository
from kit.drone.result import PipelineResult
from kit.drone.run import CommonOptions
from kit.stage import Stage

TRAINING_IMAGE = "drone-ml/databricks-train:dev"
"""It has MLflow inside, and is there whenever the plugins are."""

DOCKERFILE = f"""\
FROM {TRAINING_IMAGE}
ENV PYSPARK_PYTHON=/opt/plugin/bin/python PYTHONPATH=/app
COPY tiny_model /app/tiny_model
ENTRYPOINT ["/bin/false"]
"""

TRAIN = """\
import sys

import mlflow

with mlflow.start_run():
    mlflow.log_param("epochs", 3)
    for step in range(3):
        mlflow.log_metric("loss", 1 / (step + 1), step=step)
    print("trained with", sys.argv[1:])
    if "--fail" in sys.argv:
        raise ValueError("the loss is not a number")
"""

FILES: Mapping[str, str] = {
    "Dockerfile": DOCKERFILE,
    "tiny_model/__init__.py": "",
    "tiny_model/train.py": TRAIN,
    ".gitignore": ".drone-ml/\n",
}


class Service:
    """The repository of a service, and how its commits go through a pipeline."""

    def __init__(self, stage: Stage, folder: Path) -> None:
        self.stage = stage
        self.repository = GitRepository(folder)
        self.repo = f"{stage.registry.address}/team/tiny"
        self._builds = 0

    def commit(self, message: str, files: Mapping[str, str] | None = None) -> BuildSpec:
        """Commit the service with `files` on top; the build of a push of that commit."""
        sha = self.repository.commit(message, {**FILES, **(files or {})})
        self._builds += 1
        return build.push(sha, message, number=self._builds)

    def pipeline(self, **changes: Mapping[str, Value]) -> str:
        """The text of a `.drone.yml`: the steps scan, image and train, with `changes` of their settings."""
        steps: list[dict[str, object]] = [
            {"name": name, "image": image, "settings": {**settings, **changes.get(name, {})}}
            for name, image, settings in self._steps()
        ]
        socket = "/var/run/docker.sock"
        steps[1]["volumes"] = [{"name": "docker", "path": socket}]
        head = {"kind": "pipeline", "type": "docker", "name": "default"}
        volumes = [{"name": "docker", "host": {"path": socket}}]
        return yaml.safe_dump({**head, "steps": steps, "volumes": volumes}, sort_keys=False)

    def _steps(self) -> Iterator[tuple[str, str, Mapping[str, Value]]]:
        yield "scan", "drone-ml/secret-scan:dev", {}
        yield "image", "drone-ml/build-image:dev", {"repo": self.repo, "trigger": "keyword"}
        settings: dict[str, Value] = {
            "host": self.stage.workspace.url,
            "token": {"from_secret": "databricks_token"},
            "image_repo": self.repo,
            "insecure_registry": True,
            "spark_version": "15.4.x-scala2.12",
            "node_type": "m5d.large",
            "entry_point": "tiny_model.train",
            "experiment": "/Shared/tiny",
            "mlflow_tracking_uri": self.stage.mlflow.url,
        }
        yield "train", "drone-ml/databricks-train:dev", settings

    def run(self, made: BuildSpec, pipeline: str, **options: Unpack[CommonOptions]) -> PipelineResult:
        """Run it to its end."""
        return self.stage.run(pipeline, made, self.repository.path, **options)
