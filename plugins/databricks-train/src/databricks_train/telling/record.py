"""What is left of a training: its output in the log, the record, the end of the step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from databricks_train.telling.card import ending_summary
from databricks_train.telling.failures import MOST_TOLD, advice, failed_tasks, failures, show, show_output
from databricks_train.telling.outputs import tail
from databricks_train.telling.report import Ending, all_tables, summary_rows
from drone_plugin import JobFailedError, PluginError, TimeLimitError

if TYPE_CHECKING:
    from collections.abc import Callable

    from databricks_train.settings import TrainSettings
    from databricks_train.telling.table import Table
    from databricks_train.workspace.api import Output, Workspace
    from databricks_train.workspace.run_state import Run, Task
    from databricks_train.workspace.verdict import Reason
    from drone_plugin import Build, Step
    from model_chain import TrainingRecord

LOG_TAIL: Final = 40
"""Lines of the output of a job that succeeded; the whole is an artifact of the MLflow run."""


def read_outputs(step: Step[TrainSettings], workspace: Workspace, run: Run) -> list[tuple[Task, Output]]:
    """What the tasks left that matter: of a run that failed those that did, else all; no more than a few.

    Of a run that succeeded, the end of what they printed is printed.
    """
    outputs = []
    tasks = run.latest if run.state.succeeded else failed_tasks(run)
    for task in tasks[:MOST_TOLD]:
        try:
            outputs.append((task, workspace.output(task.run_id)))
        except PluginError as error:
            step.log.warning(f"no output of task {task.key}: {error.message}")
    for task, output in outputs if run.state.succeeded else ():
        shown = tail(output.logs, step.redactor, LOG_TAIL, whole=not output.truncated)
        if shown.lines:
            show_output(step.log, task.key, shown, truncated=output.truncated)
    return outputs


def ended(
    step: Step[TrainSettings],
    run: Run,
    outputs: list[tuple[Task, Output]],
    record: TrainingRecord,
    *,
    reason: Callable[[Task], Reason | None] = lambda _task: None,
    tables: tuple[Table, ...] = (),
    problem: str = "",
) -> Ending:
    """How it ended, as a value for log, card and report.

    `reason` says why a task's cluster ended, `problem` why a training that succeeded is not good enough.
    """
    by_task = {task.run_id: output for task, output in outputs}
    failed = () if run.state.succeeded else failed_tasks(run)
    found = failures(failed, lambda task: by_task.get(task.run_id), reason, step.redactor)
    return Ending(record, run, found, tables, problem)


def tell(step: Step[TrainSettings], ending: Ending, build: Build | None = None) -> None:
    """The last lines of the log: why tasks failed, the tables, and the summary.

    `build` has the commit that was trained, where that is not the step's own.
    """
    build = build or step.build
    show(step.log, ending.failures)
    step.card(ending_summary(ending, build).card(step.settings.card_template, said=True))
    for table in all_tables(ending):
        step.log.info(f"── {table.title}")
        for line in table.lines():
            step.log.info(line)
    step.log.info("── summary")
    step.log.fields(summary_rows(ending, build))


def failure(ending: Ending) -> PluginError:
    """The error of a training that failed: what happened, what to do, and where to look."""
    record = ending.record
    text = f"training failed ({record.result}): {ending.why}"
    first = next((one for one in ending.failures if one.hint or one.cluster), None)
    lines = "\n".join(filter(None, (record.databricks_run_url, *(advice(first) if first else ()))))
    if record.result in {"TIMEDOUT", "TIMED_OUT"}:
        return TimeLimitError(text, hint=lines)
    return JobFailedError(text, hint=lines)
