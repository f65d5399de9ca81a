"""What log, card and forge say of a training that is over."""

import json

import pytest

from databricks_train.telling.card import ending_summary, training_summary
from databricks_train.telling.failures import failures
from databricks_train.telling.record import ended, failure, tell
from databricks_train.telling.report import Ending, phases, task_table, training_report
from databricks_train.telling.table import Table
from databricks_train.workspace.run_state import Run, Task
from databricks_train.workspace.verdict import Reason
from drone_plugin import JobFailedError, PluginError, Redactor, TimeLimitError
from drone_plugin.report_text import write_comment

from .endings import TRACE, URL, Told, a_build, output, record, run, state, task

CHAMPION = Table(
    "against champion (version 2)", ("metric", "candidate", "champion"), (("accuracy", "0.913", "0.897"),)
)
GOOD = run(task(result="SUCCESS", message=""), result="SUCCESS", message="")


def failed(
    error: str = "MemoryError: 96 GiB", result: str = "FAILED", reason: Reason | None = None
) -> Ending:
    """A training whose only task failed."""
    left = output(error, TRACE, "epoch 1\n")
    found = failures([task(result=result)], lambda _: left, lambda _: reason, Redactor())
    return Ending(record(result, metrics={}, models=()), run(task(result=result)), found)


def comment(ending: Ending) -> str:
    """The comment on the forge."""
    return write_comment(training_report(ending, a_build()), a_build(), "databricks-train", str).body


def test_the_summary_stands_last_with_the_phases_and_below_the_tables() -> None:
    told = Told()
    tell(told.step, Ending(record(), GOOD, tables=(CHAMPION,)))
    assert told.lines[:3] == [
        "── against champion (version 2)",
        "  METRIC    CANDIDATE  CHAMPION",
        "  accuracy  0.913      0.897",
    ]
    assert told.lines[3] == "── summary"
    took = "queued 3.0 s · cluster starting 4 min 12 s · running 1 h 03 min · terminating 14 s · in all 1 h 08 min"
    assert f"    took          {took}" in told.lines
    assert told.lines[-1] == "  model version   ml.team.digits version 3"


def test_the_error_says_what_happened_where_to_look_and_last_what_to_do() -> None:
    reason = Reason("DRIVER_OUT_OF_MEMORY", "CLIENT_ERROR", "")
    error = failure(failed(reason=reason))
    assert isinstance(error, JobFailedError)
    assert error.lines() == [
        "training failed (FAILED): MemoryError: 96 GiB",
        URL,
        "its cluster ended with DRIVER_OUT_OF_MEMORY (CLIENT_ERROR)",
        "memory: the machine's memory was too small: take a larger node_type, or read the data in pieces",
    ]


@pytest.mark.parametrize(("result", "kind"), [("TIMEDOUT", TimeLimitError), ("CANCELED", JobFailedError)])
def test_each_end_has_its_exit_code(result: str, kind: type[PluginError]) -> None:
    assert type(failure(failed("", result))) is kind


def test_of_several_failed_tasks_the_error_says_how_many() -> None:
    tasks = (task("a"), task("b"))
    found = failures(tasks, lambda _: output("ValueError: no data"), lambda _: None, Redactor())
    error = failure(Ending(record("FAILED"), run(*tasks), found))
    assert error.message == "training failed (FAILED): 2 tasks, the first of them a: ValueError: no data"


def test_a_run_that_says_nothing_at_all_has_failed_too() -> None:
    error = failure(Ending(record("FAILED"), run(message="")))
    assert error.message == "training failed (FAILED): Databricks gives no reason"


def test_the_reason_of_a_cluster_is_asked_for_failed_tasks_only() -> None:
    asked: list[Task] = []

    def reason(one: Task) -> Reason | None:
        asked.append(one)
        return None

    told = Told()
    assert ended(told.step, GOOD, [], record(), reason=reason).failures == ()
    ending = ended(told.step, run(task("prepare", "SUCCESS"), task()), [], record("FAILED"), reason=reason)
    assert [one.key for one in asked] == [one.task.key for one in ending.failures] == ["train"]


@pytest.mark.parametrize(
    ("ended_run", "text"),
    [
        (Run(URL, state(), ()), ""),
        (Run(URL, state(), (), durations={"setup": 95.0}), "cluster starting 1 min 35 s"),
        (Run(URL, state(), (task(), task("b")), durations={"run": 9000.0}), "in all 2 h 30 min"),
    ],
)
def test_phases_are_told_as_far_as_databricks_counts_them(ended_run: Run, text: str) -> None:
    assert phases(ended_run) == text


def test_a_run_of_several_tasks_has_a_table_of_them() -> None:
    assert task_table(GOOD) is None
    table = task_table(run(task("prepare", "SUCCESS"), task(attempt=1)))
    assert table
    assert table.rows == (
        ("prepare", "SUCCESS", "4 min 12 s", "1 h 03 min"),
        ("train", "FAILED (attempt 2)", "4 min 12 s", "1 h 03 min"),
    )
    many = task_table(run(*(task(f"t{n}") for n in range(150))))
    assert many
    assert many.rows[-1][0] == "and 120 more"


def test_the_report_of_a_good_training_names_metrics_models_and_the_comparison() -> None:
    report = training_report(Ending(record(), GOOD, tables=(CHAMPION,)), a_build())
    assert (report.state, report.link) == ("success", record().mlflow_run_url)
    assert report.title == "Trained ml.team.digits version 3 · accuracy 0.913, loss 0.231"
    text = comment(Ending(record(), GOOD, tables=(CHAMPION,)))
    assert "| metric | candidate | champion |" in text
    assert "against champion" in text
    assert "| metric | value |" in comment(Ending(record(), GOOD))


def test_a_training_that_is_not_good_enough_is_no_success() -> None:
    ending = Ending(record(), GOOD, tables=(CHAMPION,), problem="the gate was not passed\naccuracy 0.7 < 0.9")
    report = training_report(ending, a_build())
    assert (report.state, report.title) == ("failure", "Trained, but the gate was not passed")
    card = ending_summary(ending, a_build())
    assert (card.title, card.outcome) == ("Trained, but not good enough", "attention")


def test_the_report_of_a_failure_holds_reason_advice_and_the_end_of_the_log() -> None:
    report = training_report(failed(), a_build())
    assert (report.state, report.link) == ("failure", URL)
    assert report.title == "Training failed (FAILED): MemoryError: 96 GiB"
    text = comment(failed())
    assert "take a larger node" in text
    assert "<pre>epoch 1\nTraceback" in text


def test_the_report_of_hostile_values_is_harmless() -> None:
    evil = "</pre><img src=x onerror=alert(1)> @everyone [x](https://evil.example) `\n/close\x1b[2J"
    told = failed(error=evil)
    hostile = record("FAILED", metrics={evil: 1.0})
    text = comment(Ending(hostile, told.run, told.failures, (Table(evil, (evil, evil), ((evil, evil),)),)))
    assert "<img" not in text
    assert "@everyone" not in text
    assert "](https://evil" not in text
    assert "\n/close" not in text


def test_the_card_of_a_failure_says_why_and_what_to_do() -> None:
    data = ending_summary(failed(), a_build()).data()
    facts = {fact["name"]: fact["text"] for fact in json.loads(json.dumps(data))["facts"]}
    assert data["color"] == "attention"
    assert facts["why"] == "MemoryError: 96 GiB"
    assert facts["what to do"].startswith("the machine's memory was too small")
    assert facts["took"].startswith("queued 3.0 s")


def test_the_card_shows_the_comparison_else_the_metrics_else_the_tasks() -> None:
    assert ending_summary(Ending(record(), GOOD, tables=(CHAMPION,)), a_build()).columns == CHAMPION.columns
    assert training_summary(a_build(), record()).columns == ("metric", "value")
    of_tasks = ending_summary(Ending(record("FAILED", metrics={}), run(task(), task("b"))), a_build())
    assert of_tasks.columns[0] == "task"
    assert ending_summary(failed(), a_build()).columns == ()


def test_a_cell_of_a_table_stays_on_its_line() -> None:
    table = Table("t", ("a",), (("x\ny",), ("z" * 1000,)))
    assert table.lines() == ["  A", '  "x\\ny"', f"  {'z' * 59}…"]
