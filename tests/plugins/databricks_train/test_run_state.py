"""What Databricks says of a run, in its old words, its new ones, and those that it has not invented yet."""

import pytest
from pydantic import JsonValue

from databricks_train.workspace.run_state import State, page_url, read_run, read_state

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
        (
            new("TERMINATED", "SUCCESS"),
            State(
                "TERMINATED", ended=True, result="SUCCESS", message="", code="SUCCESS", kind="CLIENT_ERROR"
            ),
        ),
        (
            {
                **old("INTERNAL_ERROR", "FAILED", "Task train failed"),
                **new("TERMINATED", "RUN_EXECUTION_ERROR"),
            },
            State(
                "TERMINATED",
                ended=True,
                result="FAILED",
                message="Task train failed",
                code="RUN_EXECUTION_ERROR",
                kind="CLIENT_ERROR",
            ),
        ),
        (
            new("TERMINATED", "CLUSTER_ERROR", "no image"),
            State(
                "TERMINATED",
                ended=True,
                result="CLUSTER_ERROR",
                message="no image",
                code="CLUSTER_ERROR",
                kind="CLIENT_ERROR",
            ),
        ),
        (old("SKIPPED"), State("SKIPPED", ended=True, result="SKIPPED", message="")),
        (old("INTERNAL_ERROR"), State("INTERNAL_ERROR", ended=True, result="INTERNAL_ERROR", message="")),
        (new("TERMINATED"), State("TERMINATED", ended=True, result="UNKNOWN", message="")),
        (
            {**old("TERMINATING"), **new("TERMINATED", "SUCCESS")},
            State(
                "TERMINATED", ended=True, result="SUCCESS", message="", code="SUCCESS", kind="CLIENT_ERROR"
            ),
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
        ({**old("INTERNAL_ERROR", "FAILED"), **new("TERMINATED", "SUCCESS")}, True),
        ({**old("TERMINATED", "SUCCESS"), **new("TERMINATED", "RUN_EXECUTION_ERROR")}, False),
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


def test_the_last_attempt_at_each_task_counts() -> None:
    tasks: list[JsonValue] = [
        {"task_key": "a", "run_id": 1, "attempt_number": 0},
        {"task_key": "b", "run_id": 2},
        {"task_key": "a", "run_id": 3, "attempt_number": 1},
    ]
    assert [task.run_id for task in read_run({"tasks": tasks}).latest] == [3, 2]


@pytest.mark.parametrize(
    ("given", "page"),
    [
        ("https://w.example/?o=42#job/7/run/9", "https://w.example/jobs/7/runs/9?o=42"),
        ("https://w.example?o=42#job/7/run/9", "https://w.example/jobs/7/runs/9?o=42"),
        ("https://w.example/jobs/7/runs/9?o=42", "https://w.example/jobs/7/runs/9?o=42"),
        ("https://w.example/?o=42#job/7/run/9/more", "https://w.example/?o=42#job/7/run/9/more"),
        ("", ""),
    ],
)
def test_the_page_of_a_run_is_named_in_the_form_that_works_for_everyone(given: str, page: str) -> None:
    assert page_url(given) == page


def test_what_a_run_says_of_itself_is_read_with_its_units() -> None:
    run = read_run(
        {
            "run_id": 9,
            "job_id": 7,
            "run_name": "model c0ffee",
            "creator_user_name": "trainer@example.com",
            "start_time": 1_767_225_600_500,
            "run_duration": 90_500,
            "setup_duration": 0,
            "repair_history": [
                {"type": "ORIGINAL"},
                {"type": "REPAIR", "id": 5},
                {"type": "REPAIR", "id": 6},
            ],
            "tasks": [
                {"cluster_instance": {"cluster_id": "c-1"}, "setup_duration": 1500, "attempt_number": True}
            ],
        }
    )
    assert (run.run_id, run.job_id, run.name, run.creator) == (9, 7, "model c0ffee", "trainer@example.com")
    assert (run.started, run.durations, run.last_repair) == (1_767_225_600.5, {"run": 90.5}, 6)
    (task,) = run.tasks
    assert (task.cluster_id, task.durations) == ("c-1", {"setup": 1.5})
