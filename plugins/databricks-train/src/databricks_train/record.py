"""What is left of a training: its output in the log, the record, the end of the step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from databricks_train import __version__
from databricks_train.card import ending_summary
from databricks_train.failures import MOST_TOLD, advice, failed_tasks, failures, show, show_output
from databricks_train.outputs import tail
from databricks_train.report import Ending, all_tables, summary_rows
from databricks_train.settings import DATABRICKS, TrainSettings
from drone_plugin import JobFailedError, PluginError, TimeLimitError
from model_chain import TrainingRecord, tags, written_by

if TYPE_CHECKING:
    from collections.abc import Callable

    from databricks_train.run_state import Run, Task
    from databricks_train.table import Table
    from databricks_train.tracking import Tracking
    from databricks_train.verdict import Reason
    from databricks_train.workspace import Output, Workspace
    from drone_plugin import Step
    from model_chain import ModelVersion

LOG_TAIL: Final = 40
"""Lines of the output of a job that succeeded; the whole is an artifact of the MLflow run."""


@dataclass(frozen=True)
class Links:
    """The ends that the record ties together."""

    image: str
    experiment_id: str
    mlflow_run_id: str


@dataclass(frozen=True)
class RunAddress:
    """A Databricks run and its page."""

    run_id: int
    url: str


def mlflow_address(settings: TrainSettings, links: Links) -> str:
    """The page of the MLflow run."""
    path = f"experiments/{links.experiment_id}/runs/{links.mlflow_run_id}"
    if settings.tracking_uri == DATABRICKS:
        return f"{settings.host}/ml/{path}"
    return f"{settings.tracking_uri}/#/{path}"


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


def recorded(
    step: Step[TrainSettings], tracking: Tracking, run: Run, links: Links, address: RunAddress
) -> TrainingRecord:
    """The record of the run, and its model versions tagged with where they came from."""
    metrics: dict[str, float] = {}
    models: tuple[ModelVersion, ...] = ()
    try:
        metrics = tracking.metrics(links.mlflow_run_id)
        models = tracking.models(links.mlflow_run_id)
        origin = {**tags.build_tags(step.build, links.image), **tags.run_tags(address.run_id, address.url)}
        for model in models:
            tracking.tag_model(model, origin)
    except PluginError as error:
        step.log.warning(f"not linked: {error.message}")
    return TrainingRecord(
        writer=written_by(step.build, f"databricks-train {__version__}"),
        result=run.state.result,
        image=links.image,
        databricks_host=step.settings.host,
        databricks_run_id=address.run_id,
        databricks_run_url=address.url,
        tracking_uri=step.settings.tracking_uri,
        experiment_id=links.experiment_id,
        mlflow_run_id=links.mlflow_run_id,
        mlflow_run_url=mlflow_address(step.settings, links),
        metrics=metrics,
        models=models,
    )


def ended(
    step: Step[TrainSettings],
    run: Run,
    outputs: list[tuple[Task, Output]],
    record: TrainingRecord,
    *,
    reason: Callable[[Task], Reason | None] = lambda _task: None,
    tables: tuple[Table, ...] = (),
) -> Ending:
    """How it ended, as a value for log, card and report. `reason` says why a task's cluster ended."""
    by_task = {task.run_id: output for task, output in outputs}
    failed = () if run.state.succeeded else failed_tasks(run)
    found = failures(failed, lambda task: by_task.get(task.run_id), reason, step.redactor)
    return Ending(record, run, found, tables)


def tell(step: Step[TrainSettings], ending: Ending) -> None:
    """The last lines of the log: why tasks failed, the tables, and the summary."""
    show(step.log, ending.failures)
    step.card(ending_summary(ending, step.build).card(step.settings.card_template, said=True))
    for table in all_tables(ending):
        step.log.info(f"── {table.title}")
        for line in table.lines():
            step.log.info(line)
    step.log.info("── summary")
    step.log.fields(summary_rows(ending, step.build))


def conclude(
    step: Step[TrainSettings], run: Run, outputs: list[tuple[Task, Output]], record: TrainingRecord
) -> None:
    """Tell how it ended, and fail as it failed."""
    ending = ended(step, run, outputs, record)
    tell(step, ending)
    if not ending.trained:
        raise failure(ending)
    step.log.success("trained")


def failure(ending: Ending) -> PluginError:
    """The error of a training that failed: what happened, what to do, and where to look."""
    record = ending.record
    text = f"training failed ({record.result}): {ending.why}"
    first = next((one for one in ending.failures if one.hint or one.cluster), None)
    lines = "\n".join(filter(None, (*(advice(first) if first else ()), record.databricks_run_url)))
    if record.result in {"TIMEDOUT", "TIMED_OUT"}:
        return TimeLimitError(text, hint=lines)
    return JobFailedError(text, hint=lines)
