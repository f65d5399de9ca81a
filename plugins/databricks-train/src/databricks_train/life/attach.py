"""Waiting for a run that an earlier step or build has submitted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from databricks_train.life.finish import Chain, Finish
from databricks_train.life.follow import Follower, run_to_end
from databricks_train.life.identity import place_of
from databricks_train.life.never_twice import Settled
from databricks_train.life.submission import Sent
from databricks_train.life.training import run_key_of
from drone_plugin import SettingsError
from model_chain import tags

if TYPE_CHECKING:
    from databricks_train.connection import Connection
    from databricks_train.settings import TrainSettings
    from databricks_train.tracking.tracked import TrackedRun
    from drone_plugin import Step
    from drone_plugin.reporter import Reporter


def attached(step: Step[TrainSettings], connection: Connection, reporter: Reporter) -> None:
    """Follow the newest run of this commit (or run key) to its end, and record it. Nothing is submitted.

    Raises SettingsError where there is none, UnreachableError where MLflow, which knows, does not answer.
    """
    tracking, settings = connection.tracking, step.settings
    experiment_id = tracking.experiment(settings.experiment)
    run_key = run_key_of(settings, step.build)
    found = [
        run
        for run in tracking.find_runs(experiment_id, tags.RUN_KEY, run_key)
        if run.fact(tags.REPOSITORY) == step.build.repo.slug
        and run.fact(tags.HOST) == settings.host  # another workspace's number names another run here
        and run.fact(tags.DATABRICKS_RUN_ID).isdigit()
    ]
    if not found:
        raise SettingsError(
            f"there is nothing to attach to: no run of {run_key} is recorded in {settings.experiment}",
            hint="a step without attach has to submit it first, in this build or one before it",
        )
    chosen = _chosen(found, place_of(step.build))
    settled = Settled(
        "joined",
        int(chosen.fact(tags.ATTEMPT) or 1),
        int(chosen.fact(tags.DATABRICKS_RUN_ID)),
        chosen.run_id,
    )
    step.log.info(f"attaching to run {settled.databricks_run_id}")
    follower = Follower(step, connection, settings.timeout.total_seconds())
    ended = run_to_end(follower, lambda: settled, Sent())
    if isinstance(ended, Settled):
        return
    kept = {name: value for name, value in chosen.tags.items() if name.startswith(tags.PREFIX)}
    image = chosen.tags.get(tags.DOCKER_IMAGE, "")
    Finish(
        step, connection, follower, ended, Chain(experiment_id, chosen.run_id, image, kept), reporter
    ).run()


def _chosen(found: list[TrackedRun], place: str) -> TrackedRun:
    """The newest, of this very step where it has submitted one itself."""
    own = [run for run in found if run.fact(tags.STEP) == place]
    return (own or found)[0]
