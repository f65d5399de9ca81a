"""What is told of tasks that failed, and in which order."""

import pytest

from databricks_train.telling.failures import MOST_NAMED, MOST_TOLD, advice, failed_tasks, failures, show
from databricks_train.workspace.api import Output
from databricks_train.workspace.run_state import Run, Task
from databricks_train.workspace.verdict import Reason
from drone_plugin import Redactor

from .endings import TRACE, WORKLOAD, Told, output, run, task

PULL = Reason("DOCKER_IMAGE_PULL_FAILURE", "CLIENT_ERROR", "pull access denied for team/model")
MEMORY = output("MemoryError: 96 GiB", TRACE, "epoch 1\nepoch 2\n")


def told(ended: Run, found: Output | None, reason: Reason | None = None) -> list[str]:
    """What is printed where every failed task left the same."""
    lines = Told()
    tasks = failed_tasks(ended)
    show(lines.step.log, failures(tasks, lambda _: found, lambda _: reason, Redactor()))
    return lines.lines


def test_of_a_single_task_the_log_and_the_trace_are_shown() -> None:
    assert told(run(task()), MEMORY) == [
        "── output of train",
        "  epoch 1",
        "  epoch 2",
        "── trace of train",
        "  Traceback (most recent call last):",
        '    File "/app/train.py", line 57, in main',
        "  MemoryError: 96 GiB",
    ]


def test_a_trace_that_the_log_ends_with_is_not_shown_twice() -> None:
    lines = told(run(task()), output("MemoryError: 96 GiB", TRACE, f"epoch 1\n{TRACE}"))
    assert lines[-1] == "  MemoryError: 96 GiB"
    assert len(lines) == 5


def test_of_several_tasks_each_says_last_why_it_failed_and_what_to_do() -> None:
    lines = told(run(task("a"), task("b")), output("MemoryError: 96 GiB", "", "epoch 1"), PULL)
    assert lines[:2] == ["── output of a", "  epoch 1"]
    assert lines[2:5] == [
        "error: task a: MemoryError: 96 GiB",
        "  its cluster ended with DOCKER_IMAGE_PULL_FAILURE (CLIENT_ERROR): pull access denied for team/model",
        lines[9],
    ]
    assert lines[9].startswith("  image pull: check that cluster_registry_username")


def test_a_task_that_failed_for_another_is_not_told() -> None:
    follows = task("evaluate", "UPSTREAM_FAILED", "Upstream task failed.")
    assert [one.key for one in failed_tasks(run(task("prepare", "SUCCESS"), task(), follows))] == ["train"]
    assert [one.key for one in failed_tasks(run(follows))] == ["evaluate"]


def test_only_the_latest_attempt_counts() -> None:
    ended = run(
        task(), task(attempt=1, message="out of memory"), task("b", "FAILED"), task("b", "SUCCESS", attempt=1)
    )
    assert [(one.key, one.attempt) for one in failed_tasks(ended)] == [("train", 1)]


def test_of_a_hundred_tasks_the_first_are_told_in_full_and_the_rest_is_counted() -> None:
    asked: list[Task] = []

    def ask(one: Task) -> Output:
        asked.append(one)
        return MEMORY

    tasks = tuple(task(f"task_{n}") for n in range(100))
    lines = Told()
    show(lines.step.log, failures(failed_tasks(run(*tasks)), ask, lambda _: None, Redactor()))
    assert len(asked) == MOST_TOLD
    assert len([line for line in lines.lines if line.startswith("error: task")]) == MOST_NAMED
    assert lines.lines[-1] == "error: and 80 more tasks"
    assert len(lines.lines) < 100


@pytest.mark.parametrize(
    ("found", "message", "error"),
    [
        (output("ValueError: no data"), WORKLOAD, "ValueError: no data"),
        (output(), "Cluster 1123 terminated", "Cluster 1123 terminated"),
        (None, "Run cancelled.", "Run cancelled."),
        (None, WORKLOAD, WORKLOAD),
        (None, "", "FAILED"),
        (output("a\nValueError: \x1b[31mno data\x1b[0m\u202e\n"), WORKLOAD, "ValueError: no data"),
    ],
)
def test_there_is_always_a_reason_in_one_line(found: Output | None, message: str, error: str) -> None:
    (failure,) = failures([task(message=message)], lambda _: found, lambda _: None, Redactor())
    assert failure.error == error


def test_what_the_bootstrap_says_of_mlflow_is_no_reason() -> None:
    logs = "bootstrap: the record is left to the plugin, because MLflow does not answer: Connection timed out"
    (failure,) = failures([task()], lambda _: output("ValueError: x", "", logs), lambda _: None, Redactor())
    assert failure.hint == ""


def test_a_cluster_that_did_not_start_is_the_reason_itself() -> None:
    lost = task(message="Unexpected failure while waiting for the cluster to be ready")
    (failure,) = failures([lost], lambda _: output(), lambda _: PULL, Redactor())
    assert failure.error == "DOCKER_IMAGE_PULL_FAILURE (CLIENT_ERROR): pull access denied for team/model"
    (line,) = advice(failure)
    assert line.startswith("image pull: check")


def test_a_cluster_that_ended_with_its_job_is_no_news() -> None:
    reason = Reason("JOB_FINISHED", "SUCCESS", "")
    (failure,) = failures([task()], lambda _: MEMORY, lambda _: reason, Redactor())
    assert failure.cluster == ""
    assert failure.cause == "memory"


def test_a_log_that_databricks_has_cut_says_so() -> None:
    lines = told(run(task()), output("E", "", "och 1\nepoch 2\n" + "epoch 3\n" * 150, truncated=True))
    assert lines[0] == "── output of train, its last 150 lines (Databricks keeps 5 MB)"
    assert told(run(task()), output())[0] == "── task train left no output"


def test_five_megabytes_of_noise_make_a_few_harmless_lines() -> None:
    noise = (bytes(range(256)) * 20_480).decode("utf-8", "replace")
    lines = told(
        run(task("\x1b[2Jkey\n")), output(noise, noise, noise, truncated=True), Reason(noise, noise, noise)
    )
    assert len(lines) < 250
    assert all(line.isprintable() for line in lines)
    assert sum(map(len, lines)) < 100_000
