"""How a run ended: from what Databricks says, also where it says it in new words or not at all."""

import pytest

from databricks_train.workspace.run_state import Run, State, Task
from databricks_train.workspace.verdict import Kind, Reason, Verdict, judge, read_reason, verdict, with_reason


def state(result: str = "", code: str = "", kind: str = "", message: str = "") -> State:
    """The state of something that ended."""
    return State("TERMINATED", ended=True, result=result or code, message=message, code=code, kind=kind)


SUCCESS = state("SUCCESS", "SUCCESS", "SUCCESS")
RAISED = state("FAILED", "RUN_EXECUTION_ERROR", "CLIENT_ERROR", "ValueError")
SPOT_LOST = state("FAILED", "CLUSTER_ERROR", "CLOUD_FAILURE", "the driver is gone")
UPSTREAM = state("UPSTREAM_FAILED", "SKIPPED", "CLIENT_ERROR")


def run(whole: State, *tasks: State) -> Run:
    """A run with a task in each of these states."""
    return Run("", whole, tuple(Task(f"t{number}", number, task) for number, task in enumerate(tasks)))


@pytest.mark.parametrize(
    ("ended", "kind", "retryable"),
    [
        (SUCCESS, "success", False),
        (state("SUCCESS"), "success", False),
        (RAISED, "user", False),
        (state("FAILED"), "user", False),
        (SPOT_LOST, "cloud", True),
        (state("FAILED", "CLOUD_FAILURE"), "cloud", True),
        (state("FAILED", "CLUSTER_ERROR", "CLIENT_ERROR"), "cluster", True),
        (state("FAILED", "DRIVER_ERROR", "CLIENT_ERROR"), "cluster", False),
        (state("FAILED", "INVALID_CLUSTER_REQUEST", "CLIENT_ERROR"), "user", False),
        (state("FAILED", "LIBRARY_INSTALLATION_ERROR", "CLIENT_ERROR"), "user", False),
        (state("FAILED", "UNAUTHORIZED_ERROR", "CLIENT_ERROR"), "user", False),
        (state("FAILED", "CLUSTER_REQUEST_LIMIT_EXCEEDED", "CLIENT_ERROR"), "cluster", True),
        (state("CANCELED", "USER_CANCELED", "SUCCESS"), "cancelled", False),
        (state("CANCELED"), "cancelled", False),
        (state("TIMEDOUT", "CANCELED", "CLIENT_ERROR"), "timeout", False),
        (state("", "CANCELED", "CLIENT_ERROR", "Run timed out."), "timeout", False),
        (state("TIMEDOUT"), "timeout", False),
        (state("SKIPPED"), "skipped", False),
        (state("", "MAX_CONCURRENT_RUNS_EXCEEDED", "CLIENT_ERROR"), "skipped", False),
        (state("INTERNAL_ERROR"), "internal", True),
        (state("FAILED", "INTERNAL_ERROR", "INTERNAL_ERROR"), "internal", True),
        (state("FAILED", "METEORITE", "CLOUD_FAILURE"), "cloud", True),
        (state("FAILED", "METEORITE", "INTERNAL_ERROR"), "internal", True),
        (state("FAILED", "METEORITE", "CLIENT_ERROR"), "user", False),
        (state("FAILED", "METEORITE"), "user", False),
        (state("GREAT_SUCCESS"), "internal", False),
        (state("UNKNOWN"), "internal", False),
        (state("SUCCESS_WITH_FAILURES", "SUCCESS_WITH_FAILURES", "SUCCESS"), "user", False),
        (state("FAILED", "SUCCESS", "SUCCESS"), "success", False),
    ],
)
def test_the_word_for_an_end_is_found_and_only_what_may_pass_is_tried_again(
    ended: State, kind: Kind, *, retryable: bool
) -> None:
    judged = judge(ended)
    assert (judged.kind, judged.retryable) == (kind, retryable)
    assert verdict(run(ended)).kind == kind


def test_what_the_task_says_counts_more_than_what_the_run_says_of_it() -> None:
    whole = state("FAILED", "RUN_EXECUTION_ERROR", "CLIENT_ERROR", "Task t0 failed")
    assert verdict(run(whole, SPOT_LOST, UPSTREAM)) == Verdict(
        "cloud", "CLUSTER_ERROR", "the driver is gone", retryable=True
    )


def test_an_error_of_the_code_is_never_tried_again_whatever_else_failed() -> None:
    judged = verdict(run(RAISED, SPOT_LOST, RAISED))
    assert (judged.kind, judged.message, judged.retryable) == ("user", "ValueError", False)


def test_an_attempt_that_was_repeated_with_success_is_no_failure() -> None:
    tasks = (Task("a", 1, SPOT_LOST, attempt=0), Task("a", 2, SUCCESS, attempt=1))
    assert verdict(Run("", SUCCESS, tasks)).kind == "success"


def test_a_run_that_was_stopped_was_stopped_though_its_tasks_failed_of_it() -> None:
    assert verdict(run(state("CANCELED", "USER_CANCELED"), RAISED)).kind == "cancelled"


@pytest.mark.parametrize(
    ("ended", "status"),
    [
        (SUCCESS, "FINISHED"),
        (RAISED, "FAILED"),
        (SPOT_LOST, "FAILED"),
        (UPSTREAM, "FAILED"),
        (state("CANCELED"), "KILLED"),
        (state("TIMEDOUT"), "KILLED"),
        (state("UNKNOWN"), "FAILED"),
    ],
)
def test_mlflow_has_three_words_for_it(ended: State, status: str) -> None:
    assert judge(ended).mlflow_status == status


CLUSTER = judge(state("FAILED", "CLUSTER_ERROR", "CLIENT_ERROR", "cluster failed"))


@pytest.mark.parametrize(
    ("ended", "reason", "kind", "retryable", "words"),
    [
        (CLUSTER, Reason("SPOT_INSTANCE_TERMINATION", "CLOUD_FAILURE", ""), "cloud", True, "spot instance"),
        (
            CLUSTER,
            Reason("DOCKER_IMAGE_PULL_FAILURE", "CLIENT_ERROR", "no such tag"),
            "cluster",
            True,
            "pull",
        ),
        (CLUSTER, Reason("IMAGE_PULL_PERMISSION_DENIED", "CLIENT_ERROR", ""), "user", False, "may not pull"),
        (CLUSTER, Reason("DRIVER_OUT_OF_MEMORY", "CLIENT_ERROR", ""), "user", False, "out of memory"),
        (CLUSTER, Reason("METEORITE", "CLOUD_FAILURE", "boom"), "cloud", True, "cluster failed (boom)"),
        (CLUSTER, Reason("METEORITE", "CLIENT_ERROR", ""), "cluster", False, "cluster failed"),
        (CLUSTER, Reason("JOB_FINISHED", "SUCCESS", ""), "cluster", True, "cluster failed"),
        (CLUSTER, None, "cluster", True, "cluster failed"),
        (judge(RAISED), Reason("SPOT_INSTANCE_TERMINATION", "CLOUD_FAILURE", ""), "cloud", True, "spot"),
        (judge(RAISED), Reason("USER_REQUEST", "SUCCESS", ""), "user", False, "ValueError"),
        (judge(RAISED), Reason("METEORITE", "CLOUD_FAILURE", ""), "user", False, "ValueError"),
        (judge(SUCCESS), Reason("SPOT_INSTANCE_TERMINATION", "CLOUD_FAILURE", ""), "success", False, ""),
        (judge(state("CANCELED")), Reason("USER_REQUEST", "SUCCESS", ""), "cancelled", False, ""),
    ],
)
def test_why_the_cluster_ended_says_more_than_that_it_did(
    ended: Verdict, reason: Reason | None, kind: Kind, *, retryable: bool, words: str
) -> None:
    judged = with_reason(ended, reason)
    assert (judged.kind, judged.retryable) == (kind, retryable)
    assert words in judged.message


def test_the_reason_is_read_from_a_cluster_that_has_ended_alone() -> None:
    told = read_reason(
        {
            "termination_reason": {
                "code": "SPOT_INSTANCE_TERMINATION",
                "type": "CLOUD_FAILURE",
                "parameters": {"aws": "i-1 is gone"},
            }
        }
    )
    assert told == Reason("SPOT_INSTANCE_TERMINATION", "CLOUD_FAILURE", "i-1 is gone")
    assert read_reason({"state": "RUNNING"}) is None
    assert read_reason({"termination_reason": []}) is None
