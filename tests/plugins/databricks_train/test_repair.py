"""Running again what failed of a run, and nothing else."""

import pytest

from databricks_train.workspace.api import Workspace
from databricks_train.workspace.repair import can_be_repaired, failed_keys
from databricks_train.workspace.run_state import Run, State, Task
from drone_plugin import UnreachableError
from drone_plugin.waiting import Waiting
from kit.databricks.client import TOKEN, submission, task
from kit.databricks.script import Outcome
from kit.databricks.server import Workspace as StandIn
from kit.databricks.values import JsonObject, ManualClock
from kit.scripted_server import DROP, Answer, serving

from .conftest import SteppedClock

GOOD = State("TERMINATED", ended=True, result="SUCCESS", message="")
BAD = State("TERMINATED", ended=True, result="FAILED", message="")
UPSTREAM = State("TERMINATED", ended=True, result="UPSTREAM_FAILED", message="")
GOING = State("RUNNING", ended=False, result="", message="")


def run(whole: State, *tasks: State) -> Run:
    """A run with tasks `a`, `b`, … in these states."""
    return Run("", whole, tuple(Task(chr(97 + at), at, state) for at, state in enumerate(tasks)))


@pytest.mark.parametrize(
    ("whole", "repairable", "keys"),
    [
        (run(BAD, GOOD, BAD, UPSTREAM), True, ["b", "c"]),
        (run(BAD, BAD), False, ["a"]),
        (run(BAD, BAD, UPSTREAM), False, ["a", "b"]),
        (run(GOOD, GOOD, GOOD), False, []),
        (run(GOING, GOOD, GOING), False, ["b"]),
        (run(BAD), False, []),
    ],
)
def test_a_repair_is_for_runs_of_which_a_part_succeeded(
    whole: Run, *, repairable: bool, keys: list[str]
) -> None:
    assert (can_be_repaired(whole), failed_keys(whole)) == (repairable, keys)


def history(*repairs: int) -> Answer:
    """The answer about a run that was repaired so."""
    items = ", ".join(f'{{"type": "REPAIR", "id": {repair}}}' for repair in repairs)
    return Answer(body=f'{{"run_id": 7, "repair_history": [{items}]}}'.encode())


STARTED = Answer(body=b'{"repair_id": 31}')


@pytest.mark.parametrize(
    ("answers", "posts"),
    [
        ((history(), STARTED, history(31)), 1),
        ((history(30), STARTED, history(30), history(30, 31)), 1),
        ((history(30), DROP, history(30), STARTED, history(30, 31)), 2),
        ((history(30), DROP, history(30, 31)), 1),
        ((history(), Answer(502, body=b"<html>"), history(31)), 1),
    ],
    ids=["first", "second", "lost before", "lost after", "hidden by a gateway"],
)
def test_a_repair_is_made_once_whatever_becomes_of_its_answer(
    answers: tuple[Answer | str, ...], posts: int
) -> None:
    with serving(*answers) as server:
        workspace = Workspace(server.url, "dapi-1", Waiting(SteppedClock(ManualClock())))
        assert workspace.repair(7) == 31
    asked = [path for method, path in server.requests if method == "POST"]
    assert asked == ["/api/2.2/jobs/runs/repair"] * posts


def test_a_repair_that_never_begins_is_given_up() -> None:
    clock = SteppedClock(ManualClock(0))
    with serving(history(30), STARTED, history(30)) as server:
        workspace = Workspace(server.url, "dapi-1", Waiting(clock))
        with pytest.raises(UnreachableError, match="does not begin"):
            workspace.repair(7)
    assert clock.monotonic() == 30


def test_a_repair_that_nobody_answers_for_is_given_up() -> None:
    with serving(history(30), DROP, history(30), DROP) as server:
        workspace = Workspace(server.url, "dapi-1", Waiting(SteppedClock(ManualClock())))
        with pytest.raises(UnreachableError):
            workspace.repair(7)


def test_a_repair_runs_again_what_failed_and_what_depends_on_it(
    workspace: StandIn, workspace_clock: ManualClock
) -> None:
    door = Workspace(workspace.url, TOKEN, Waiting(SteppedClock(workspace_clock)))
    needs: JsonObject = {"task_key": "train"}
    tasks = {"train": [Outcome(result="FAILED"), Outcome(result="FAILED"), Outcome()]}
    workspace.script(Outcome(tasks=tasks))
    run_id = door.submit(submission(task("load"), task("train"), task("test", depends_on=[needs])))
    repairs = []
    for _ in range(3):
        while not (ended := door.run(run_id)).state.ended:
            pass
        if can_be_repaired(ended):
            repairs.append(door.repair(run_id))
    assert len(set(repairs)) == 2
    assert ended.state.succeeded
    assert [task.attempt for task in ended.latest] == [0, 2, 2]
    assert len(workspace.submissions()) == 1
