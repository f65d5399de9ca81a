"""Ending runs, in a time that passes only when somebody waits."""

import io

import pytest

from databricks_train.workspace.api import Workspace
from databricks_train.workspace.stopping import stop, supersede
from drone_plugin import Log, Redactor, UnreachableError
from drone_plugin.log import LineStream
from drone_plugin.waiting import Waiting
from kit.databricks.client import TOKEN, Client, submission
from kit.databricks.faults import Fault
from kit.databricks.script import Outcome, Phase
from kit.databricks.server import Workspace as StandIn
from kit.databricks.values import ManualClock

from .conftest import SteppedClock

CANCEL = "/api/2.2/jobs/runs/cancel"
GET = "/api/2.2/jobs/runs/get"


@pytest.fixture
def clock(workspace_clock: ManualClock) -> SteppedClock:
    """The time of the workspace."""
    return SteppedClock(workspace_clock)


@pytest.fixture
def door(workspace: StandIn, clock: SteppedClock) -> Workspace:
    """A client of it."""
    return Workspace(workspace.url, TOKEN, Waiting(clock, chance=lambda: 0.0))


def training(workspace: StandIn, door: Workspace, stopping: float, *names: str) -> list[int]:
    """Runs that go on until they are cancelled, and then take `stopping` seconds to end."""
    endless = Outcome([Phase("RUNNING", polls=10**6)], cancel_states=[Phase("TERMINATING", seconds=stopping)])
    workspace.script(*[endless] * len(names))
    return [door.submit(submission(run_name=name)) for name in names]


def test_a_run_is_cancelled_and_its_end_waited_for(
    workspace: StandIn, door: Workspace, clock: SteppedClock
) -> None:
    (run_id,) = training(workspace, door, 4, "model")
    ended = stop(door, run_id, clock, within=10)
    assert (ended.outcome, door.run(run_id).state.ended) == ("stopped", True)
    assert ended.text == f"run {run_id} has stopped, 4.0 s after it was cancelled"


def test_after_the_grace_period_it_is_said_that_the_run_was_still_stopping(
    workspace: StandIn, door: Workspace, clock: SteppedClock
) -> None:
    (run_id,) = training(workspace, door, 300, "model")
    begun = clock.monotonic()
    ended = stop(door, run_id, clock, within=8)
    assert clock.monotonic() - begun == 8
    assert (ended.outcome, ended.text) == (
        "stopping",
        f"run {run_id} is cancelled, and was still stopping after 8.0 s",
    )


def test_who_is_being_killed_asks_once_and_says_that_it_was_not_heard(
    workspace: StandIn, door: Workspace, clock: SteppedClock
) -> None:
    (run_id,) = training(workspace, door, 1, "model")
    workspace.faults.add(Fault("POST", CANCEL, "drop-before", times=9))
    ended = stop(door, run_id, clock, within=8)
    assert ended.outcome == "not-asked"
    assert ended.text.startswith(f"run {run_id} is not cancelled: ")
    assert len([request for request in workspace.requests if request.path == CANCEL]) == 1


def test_an_answer_that_does_not_come_is_no_end(
    workspace: StandIn, door: Workspace, clock: SteppedClock
) -> None:
    (run_id,) = training(workspace, door, 1, "model")
    workspace.faults.add(Fault("GET", GET, "drop-before", times=3))
    assert stop(door, run_id, clock, within=10).outcome == "stopped"


def test_a_run_that_is_gone_needs_no_end(workspace: StandIn, door: Workspace, clock: SteppedClock) -> None:
    run_id = door.submit(submission())
    while not door.run(run_id).state.ended:
        pass
    Client(workspace).post("/2.2/jobs/runs/delete", {"run_id": run_id})
    assert stop(door, run_id, clock, within=10).outcome == "stopped"


def said(printed: io.BytesIO) -> list[str]:
    """The lines of a log."""
    return printed.getvalue().decode().splitlines()


def test_superseded_runs_are_cancelled_waited_for_and_named(
    workspace: StandIn, door: Workspace, clock: SteppedClock
) -> None:
    first, second, other = training(workspace, door, 30, "model", "model", "other")
    printed = io.BytesIO()
    log = Log(LineStream(printed, Redactor(), clock), clock, colour=False)
    assert supersede(door, [door.look_up(run_id) for run_id in (second, first)], clock, log) == []
    assert [door.run(run_id).state.ended for run_id in (first, second, other)] == [True, True, False]
    lines = said(printed)
    assert [
        f"this build supersedes run {run_id}, which is cancelled: " in line
        for run_id, line in zip((second, first), lines, strict=False)
    ] == [True, True]
    assert lines[-1] == f"stopped after 30 s: run {second}, {first}"


def test_a_superseded_run_that_does_not_stop_is_a_warning(
    workspace: StandIn, door: Workspace, clock: SteppedClock
) -> None:
    (run_id,) = training(workspace, door, 10**6, "model")
    printed = io.BytesIO()
    log = Log(LineStream(printed, Redactor(), clock), clock, colour=False)
    assert supersede(door, [door.look_up(run_id)], clock, log, within=60) == [run_id]
    assert said(printed)[-1] == f"warning: not stopped after 1 min 00 s: run {run_id}"


def test_a_run_that_cannot_be_superseded_keeps_the_new_one_from_starting(
    workspace: StandIn, door: Workspace, clock: SteppedClock
) -> None:
    (run_id,) = training(workspace, door, 1, "model")
    workspace.faults.add(Fault("POST", CANCEL, "drop-before", times=9))
    log = Log(LineStream(io.BytesIO(), Redactor(), clock), clock, colour=False)
    with pytest.raises(UnreachableError):
        supersede(door, [door.look_up(run_id)], clock, log)
