"""The step: image → MLflow run → Databricks run → wait → record."""

from __future__ import annotations

import hashlib
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from databricks_train import spec
from databricks_train.image import resolve_image
from databricks_train.polling import wait_for_end
from databricks_train.record import Links, RunAddress, conclude, mlflow_address, read_outputs, recorded
from databricks_train.settings import DATABRICKS, TrainSettings
from databricks_train.tracking import CLIENT_ENVIRONMENT, Status, Tracking, chain_facts
from databricks_train.workspace import Workspace
from drone_plugin import (
    Interrupted,
    PluginError,
    SettingsError,
    TimeLimitError,
    isolate,
    spell_duration,
)
from model_chain import TRAINING_FILE, tags, write_record

if TYPE_CHECKING:
    from databricks_train.run_state import Run
    from drone_plugin import Step

MARGIN = 600.0
"""Seconds beyond the run's own limit until the step gives up: Databricks stops a run late, not early."""


def work(step: Step[TrainSettings]) -> None:
    """Train in the image of this build. Raises JobFailedError when the training fails."""
    settings, log = step.settings, step.log
    image = resolve_image(step)
    log.info(f"image {image}")
    new_cluster, parameters = spec.cluster(settings, image), spec.parameters(settings)
    removed = isolate({**CLIENT_ENVIRONMENT, **_mlflow_login(settings)}, workspace=step.workspace)
    log.debug(f"removed from the environment: {', '.join(removed) or 'nothing'}")

    tracking = Tracking(settings.tracking_uri, registry_uri(settings))
    experiment_id = tracking.experiment(settings.experiment)
    workspace = Workspace(settings.host, settings.token.get_secret_value())
    bootstrap = put_bootstrap(workspace)

    fixed: spec.Body = {"cluster": new_cluster, "parameters": [*parameters]}
    fixed |= {"environment": {**settings.environment}, "experiment": settings.experiment}
    nonce = "" if step.build.number else uuid.uuid4().hex
    token = spec.idempotency_token(settings.host, step.build, fixed, nonce)
    run_tags = {**tags.build_tags(step.build, image), tags.TOKEN: token}
    # A step that is started again gets the first Databricks run, so it needs that one's MLflow run.
    run_id = tracking.find_run(experiment_id, tags.TOKEN, token) or tracking.start_run(
        experiment_id, spec.run_name(step.build), run_tags, chain_facts(run_tags)
    )
    links = Links(image, experiment_id, run_id)
    job = spec.Tracking(settings.tracking_uri, registry_uri(settings), experiment_id, run_id)
    body = spec.submission(
        settings,
        step.build,
        new_cluster=new_cluster,
        environment=spec.task_environment(settings, job, run_tags),
        bootstrap=bootstrap,
        token=token,
    )
    try:
        databricks_run = workspace.submit(body)
    except BaseException:
        close(step, tracking, run_id, "FAILED")
        raise
    follow(step, workspace, tracking, databricks_run, links)


def follow(
    step: Step[TrainSettings], workspace: Workspace, tracking: Tracking, run_id: int, links: Links
) -> None:
    """Wait for the run and record it; cancel it when the step is stopped or its time is over."""
    log = step.log
    log.info(f"submitted as run {run_id} of {step.settings.host}")
    try:
        url = first_address(step, workspace, run_id)
        log.info(f"MLflow run {mlflow_address(step.settings, links)}")
        step.output({"DATABRICKS_RUN_ID": str(run_id), "MLFLOW_RUN_ID": links.mlflow_run_id})
        link(step, tracking, links.mlflow_run_id, tags.run_tags(run_id, url))
        with log.section("train"):
            limit = step.settings.timeout.total_seconds() + MARGIN
            run = wait_for_end(lambda: workspace.run(run_id), step.clock, log, limit)
    except (Interrupted, TimeLimitError):
        log.warning(f"cancelling run {run_id}")
        attempt_cancel(step, workspace, run_id)
        close(step, tracking, links.mlflow_run_id, "KILLED")
        raise
    except PluginError:
        log.warning(f"run {run_id} itself goes on, and ends its MLflow run: {url}")
        raise
    outputs = read_outputs(step, workspace, run)
    close(step, tracking, links.mlflow_run_id, ended_as(run))
    record = recorded(step, tracking, run, links, RunAddress(run_id, url))
    try:
        write_record(step.workspace, TRAINING_FILE, record)
    finally:
        conclude(step, run, outputs, record)


def ended_as(run: Run) -> Status:
    """MLflow's word for how the run ended, for a job that could not say it itself."""
    if run.state.succeeded:
        return "FINISHED"
    return "KILLED" if "CANCEL" in run.state.result else "FAILED"


def registry_uri(settings: TrainSettings) -> str:
    """Unity Catalog beside Databricks' own tracking server; a server of one's own has its own registry."""
    return "databricks-uc" if settings.tracking_uri == DATABRICKS else settings.tracking_uri


def put_bootstrap(workspace: Workspace) -> str:
    """Put the bootstrap where only the token's user can change it, under a name that says which one it is."""
    content = Path(__file__).with_name("bootstrap.py").read_bytes()
    user = workspace.user()
    if not user or "/" in user:
        raise SettingsError(f"settings.token: its user has no name that a folder can have: {user!r}")
    version = hashlib.sha256(content).hexdigest()[:12]
    path = f"/Workspace/Users/{user}/.drone-ml/bootstrap-{version}.py"
    workspace.put_file(path, content)
    return path


def first_address(step: Step[TrainSettings], workspace: Workspace, run_id: int) -> str:
    """Print the run's page before anything can go wrong, and return its address."""
    fallback = f"{step.settings.host}/jobs/runs/{run_id}"
    try:
        url = workspace.run(run_id).url or fallback
    except PluginError as error:
        step.log.warning(error.message)
        url = fallback
    step.log.success(f"Databricks run {run_id}: {url}")
    return url


def attempt_cancel(step: Step[TrainSettings], workspace: Workspace, run_id: int) -> None:
    """Ask for the end of a run; Databricks' own time limit ends it where this fails."""
    try:
        workspace.cancel(run_id)
    except PluginError as error:
        limit = spell_duration(step.settings.timeout.total_seconds())
        step.log.warning(f"not cancelled: {error.message}; Databricks ends the run after {limit}")


def link(step: Step[TrainSettings], tracking: Tracking, run_id: str, run_tags: dict[str, str]) -> None:
    """Tag the MLflow run; while training, a link that cannot be written is a warning."""
    try:
        tracking.tag_run(run_id, run_tags)
    except PluginError as error:
        step.log.warning(f"not linked: {error.message}")


def close(step: Step[TrainSettings], tracking: Tracking, run_id: str, status: Status) -> None:
    """End the MLflow run if the job has not: a cluster that was killed leaves it open."""
    try:
        tracking.end_run(run_id, status)
    except PluginError as error:
        step.log.warning(f"MLflow run {run_id} may still be open: {error.message}")


def _mlflow_login(settings: TrainSettings) -> dict[str, str]:
    """MLflow's client takes its login from the environment alone."""
    token = settings.token.get_secret_value()
    if settings.tracking_uri == DATABRICKS:
        return {"DATABRICKS_HOST": settings.host, "DATABRICKS_TOKEN": token}
    login = {
        "MLFLOW_TRACKING_USERNAME": settings.tracking_username,
        "MLFLOW_TRACKING_PASSWORD": settings.tracking_password.get_secret_value(),
        "MLFLOW_TRACKING_TOKEN": settings.tracking_token.get_secret_value(),
    }
    return {name: value for name, value in login.items() if value}
