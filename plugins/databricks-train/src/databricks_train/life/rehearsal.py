"""`dry_run`: what would be sent, and everything about it that can be checked without paying."""

from __future__ import annotations

from typing import TYPE_CHECKING

from databricks_train.job.plan import shown
from databricks_train.life.dry_run import LOGIN, Check, run_checks, workspace_checks, worst
from databricks_train.life.rights_checks import check_experiment, check_model
from databricks_train.workspace.rights import Rights

if TYPE_CHECKING:
    from collections.abc import Iterator

    from databricks_train.life.training import Training

MLFLOW = "tracking server"
_MODEL = "registered model"


def rehearse(training: Training) -> None:
    """Print the request and check it. Raises the gravest of what is wrong."""
    step = training.step
    with step.log.section("what would be sent"):
        for line in shown(training.plan).splitlines():
            step.log.info(line)
        step.log.info("names such as ${mlflow.run_id} are put in when a run is made")
    with step.log.section("what can be checked without paying"):
        results = run_checks(_checks(training), step.log)
    error = worst(results)
    if error:
        raise error
    step.log.success("all is ready; nothing was submitted")


def _checks(training: Training) -> Iterator[Check]:
    connection, plan = training.connection, training.plan
    if training.reference or training.image_error:
        yield Check("image", lambda: _image(training))
    yield from workspace_checks(connection.workspace, connection.catalog, plan.body)
    yield from _record_checks(training)


def _image(training: Training) -> str:
    if training.image_error:
        raise training.image_error
    return f"{training.reference} is in its registry"


def _record_checks(training: Training) -> Iterator[Check]:
    """The checks of where a training is recorded. On Databricks the step's login is MLflow's, too."""
    settings, connection = training.step.settings, training.connection
    tracking, rights = connection.tracking, Rights(connection.workspace.door)

    def server() -> str:
        tracking.find_experiment(settings.experiment)
        return settings.mlflow_tracking_uri

    yield Check(MLFLOW, server, LOGIN if settings.on_databricks else "")
    name = settings.registered_model_name
    yield Check(
        f"experiment {settings.experiment}", lambda: check_experiment(settings, tracking, rights), MLFLOW
    )
    yield Check(
        f"{_MODEL} {name}".strip(),
        lambda: check_model(settings, tracking, rights),
        MLFLOW,
        unless="" if name else "registered_model_name is not set",
    )
