"""A training step with its servers: it can be started, watched, hit, and started again."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Final

from mlflow import MlflowClient
from mlflow.entities import Run

from drone_plugin.testing import build
from drone_plugin.testing.encode import settings_from
from drone_plugin.testing.environment import Context, step_environment
from drone_plugin.testing.goformat import Value
from kit.databricks.client import TOKEN
from kit.databricks.server import Workspace
from kit.engine import Engine
from kit.faults.container import SRC, Ended, RunningStep
from kit.mlflow_faults import MlflowFront
from kit.registry import Registry
from model_chain import IMAGE_FILE, ImageRecord, Writer, write_record

_numbers: Final = count(1000)


@dataclass
class Trial:
    """One commit that wants to be trained, and the servers that its builds meet.

    `stranger` is a proxy, and a server for requests of which nobody has a reason to send it one.
    """

    engine: Engine
    registry: Registry
    workspace: Workspace
    mlflow: MlflowFront
    stranger: MlflowFront
    folder: Path
    speed: float = 1
    number: int = field(default_factory=lambda: next(_numbers))

    def __post_init__(self) -> None:
        self.commit = f"{self.number:040x}"
        self.made = build.push(self.commit, "Retune the model [train]", number=self.number)
        self.digest = self.registry.client.put_index("team/model", "1", [])
        self.folder.mkdir(parents=True, exist_ok=True)
        self.write_image()

    @property
    def experiment(self) -> str:
        """An experiment of this trial's own."""
        return f"/Shared/faults-{self.number}"

    def settings(self) -> dict[str, Value]:
        """Settings with which a training succeeds."""
        return {
            "host": self.workspace.url,
            "token": TOKEN,
            "image_repo": f"{self.registry.address}/team/model",
            "insecure_registry": True,
            "spark_version": "15.4.x-scala2.12",
            "node_type": "i3.xlarge",
            "entry_point": "tiny_model.train",
            "experiment": self.experiment,
            "mlflow_tracking_uri": self.mlflow.url,
        }

    def write_image(self) -> None:
        """Hand the image over, as the build-image step of this build does."""
        writer = Writer(
            repository=self.made.repo.slug,
            commit=self.made.commit,
            build=self.made.number,
            link="",
            plugin="build-image 0.1.0",
        )
        repository = str(self.settings()["image_repo"])
        record = ImageRecord(writer=writer, repository=repository, digest=self.digest, tags=())
        write_record(self.folder, IMAGE_FILE, record, mask=str)

    def changed(self, **changes: object) -> None:
        """Go on with another build: of another event, commit, number or message."""
        self.made = replace(self.made, **changes)  # type: ignore[arg-type]  # the fields of a BuildSpec
        self.write_image()

    @contextmanager
    def start(
        self,
        settings: Mapping[str, Value] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> Iterator[RunningStep]:
        """The step, running; an empty setting is left out."""
        asked = {
            name: value for name, value in (self.settings() | {**(settings or {})}).items() if value != ""
        }
        given = {
            **step_environment(
                Context(self.made), name="train", number=3, now=0, settings=settings_from(asked)
            ),
            "DRONE_WORKSPACE": SRC,
            "NO_COLOR": "1",
            **(environment or {}),
        }
        with RunningStep(self.engine, self.folder, given, speed=self.speed) as step:
            yield step

    def run(
        self,
        settings: Mapping[str, Value] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> Ended:
        """The step, from its beginning to its end."""
        with self.start(settings, environment) as step:
            return step.wait()

    def mlflow_runs(self) -> list[Run]:
        """The MLflow runs of this trial, newest first."""
        client = MlflowClient(self.mlflow.server)
        experiment = client.get_experiment_by_name(self.experiment)
        return list(client.search_runs([experiment.experiment_id])) if experiment else []

    def mlflow_statuses(self) -> tuple[str, ...]:
        """Their statuses, oldest first."""
        return tuple(str(run.info.status) for run in reversed(self.mlflow_runs()))
