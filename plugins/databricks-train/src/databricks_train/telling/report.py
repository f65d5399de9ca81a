"""What is to be said of a training when it is over: for the log, the card and the forge the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from databricks_train.telling.table import Table, number, shown
from drone_plugin import spell, spell_duration
from drone_plugin.markdown import Code, Link
from drone_plugin.markdown_blocks import Paragraph, Preformatted
from drone_plugin.report_text import Report
from model_chain import summary

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from databricks_train.telling.failures import Failure
    from databricks_train.workspace.run_state import Run, Task
    from drone_plugin import Build
    from drone_plugin.markdown import Value
    from drone_plugin.markdown_blocks import Block
    from model_chain import TrainingRecord

MOST_TASKS: Final = 30
MOST_METRICS: Final = 30
IN_TITLE: Final = 2
"""Metrics that stand in the title of a report."""
NEWLINE: Final = "\n"
LOG_LINES: Final = 40
"""Lines of a failed task's log in a report."""

_PHASES: Final = (
    ("queue", "queued"),
    ("setup", "cluster starting"),
    ("execution", "running"),
    ("cleanup", "terminating"),
)


@dataclass(frozen=True)
class Ending:
    """How a training ended, and what is known of it then."""

    record: TrainingRecord
    run: Run
    failures: tuple[Failure, ...] = ()
    tables: tuple[Table, ...] = ()
    """The comparison with the champion and the gate, where there are such."""
    problem: str = ""
    """Why a training that succeeded is not good enough: its gate, for one."""

    @property
    def good(self) -> bool:
        """Whether there is nothing to look at."""
        return self.trained and not self.problem

    @property
    def trained(self) -> bool:
        """Whether it succeeded."""
        return self.record.result == "SUCCESS"

    @property
    def why(self) -> str:
        """Why it failed, in one line."""
        if not self.failures:
            return shown(self.run.state.message, 300) or "Databricks gives no reason"
        first = self.failures[0]
        if len(self.failures) == 1:
            return first.error
        return f"{len(self.failures)} tasks, the first of them {shown(first.task.key)}: {first.error}"


def phases(run: Run) -> str:
    """How long each phase took: of the run, or of its task where it has but one."""
    told = [run.durations, *(task.durations for task in run.latest if len(run.latest) == 1)]
    parts = []
    for name, word in _PHASES:
        seconds = next((durations[name] for durations in told if durations.get(name)), 0.0)
        if seconds:
            parts.append(f"{word} {spell_duration(seconds)}")
    total = run.durations.get("run") or sum(run.durations.get(name, 0.0) for name, _ in _PHASES)
    if total and len(parts) != 1:
        parts.append(f"in all {spell_duration(total)}")
    return " · ".join(parts)


def task_table(run: Run) -> Table | None:
    """Each task of a run of several, with its result and durations."""
    if len(run.latest) < 2:  # noqa: PLR2004 - one says nothing that the run does not
        return None
    rows = [_task_row(task) for task in run.latest[:MOST_TASKS]]
    if len(run.latest) > MOST_TASKS:
        rows.append((f"and {len(run.latest) - MOST_TASKS} more", "", "", ""))
    return Table("tasks", ("task", "result", "cluster starting", "running"), tuple(rows))


def _task_row(task: Task) -> tuple[str, str, str, str]:
    setup, execution = (
        spell_duration(task.durations[name]) if task.durations.get(name) else ""
        for name in ("setup", "execution")
    )
    attempt = f" (attempt {task.attempt + 1})" if task.attempt else ""
    return task.key, (task.state.result if task.state.ended else task.state.phase) + attempt, setup, execution


def all_tables(ending: Ending) -> tuple[Table, ...]:
    """The tables, those of the tasks first."""
    tasks = task_table(ending.run)
    return (*((tasks,) if tasks else ()), *ending.tables)


def summary_rows(ending: Ending, build: Build) -> Iterator[tuple[str, str]]:
    """The last table of the log: the chain, with the phases below the run that they are of."""
    for name, value in summary(ending.record, build):
        yield name, value
        if name == "databricks run":
            yield "  took", phases(ending.run)


def title(ending: Ending) -> str:
    """The outcome in one line."""
    record = ending.record
    if not ending.trained:
        return f"Training failed ({record.result}): {ending.why}"
    if ending.problem:
        return f"Trained, but {shown(ending.problem.partition(NEWLINE)[0], 300)}"
    models = ", ".join(f"{spell(model.name)} version {spell(model.version)}" for model in record.models[:3])
    metrics = [f"{shown(name)} {number(value)}" for name, value in sorted(record.metrics.items())]
    shown_metrics = ", ".join(metrics[:IN_TITLE])
    return " · ".join(filter(None, (f"Trained {models}".strip(), shown_metrics)))


def training_report(ending: Ending, build: Build) -> Report:
    """The same for the commit on the forge, as values that are escaped and masked where they are written."""
    record = ending.record
    return Report(
        state="success" if ending.good else "failure",
        title=title(ending),
        rows=tuple(_report_rows(ending, build)),
        body=tuple(_blocks(ending)),
        link=record.mlflow_run_url if ending.trained else record.databricks_run_url,
    )


def _report_rows(ending: Ending, build: Build) -> Iterator[tuple[str, Value]]:
    record = ending.record
    yield "commit", Code(build.commit.short)
    if record.image:
        yield "image", Code(record.image)
    yield "Databricks run", Link("open in Databricks", record.databricks_run_url)
    yield "took", phases(ending.run)
    if record.mlflow_run_url:
        yield "MLflow run", Link("open in MLflow", record.mlflow_run_url)
    for model in record.models:
        yield "model version", Code(f"{model.name} version {model.version}")


def _blocks(ending: Ending) -> Iterator[Block]:
    for failure in ending.failures:
        yield Paragraph(("Task", Code(failure.task.key), "failed:", Code(failure.error)))
        if failure.cluster not in {"", failure.error}:
            yield Paragraph(("Its cluster ended with", Code(failure.cluster)))
        if failure.hint:
            yield Paragraph((failure.hint,))
    metrics = sorted(ending.record.metrics.items())[:MOST_METRICS]
    if metrics and not ending.tables:
        values = tuple((name, number(value)) for name, value in metrics)
        yield Table("metrics", ("metric", "value"), values).block()
    for table in all_tables(ending):
        yield Paragraph((table.title,))
        yield table.block()
    for failure in ending.failures[:1]:
        lines: Sequence[str] = (*failure.log.lines[-LOG_LINES:], *failure.trace.lines)
        if lines:
            yield Preformatted("\n".join(lines))
