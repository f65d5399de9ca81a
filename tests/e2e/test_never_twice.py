"""Builds that are killed, started again, or there twice: one run, one record, and nothing of either lost."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

import pytest
from mlflow import MlflowClient
from mlflow.entities import Run
from mlflow.entities.model_registry import ModelVersion

from databricks_train.chain.archive import PATH, ArchivedRequest
from databricks_train.workspace.schedule import CLOSE
from drone_plugin.testing import build
from drone_plugin.testing.spec import BuildSpec
from kit.drone.checkout import Repository
from kit.drone.result import PipelineResult
from kit.drone.run import start_pipeline
from kit.drone.runner import PipelineRun
from kit.service import Service
from kit.stage import TOKEN
from model_chain import TrainingRecord, tags

pytestmark = pytest.mark.e2e

REGISTERS_WHEN_TOLD = """\
import os, time, mlflow
client, name = mlflow.MlflowClient(), os.environ["MLFLOW_RUN_ID"][:8] + "-tiny"
with mlflow.start_run() as run:
    print("waiting")
    while "go" not in client.get_run(run.info.run_id).data.tags:
        time.sleep(0.05)
    mlflow.log_metric("loss", 0.5)
    mlflow.log_text("0.5", "model/weights.txt")
    client.create_registered_model(name)
    source = f"runs:/{run.info.run_id}/model"
    client.create_model_version(name, source, run.info.run_id, await_creation_for=0)
"""
LONGEST_PAUSE = 1.2 * CLOSE
"""Seconds between two questions about a run in its first quarter of an hour."""
FINISHING = 2.0
"""Seconds for outputs, record and alias."""
LINKS = (tags.COMMIT, tags.IMAGE_DIGEST, tags.DATABRICKS_RUN_ID, tags.TOKEN, tags.REQUEST, tags.REPOSITORY)


@dataclass
class Watched:
    """A pipeline that runs, and what its training step has said."""

    running: PipelineRun
    said: list[str] = field(default_factory=list)
    news: Event = field(default_factory=Event)

    def until(self, text: str, seconds: float = 120) -> None:
        """Wait until the step has said something."""
        deadline = time.monotonic() + seconds
        while text not in "".join(self.said):
            assert time.monotonic() < deadline, "".join(self.said)
            self.news.wait(1)
            self.news.clear()


class Training:
    """One commit of the service that trains until it is told to go on, and what the servers have of it."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.stage = service.stage
        self.client = MlflowClient(self.stage.mlflow.url)
        files = {"tiny_model/train.py": REGISTERS_WHEN_TOLD}
        self.made = service.commit("Never twice, never lost [train]", files)
        self._before = len(self.stage.workspace.runs())

    @contextmanager
    def start(self, made: BuildSpec) -> Iterator[Watched]:
        """A build of the commit; what still runs when the block is left is killed."""
        said: list[str] = []
        news = Event()

        def listen(step: str, text: str) -> None:
            if step == "train":
                said.append(text)
                news.set()

        running = start_pipeline(
            self.service.pipeline(),
            made,
            engine=self.stage.engine,
            workspace_source=Repository(self.service.repository.path),
            secrets={"databricks_token": TOKEN},
            on_text=listen,
        )
        with running:
            yield Watched(running, said, news)

    def let_go(self) -> int:
        """Let the training end, wait until it has, and return the id of its Databricks run."""
        run = self.mlflow_run()
        self.client.set_tag(run.info.run_id, "go", "")
        run_id = int(run.data.tags[tags.DATABRICKS_RUN_ID])
        self.stage.workspace.wait_for(run_id, seconds=60)
        return run_id

    def runs(self) -> int:
        """How many Databricks runs there are of it."""
        return len(self.stage.workspace.runs()) - self._before

    def mlflow_run(self) -> Run:
        """The one MLflow run of it."""
        experiment = self.client.get_experiment_by_name("/Shared/tiny")
        assert experiment
        having = f"tags.`{tags.COMMIT}` = '{self.made.commit}'"
        (run,) = self.client.search_runs([experiment.experiment_id], having)
        return run

    def version(self) -> ModelVersion:
        """The one model version that it has registered."""
        (version,) = self.client.search_model_versions(f"run_id = '{self.mlflow_run().info.run_id}'")
        return version

    def request(self, folder: Path) -> ArchivedRequest:
        """What is archived of it."""
        kept = self.client.download_artifacts(self.mlflow_run().info.run_id, PATH, str(folder))
        return ArchivedRequest.model_validate_json(Path(kept).read_text())


@pytest.fixture
def training(service: Service) -> Training:
    """A commit that wants to be trained."""
    return Training(service)


def test_a_build_that_is_killed_and_restarted_waits_for_the_run_that_there_is(
    training: Training, tmp_path: Path
) -> None:
    with training.start(training.made) as killed:
        killed.until("running")
        killed.running.cancel()
        assert killed.running.wait().step("train").exit_code == 130
    again = build.restart(training.made, number=training.made.number + 1)
    with training.start(again) as restarted:
        restarted.until("joining it")
        restarted.until("running")
        run_id = training.let_go()
        ended = time.monotonic()
        result = restarted.running.wait()
        lost = time.monotonic() - ended
    step = result.step("train")
    assert step.exit_code == 0, step.log
    assert training.runs() == 1
    assert trained(result) == (run_id, training.mlflow_run().info.run_id)
    assert training.mlflow_run().info.status == "FINISHED"
    check_chain(training, run_id, tmp_path)
    assert lost < LONGEST_PAUSE + FINISHING


def test_a_job_finishes_its_record_although_its_build_was_killed_for_good(
    training: Training, tmp_path: Path
) -> None:
    with training.start(training.made) as killed:
        killed.until("running")
        killed.running.cancel()
        result = killed.running.wait()
    assert result.step("train").exit_code == 130
    assert ".drone-ml/training.json" not in result.files
    assert training.mlflow_run().info.status == "RUNNING"
    run_id = training.let_go()
    run = training.mlflow_run()
    assert (run.info.status, run.data.metrics) == ("FINISHED", {"loss": 0.5})
    kept = training.client.download_artifacts(run.info.run_id, "logs/output.log", str(tmp_path))
    assert Path(kept).read_text() == "waiting\n"
    check_chain(training, run_id, tmp_path)


def test_two_builds_of_one_commit_at_once_share_one_run(training: Training, tmp_path: Path) -> None:
    second = build.restart(training.made, number=training.made.number + 1)
    with training.start(training.made) as one, training.start(second) as other:
        one.until("running")
        other.until("running")
        run_id = training.let_go()
        results = [one.running.wait(), other.running.wait()]
    assert [result.step("train").exit_code for result in results] == [0, 0]
    assert training.runs() == 1
    assert [trained(result) for result in results] == 2 * [(run_id, training.mlflow_run().info.run_id)]
    check_chain(training, run_id, tmp_path)


def trained(result: PipelineResult) -> tuple[int, str]:
    """The two runs that the training step handed over."""
    record = TrainingRecord.model_validate_json(result.files[".drone-ml/training.json"])
    return record.databricks_run_id, record.mlflow_run_id


def check_chain(training: Training, run_id: int, folder: Path) -> None:
    """The version carries every link, and so does the run; its request is in the archive."""
    run, version = training.mlflow_run(), training.version()
    request = training.request(folder)
    links = {name: version.tags[name] for name in LINKS}
    assert links[tags.COMMIT] == training.made.commit == request.commit
    assert links[tags.IMAGE_DIGEST] == request.digest
    assert links[tags.DATABRICKS_RUN_ID] == str(run_id)
    assert links[tags.REQUEST] == request.fingerprint()
    assert {name: run.data.params[name] for name in LINKS} == links
    page = run.data.tags[tags.DATABRICKS_RUN_URL]
    assert page == version.tags[tags.DATABRICKS_RUN_URL] == version.tags[tags.DATABRICKS_URL]
    assert f"/runs/{run_id}?o=" in page
