"""A version that was trained is trained again, and its chain is walked, with all links and without each."""

import itertools
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path

import pytest
import requests
import yaml
from mlflow import MlflowClient

from databricks_train.chain.archive import PATH
from drone_plugin.testing import build
from drone_plugin.testing.goformat import Value
from drone_plugin.testing.spec import BuildSpec
from kit.databricks.values import at
from kit.drone.result import PipelineResult
from kit.registry_client import DOCKER_MANIFEST
from kit.service import Service
from kit.stage import Stage
from model_chain import TrainingRecord, tags

pytestmark = pytest.mark.e2e

TRAIN = """\
import sys, mlflow
from mlflow.data.dataset import Dataset
from mlflow.data.dataset_source import DatasetSource

class Source(DatasetSource):
    def __init__(self, version):
        self.version = version
    def to_dict(self):
        return {"delta_table_name": "main.ml.digits", "delta_table_version": self.version}
    _get_source_type = staticmethod(lambda: "delta_table")
    _can_resolve = staticmethod(lambda _: False)
    _resolve = from_dict = load = lambda *_: None

class Table(Dataset):
    profile = schema = None
    def _compute_digest(self):
        return f"v{self.source.version}"

name, *pinned = sys.argv[1:]
client = mlflow.MlflowClient()
with mlflow.start_run() as run:
    latest = client.get_experiment(run.info.experiment_id).tags["latest"]
    version = int(pinned[0] if pinned and pinned[0] else latest)
    if name != "unlogged":
        mlflow.log_input(Table(Source(version), name="digits"), context="training")
    mlflow.log_metric("loss", 1 / version)
    mlflow.log_text("weights", "model/weights.txt")
    if not client.search_registered_models(f"name = '{name}'"):
        client.create_registered_model(name)
    source = f"runs:/{run.info.run_id}/model"
    client.create_model_version(name, source, run.info.run_id, await_creation_for=0)
"""
PINNED = "$${data.digits.version}"
"""The version of the table; of two dollar signs Drone leaves one."""
BUILDS = itertools.count(100)
DAY = 24 * 3600


@dataclass
class Versions:
    """Models that a service trains, and their table, of which there is always a newer version."""

    service: Service
    made: BuildSpec = field(init=False)

    def __post_init__(self) -> None:
        self.made = self.service.commit("Retune the model [train]", {"tiny_model/train.py": TRAIN})

    @property
    def stage(self) -> Stage:
        """The servers."""
        return self.service.stage

    @property
    def client(self) -> MlflowClient:
        """MLflow's."""
        return MlflowClient(self.stage.mlflow.url)

    def table_is_at(self, version: int) -> None:
        """Let the table have this version from now on."""
        found = self.client.get_experiment_by_name("/Shared/tiny")
        experiment_id = found.experiment_id if found else self.client.create_experiment("/Shared/tiny")
        self.client.set_experiment_tag(experiment_id, "latest", str(version))

    def train(self, *arguments: str) -> "Version":
        """Train the commit; the first argument is the name of the model."""
        pipeline = self.service.pipeline(train={"arguments": [*arguments]})
        result = self.service.run(self.made, last_steps(2, pipeline))
        assert result.passed, result.describe()
        return Version(self, arguments[0], read_record(result))

    def step(self, **settings: Value) -> PipelineResult:
        """The training step alone, in a build that somebody starts by hand later."""
        return look_again(self.service, self.made.commit, **settings)


@dataclass(frozen=True)
class Version:
    """The version 1 of a model, and what is on record of it."""

    versions: Versions
    name: str
    record: TrainingRecord

    @property
    def target(self) -> str:
        """How a setting names it."""
        return f"models:/{self.name}@challenger"

    @property
    def request(self) -> Path:
        """The file in which MLflow keeps the archived request."""
        folder = self.versions.stage.mlflow.folder / "artifacts"
        (found,) = folder.glob(f"*/{self.record.mlflow_run_id}/artifacts/{PATH}")
        return found


def last_steps(number: int, pipeline: str) -> str:
    """The pipeline with its last steps alone."""
    loaded = yaml.safe_load(pipeline)
    return yaml.safe_dump({**loaded, "steps": loaded["steps"][-number:]}, sort_keys=False)


def look_again(service: Service, commit: str, **settings: Value) -> PipelineResult:
    """The training step alone, in a build of a commit that somebody starts by hand later."""
    asked = {"events": "custom", "trigger": "always", **settings}
    by_hand = build.custom(commit, "Look again", number=next(BUILDS))
    return service.run(by_hand, last_steps(1, service.pipeline(train=asked)))


def read_record(result: PipelineResult) -> TrainingRecord:
    """What the training step handed over."""
    return TrainingRecord.model_validate_json(result.files[".drone-ml/training.json"])


@pytest.fixture(scope="module")
def versions(stage: Stage, images: object, tmp_path_factory: pytest.TempPathFactory) -> Versions:
    """A service whose commit is trained as often as wanted."""
    assert images
    return Versions(Service(stage, tmp_path_factory.mktemp("versions") / "repository"))


@pytest.fixture(scope="module")
def version(versions: Versions) -> Version:
    """A version whose chain is looked at, in MLflow and elsewhere."""
    versions.table_is_at(7)
    return versions.train("looked-at", PINNED)


def test_data_that_are_pinned_are_trained_on_again_although_the_table_has_changed(versions: Versions) -> None:
    versions.table_is_at(7)
    first = versions.train("pinned", PINNED)
    versions.table_is_at(8)
    result = versions.step(reproduce=first.target)
    step, again = result.step("train"), read_record(result)
    assert step.exit_code == 0, step.log
    assert again.mlflow_run_id != first.record.mlflow_run_id
    assert again.metrics == first.record.metrics == {"loss": pytest.approx(1 / 7)}
    assert again.image == first.record.image
    *_, before, after = versions.stage.workspace.submissions()
    assert at(after, "tasks", 0, "spark_python_task", "parameters", -1) == "7"
    assert at(before, "tasks", 0, "spark_python_task", "parameters", -1) == ""
    assert at(after, "tasks", 0, "new_cluster", "docker_image") == at(
        before, "tasks", 0, "new_cluster", "docker_image"
    )
    assert "data not pinned" not in step.log
    assert side_by_side(step.log) == pytest.approx((1 / 7, 1 / 7))
    run = versions.client.get_run(again.mlflow_run_id)
    assert run.data.params[tags.REPRODUCES] == first.record.mlflow_run_id
    assert run.data.params[tags.COMMIT] == versions.made.commit


@pytest.mark.parametrize(
    ("name", "why"), [("unpinned", "digits was read at version 7"), ("unlogged", "has logged none")]
)
def test_data_that_are_not_pinned_are_said_to_be_not(versions: Versions, name: str, why: str) -> None:
    versions.table_is_at(7)
    first = versions.train(name)
    versions.table_is_at(8)
    step = versions.step(reproduce=first.target).step("train")
    assert step.exit_code == 0, step.log
    (said,) = [line for line in step.log.splitlines() if "data not pinned" in line]
    assert why in said
    assert side_by_side(step.log) == pytest.approx((1 / 8, 1 / 7))


def side_by_side(log: str) -> tuple[float, float]:
    """The loss of a reproduction and that of what it repeats, from the table of both."""
    _, _, table = log.partition("── reproduced")
    _, again, before, *_ = next(line.split() for line in table.splitlines() if "loss" in line)
    return float(again), float(before)


def test_a_chain_with_all_its_links_holds(version: Version) -> None:
    step = version.versions.step(verify=version.target).step("train")
    assert step.exit_code == 0, step.log
    for link in (
        version.versions.made.commit,
        version.record.image,
        str(version.record.databricks_run_id),
        version.record.mlflow_run_id,
    ):
        assert link in step.log
    assert "the chain holds from end to end" in step.log


Change = Callable[[Version], AbstractContextManager[object]]


@contextmanager
def without_alias(version: Version) -> Iterator[None]:
    client = version.versions.client
    client.delete_registered_model_alias(version.name, "challenger")
    yield
    client.set_registered_model_alias(version.name, "challenger", "1")


@contextmanager
def without_mlflow_run(version: Version) -> Iterator[None]:
    client = version.versions.client
    client.delete_run(version.record.mlflow_run_id)
    yield
    client.restore_run(version.record.mlflow_run_id)


@contextmanager
def with_another_tag(version: Version) -> Iterator[None]:
    client, run_id = version.versions.client, version.record.mlflow_run_id
    client.set_tag(run_id, tags.COMMIT, "f" * 40)
    yield
    client.set_tag(run_id, tags.COMMIT, version.versions.made.commit)


@contextmanager
def with_another_tag_of_the_version(version: Version) -> Iterator[None]:
    client = version.versions.client
    former = client.get_model_version(version.name, "1").tags[tags.IMAGE_DIGEST]
    client.set_model_version_tag(version.name, "1", tags.IMAGE_DIGEST, "sha256:" + "0" * 64)
    yield
    client.set_model_version_tag(version.name, "1", tags.IMAGE_DIGEST, former)


@contextmanager
def with_another_request(version: Version) -> Iterator[None]:
    path = version.request
    kept = path.read_text()
    path.write_text(kept.replace("m5d.large", "m5d.xlarge"))
    yield
    path.write_text(kept)


@contextmanager
def without_request(version: Version) -> Iterator[None]:
    path = version.request
    kept = path.read_text()
    path.unlink()
    yield
    path.write_text(kept)


@contextmanager
def without_image(version: Version) -> Iterator[None]:
    registry, _, name = version.record.image.partition("/")
    repository, _, digest = name.partition("@")
    url = f"http://{registry}/v2/{repository}/manifests/{digest}"
    kind = {"Accept": DOCKER_MANIFEST, "Content-Type": DOCKER_MANIFEST}
    manifest = requests.get(url, headers=kind, timeout=9).content
    assert requests.delete(url, timeout=9).status_code == HTTPStatus.ACCEPTED
    yield
    assert requests.put(url, manifest, headers=kind, timeout=9).ok


@pytest.mark.parametrize(
    ("change", "link"),
    [
        (without_alias, "model version"),
        (without_mlflow_run, "MLflow run"),
        (with_another_tag, "facts of the MLflow run"),
        (with_another_request, "archived request"),
        (without_request, "archived request"),
        (without_image, "image"),
        (with_another_tag_of_the_version, f"{tags.IMAGE_DIGEST} of the version"),
    ],
)
def test_a_chain_is_broken_at_the_link_that_was_removed_or_changed(
    version: Version, change: Change, link: str
) -> None:
    with change(version):
        step = version.versions.step(verify=version.target).step("train")
    assert step.exit_code == 3, step.log
    assert f"is broken at {link}:" in step.log
    assert "holds from end to end" not in step.log
    assert version.versions.step(verify=version.target).passed


def test_a_chain_is_broken_where_the_repository_has_not_its_commit(version: Version, tmp_path: Path) -> None:
    other = Service(version.versions.stage, tmp_path / "other")
    commit = other.commit("Begin again").commit
    step = look_again(other, commit, verify=version.target).step("train")
    assert step.exit_code == 3, step.log
    assert "is broken at commit:" in step.log


def test_a_run_that_databricks_has_forgotten_is_missed_until_it_may_be(version: Version) -> None:
    version.versions.stage.workspace.forget(version.record.databricks_run_id)
    step = version.versions.step(verify=version.target).step("train")
    assert step.exit_code == 3, step.log
    assert "is broken at Databricks run:" in step.log
    old = int((time.time() - 61 * DAY) * 1000)
    with closing(sqlite3.connect(version.versions.stage.mlflow.folder / "mlflow.db")) as base, base:
        base.execute("UPDATE runs SET start_time = ? WHERE run_uuid = ?", (old, version.record.mlflow_run_id))
    step = version.versions.step(verify=version.target).step("train")
    assert step.exit_code == 0, step.log
    assert "60 days" in step.log
