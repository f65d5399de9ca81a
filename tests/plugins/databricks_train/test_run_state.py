"""What Databricks says of a run, in its old words, its new ones, and those that it has not invented yet."""

import pytest
from pydantic import JsonValue

from databricks_train.run_state import State, read_run, read_state

Answer = dict[str, JsonValue]


def old(phase: str, result: str = "", message: str = "") -> Answer:
    """The `state` that all versions of the API have."""
    told = {"life_cycle_state": phase, "result_state": result, "state_message": message}
    return {"state": {name: value for name, value in told.items() if value}}


def new(state: str, code: str = "", message: str = "") -> Answer:
    """The `status` that replaces it."""
    details: Answer = {"code": code, "type": "CLIENT_ERROR", "message": message}
    return {"status": {"state": state, **({"termination_details": details} if code else {})}}


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (old("PENDING"), State("PENDING", ended=False, result="PENDING", message="")),
        (new("QUEUED"), State("QUEUED", ended=False, result="UNKNOWN", message="")),
        (old("TERMINATED", "SUCCESS"), State("TERMINATED", ended=True, result="SUCCESS", message="")),
        (new("TERMINATED", "SUCCESS"), State("TERMINATED", ended=True, result="SUCCESS", message="")),
        (
            {
                **old("INTERNAL_ERROR", "FAILED", "Task train failed"),
                **new("TERMINATED", "RUN_EXECUTION_ERROR"),
            },
            State("TERMINATED", ended=True, result="FAILED", message="Task train failed"),
        ),
        (
            new("TERMINATED", "CLUSTER_ERROR", "no image"),
            State("TERMINATED", ended=True, result="CLUSTER_ERROR", message="no image"),
        ),
        (old("SKIPPED"), State("SKIPPED", ended=True, result="SKIPPED", message="")),
        (old("INTERNAL_ERROR"), State("INTERNAL_ERROR", ended=True, result="INTERNAL_ERROR", message="")),
        (new("TERMINATED"), State("TERMINATED", ended=True, result="UNKNOWN", message="")),
        (
            {**old("TERMINATING"), **new("TERMINATED", "SUCCESS")},
            State("TERMINATED", ended=True, result="SUCCESS", message=""),
        ),
        (old("HIBERNATING"), State("HIBERNATING", ended=False, result="HIBERNATING", message="")),
        ({}, State("UNKNOWN", ended=False, result="UNKNOWN", message="")),
        ({"state": None, "status": []}, State("UNKNOWN", ended=False, result="UNKNOWN", message="")),
    ],
)
def test_a_state_is_read_in_either_vocabulary(answer: Answer, state: State) -> None:
    assert read_state(answer) == state


@pytest.mark.parametrize(
    ("answer", "succeeded"),
    [
        (old("TERMINATED", "SUCCESS"), True),
        (old("RUNNING", "SUCCESS"), False),
        (old("TERMINATED", "SUCCESS_WITH_FAILURES"), False),
        (old("TERMINATED", "GREAT_SUCCESS"), False),
        (old("TERMINATED"), False),
        (old("INTERNAL_ERROR", "SUCCESS"), True),
        (new("TERMINATED", "SUCCESS_WITH_FAILURES"), False),
        (new("TERMINATED"), False),
    ],
)
def test_success_is_only_what_is_called_so(answer: Answer, *, succeeded: bool) -> None:
    assert read_state(answer).succeeded is succeeded


def test_tasks_are_read_with_their_own_run_ids_and_odd_ones_are_passed_over() -> None:
    tasks: list[JsonValue] = [{"task_key": "train", "run_id": 7, **old("TERMINATED", "FAILED")}, None, {}]
    run = read_run({"run_page_url": "https://workspace.example/run/1", "tasks": tasks})
    assert run.url == "https://workspace.example/run/1"
    assert [(task.key, task.run_id, task.state.result) for task in run.tasks] == [
        ("train", 7, "FAILED"),
        ("", 0, "UNKNOWN"),
    ]
