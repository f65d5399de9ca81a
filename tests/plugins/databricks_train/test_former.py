"""How long a run is likely to take, by what the workspace remembers."""

import pytest

from databricks_train.workspace.api import Workspace
from databricks_train.workspace.former import former_seconds, running_seconds
from databricks_train.workspace.run_state import Run, State, Task
from drone_plugin.waiting import Waiting
from kit.databricks.client import TOKEN, submission
from kit.databricks.faults import Fault
from kit.databricks.script import Outcome, Phase
from kit.databricks.server import Workspace as StandIn
from kit.databricks.values import ManualClock

from .conftest import SteppedClock

ENDED = State("TERMINATED", ended=True, result="SUCCESS", message="")


def test_it_is_the_time_of_the_last_success_like_it(workspace: StandIn, workspace_clock: ManualClock) -> None:
    clock = SteppedClock(workspace_clock)
    door = Workspace(workspace.url, TOKEN, Waiting(clock, chance=lambda: 0.0))
    for name, seconds, result in (
        ("model a", 500, "SUCCESS"),
        ("model b", 900, "SUCCESS"),
        ("model c", 50, "FAILED"),
        ("other", 7, "SUCCESS"),
    ):
        workspace.script(Outcome([Phase("PENDING", seconds=240), Phase("RUNNING", seconds=seconds)], result))
        run_id = door.submit(submission(run_name=name))
        for pause in (0, 240, seconds):
            clock.sleep(pause)
            door.run(run_id)
    assert former_seconds(door, lambda run: run.name.startswith("model ")) == pytest.approx(900, abs=1)
    assert former_seconds(door, lambda run: run.name == "another") == 0


def test_no_answer_means_that_nobody_knows(workspace: StandIn) -> None:
    workspace.faults.add(Fault("GET", "/api/2.2/jobs/runs/list", "status", times=9, status=403, body={}))
    assert former_seconds(Workspace(workspace.url, TOKEN), lambda _: True) == 0


@pytest.mark.parametrize(
    ("run", "setups", "seconds"),
    [
        ({"run": 600.0}, [240.0], 360),
        ({"run": 600.0, "queue": 100.0}, [240.0], 260),
        ({"run": 600.0}, [200.0, 500.0], 400),
        ({"run": 600.0}, [], 600),
        ({"run": 10.0}, [240.0], 0),
        ({}, [], 0),
    ],
)
def test_the_start_of_the_first_cluster_and_the_queue_are_left_out(
    run: dict[str, float], setups: list[float], seconds: float
) -> None:
    tasks = tuple(Task(f"t{at}", at, ENDED, durations={"setup": setup}) for at, setup in enumerate(setups))
    assert running_seconds(Run("", ENDED, tasks, durations=run)) == seconds
