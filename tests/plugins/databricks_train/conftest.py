"""A training step in this process, between real servers for image and record and a scripted workspace."""

import io
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

import pytest
from mlflow import MlflowClient
from mlflow.entities import Run

from databricks_train import __main__ as entry
from databricks_train.settings import TrainSettings
from databricks_train.workspace.api import Workspace as Api
from drone_plugin import Plugin, run
from drone_plugin.testing import build
from drone_plugin.testing.encode import settings_from
from drone_plugin.testing.environment import Context, step_environment
from drone_plugin.testing.goformat import Value
from drone_plugin.testing.spec import BuildSpec
from drone_plugin.waiting import Waiting
from kit.databricks.client import TOKEN
from kit.databricks.server import Workspace
from kit.databricks.values import ManualClock
from kit.mlflow_server import MlflowServer
from kit.registry import Registry
from model_chain import IMAGE_FILE, TRAINING_FILE, ImageRecord, TrainingRecord, Writer, write_record

COMMIT = "c0ffee" + "0" * 34
PUSH = build.push(COMMIT, "Retune the model [train]", number=7)


@dataclass
class SteppedClock:
    """The workspace's time for the step, too: it passes only when somebody waits."""

    time: ManualClock
    on_sleep: Callable[[], None] = lambda: None

    def monotonic(self) -> float:
        """Seconds."""
        return self.time.now()

    def sleep(self, seconds: float) -> None:
        """Let time pass at once, and tell."""
        self.time.sleep(seconds)
        self.on_sleep()


@dataclass(frozen=True)
class Ran:
    """What came of a step."""

    code: int
    log: str

    @property
    def lines(self) -> list[str]:
        """The log, line by line, without the indentation."""
        return [line.strip() for line in self.log.splitlines()]


@dataclass
class Stand:
    """The servers around a step, and the workspace folder that it runs in."""

    workspace: Workspace
    registry: Registry
    tracking_uri: str
    folder: Path
    clock: SteppedClock
    digest: str
    made: BuildSpec = field(default=PUSH)

    @property
    def repository(self) -> str:
        """The repository of the image."""
        return f"{self.registry.address}/team/model"

    def settings(self) -> dict[str, Value]:
        """Settings with which a training succeeds."""
        return {
            "host": self.workspace.url,
            "token": TOKEN,
            "image_repo": self.repository,
            "insecure_registry": True,
            "spark_version": "15.4.x-scala2.12",
            "node_type": "i3.xlarge",
            "entry_point": "my_model.train",
            "experiment": "/Shared/model",
            "mlflow_tracking_uri": self.tracking_uri,
        }

    def write_image(self, *, build: int | None = None, repository: str = "") -> Path:
        """Write `image.json` as the build-image step of this build does, or that of another."""
        writer = Writer(
            repository=self.made.repo.slug,
            commit=self.made.commit,
            build=self.made.number if build is None else build,
            link="",
            plugin="build-image 0.1.0",
        )
        record = ImageRecord(
            writer=writer, repository=repository or self.repository, digest=self.digest, tags=()
        )
        return write_record(self.folder, IMAGE_FILE, record, mask=str)

    def run(self, environment: Mapping[str, str] | None = None, /, **settings: Value) -> Ran:
        """Run the step with these settings instead of the good ones; an empty one is left out."""
        asked = {name: value for name, value in (self.settings() | settings).items() if value != ""}
        plugin = Plugin("databricks-train", "0", TrainSettings, entry._decide, entry._work, self.clock)
        stdout = io.BytesIO()
        given = {
            **step_environment(
                Context(self.made), name="train", number=3, now=0, settings=settings_from(asked)
            ),
            "DRONE_WORKSPACE": str(self.folder),
            "NO_COLOR": "1",
            **(environment or {}),
        }
        with mock.patch.dict(os.environ):  # the step cleans the environment of its process
            code = run(plugin, given, stdout)
        return Ran(code, stdout.getvalue().decode())

    def record(self) -> TrainingRecord:
        """What the step handed over."""
        content = (self.folder / ".drone-ml" / TRAINING_FILE).read_text()
        return TrainingRecord.model_validate_json(content)

    def mlflow_runs(self) -> list[Run]:
        """The MLflow runs that carry this build's number, newest first."""
        client = MlflowClient(self.tracking_uri)
        experiments = [experiment.experiment_id for experiment in client.search_experiments()]
        number = f"tags.`drone_ml.build_number` = '{self.made.number}'"
        return list(client.search_runs(experiments, number))

    def mlflow_run(self) -> Run:
        """The one MLflow run of this build."""
        (found,) = self.mlflow_runs()
        return found


Asked = Callable[..., Api]


@pytest.fixture
def clock() -> SteppedClock:
    """A time that passes only when somebody waits."""
    return SteppedClock(ManualClock())


@pytest.fixture
def at(clock: SteppedClock) -> Asked:
    """A client of a workspace, on that time."""

    def asked(url: str, token: str = TOKEN) -> Api:
        return Api(url, token, Waiting(clock, clock.time.now, lambda: 0.0))

    return asked


_numbers = iter(range(1000, 10**6))


@pytest.fixture
def stand(
    workspace: Workspace,
    workspace_clock: ManualClock,
    registry: Registry,
    mlflow_server: MlflowServer,
    tmp_path: Path,
) -> Stand:
    """All that a training meets, with an image and its `image.json` there; each test has its own build."""
    made = build.push(COMMIT, PUSH.message, number=next(_numbers))
    digest = registry.client.put_index("team/model", "1", [])
    clock = SteppedClock(workspace_clock)
    stood = Stand(workspace, registry, mlflow_server.url, tmp_path, clock, digest, made)
    stood.write_image()
    return stood
