"""`dry_run`: what would be sent, and everything about it that can be checked without paying."""

from __future__ import annotations

from typing import TYPE_CHECKING

from databricks_train.job.plan import shown
from databricks_train.life.dry_run import Check, run_checks, workspace_checks, worst

if TYPE_CHECKING:
    from collections.abc import Iterator

    from databricks_train.life.training import Training

MLFLOW = "tracking server"


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
    yield Check(MLFLOW, lambda: _experiment(training))


def _image(training: Training) -> str:
    if training.image_error:
        raise training.image_error
    return f"{training.reference} is in its registry"


def _experiment(training: Training) -> str:
    """The experiment, made if it is missing, as the training would."""
    settings, tracking = training.step.settings, training.connection.tracking
    experiment_id = tracking.experiment(settings.experiment)
    return f"{settings.mlflow_tracking_uri} has experiment {settings.experiment} (id {experiment_id})"
