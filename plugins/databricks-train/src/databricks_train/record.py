"""What is left of a training: its output in the log, the record, the end of the step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from databricks_train import __version__
from databricks_train.card import training_summary
from databricks_train.settings import DATABRICKS, TrainSettings
from drone_plugin import JobFailedError, PluginError, TimeLimitError
from model_chain import TrainingRecord, summary, tags, written_by

if TYPE_CHECKING:
    from databricks_train.run_state import Run, Task
    from databricks_train.tracking import Tracking
    from databricks_train.workspace import Output, Workspace
    from drone_plugin import Step
    from model_chain import ModelVersion

LOG_TAIL = 40
"""Lines of the job's output that are printed; the whole is an artifact of the MLflow run."""


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
    """What the tasks left, and the end of what they printed."""
    outputs = []
    for task in run.tasks:
        try:
            outputs.append((task, workspace.output(task.run_id)))
        except PluginError as error:
            step.log.warning(f"no output of task {task.key}: {error.message}")
    for task, output in outputs:
        lines = output.logs.splitlines()
        shown = lines[-LOG_TAIL:]
        if shown:
            cut = f", its last {LOG_TAIL} lines" if len(lines) > LOG_TAIL else ""
            step.log.info(f"── output of {task.key}{cut}")
            for line in shown:
                step.log.relay(f"  {line}")
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


def conclude(
    step: Step[TrainSettings], run: Run, outputs: list[tuple[Task, Output]], record: TrainingRecord
) -> None:
    """The last lines of the log: the chain, and for a failure the task's own error and trace above it."""
    failed = [(task, output) for task, output in outputs if not task.state.succeeded]
    for task, output in failed:
        for line in output.trace.splitlines():
            step.log.info(f"  {line}")
        if output.error:
            step.log.error([f"task {task.key}: {output.error}"])
    step.card(training_summary(step.build, record).card(step.settings.card_template, said=True))
    step.log.info("── summary")
    step.log.fields(summary(record, step.build))
    if run.state.succeeded:
        step.log.success("trained")
        return
    reason = next((output.error for _, output in failed if output.error), "") or run.state.message
    text = f"training failed ({run.state.result}): {reason or 'Databricks gives no reason'}"
    if run.state.result in {"TIMEDOUT", "TIMED_OUT"}:
        raise TimeLimitError(text, hint="settings.timeout is the limit, the start of the cluster included")
    raise JobFailedError(text, hint=record.databricks_run_url)
