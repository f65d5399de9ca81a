"""A run or an experiment is made once, whatever becomes of the answer."""

import os
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from databricks_train.tracking.door import CLIENT_ENVIRONMENT
from databricks_train.tracking.server import Tracking
from drone_plugin import UnreachableError
from kit.mlflow_faults import MlflowFront, lost, unavailable
from kit.mlflow_server import MlflowServer
from model_chain import tags

NAME = "a run"


@pytest.fixture
def front(mlflow_server: MlflowServer) -> Iterator[MlflowFront]:
    """A server that can misbehave."""
    with MlflowFront(mlflow_server.url) as running:
        yield running


@pytest.fixture
def tracking(front: MlflowFront, monkeypatch: pytest.MonkeyPatch) -> Tracking:
    for name, value in CLIENT_ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    return Tracking(front.url, front.url)


@pytest.fixture
def experiment(tracking: Tracking) -> str:
    return tracking.experiment(f"/Shared/{uuid.uuid4().hex}")


def started(tracking: Tracking, experiment: str) -> str:
    return tracking.start_run(experiment, NAME, {tags.TOKEN: "1"}, {tags.TOKEN: "1"})


@pytest.mark.parametrize("times", [1, 2])
def test_a_run_whose_answer_was_lost_is_not_made_twice(
    front: MlflowFront, tracking: Tracking, experiment: str, times: int
) -> None:
    front.faults.add(lost("*/runs/create", times=times))
    run = started(tracking, experiment)
    (found,) = tracking.find_runs(experiment, tags.TOKEN, "1")
    assert found.run_id == run


def test_a_run_that_was_not_made_is_made_in_a_second_attempt(
    front: MlflowFront, tracking: Tracking, experiment: str
) -> None:
    front.faults.add(unavailable("*/runs/create", times=1))
    run = started(tracking, experiment)
    assert [one.run_id for one in tracking.find_runs(experiment, tags.TOKEN, "1")] == [run]


def test_a_server_that_makes_none_is_asked_twice_for_one(
    front: MlflowFront, tracking: Tracking, experiment: str
) -> None:
    front.faults.add(unavailable("*/runs/create"))
    with pytest.raises(UnreachableError, match="a new run"):
        started(tracking, experiment)
    assert sum(request.path.endswith("runs/create") for request in front.requests) == 2
    assert os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] == "2"


def test_an_experiment_whose_answer_was_lost_is_found(front: MlflowFront, tracking: Tracking) -> None:
    name = f"/Shared/{uuid.uuid4().hex}"
    front.faults.add(lost("*/experiments/create"))
    assert tracking.experiment(name) == tracking.experiment(name)


def test_builds_that_make_an_experiment_at_once_get_the_same(tracking: Tracking) -> None:
    name = f"/Shared/{uuid.uuid4().hex}"
    with ThreadPoolExecutor(4) as builds:
        assert len(set(builds.map(tracking.experiment, [name] * 4))) == 1


def test_a_run_that_is_deleted_or_ended_twice_is_no_error(
    front: MlflowFront, tracking: Tracking, experiment: str
) -> None:
    run = started(tracking, experiment)
    front.faults.add(lost("*/runs/update"))
    tracking.end_run(run, "KILLED")
    front.faults.add(lost("*/runs/delete"))
    tracking.delete_run(run)
    assert (tracking.run(run).status, tracking.run(run).deleted) == ("KILLED", True)
