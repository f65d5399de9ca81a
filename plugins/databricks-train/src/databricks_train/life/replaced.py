"""What earlier pushes to the same branch still train: named, or cancelled where that is wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from databricks_train.workspace.errors import GoneError
from databricks_train.workspace.stopping import supersede
from drone_plugin import PluginError
from model_chain import tags

if TYPE_CHECKING:
    from databricks_train.life.training import Training
    from databricks_train.tracking.tracked import TrackedRun
    from databricks_train.workspace.run_state import Run


def look_at_earlier(training: Training, experiment_id: str) -> None:
    """Name the runs that this build could replace, and cancel them if `supersede` says so.

    Only a push replaces pushes: what a clock, a person or a reproduction has started stays. A restarted build
    cancels nothing: its number is above that of newer commits, and of a restart that is restarted nobody
    knows when its commit was pushed.
    """
    step, build = training.step, training.step.build
    if not experiment_id or build.event != "push" or training.reproduces or not build.number:
        return
    runs = _active(training, experiment_id)
    if not runs:
        return
    if step.settings.supersede and not build.is_restart:
        supersede(training.connection.workspace, runs, step.clock, step.log)
        return
    named = ", ".join(str(run.run_id) for run in runs)
    instead = "a restarted build cancels none" if build.is_restart else "supersede: true would cancel it"
    step.log.info(f"an earlier push to {build.commit.branch} still trains: run {named}; {instead}")


def _active(training: Training, experiment_id: str) -> list[Run]:
    """The runs of earlier builds that have not ended, started by the same user."""
    tracking, workspace = training.connection.tracking, training.connection.workspace
    branch = training.step.build.commit.branch
    none: tuple[TrackedRun, ...] = ()
    found = tracking.attempt(
        "earlier runs are not looked for",
        lambda: tracking.find_runs(experiment_id, tags.BRANCH, branch),
        none,
    )
    candidates = [run for run in found if _is_earlier(training, run)]
    if not candidates:
        return []
    user = workspace.user()
    active = []
    for candidate in candidates:
        try:
            run = workspace.look_up(int(candidate.fact(tags.DATABRICKS_RUN_ID)))
        except GoneError:
            continue
        except PluginError as error:
            training.step.log.warning(error.message)
            continue
        if not run.state.ended and run.creator == user:
            active.append(run)
    return active


def _is_earlier(training: Training, run: TrackedRun) -> bool:
    build, identity = training.step.build, training.identity
    number = run.tags.get(tags.BUILD_NUMBER, "")
    return (
        run.open
        and run.fact(tags.DATABRICKS_RUN_ID).isdigit()
        and run.fact(tags.HOST) == identity.host  # another workspace's number names another run here
        and run.fact(tags.REPOSITORY) == build.repo.slug
        and run.fact(tags.STEP) == identity.step
        and run.fact(tags.IDENTITY) != identity.key
        and not run.fact(tags.REPRODUCES)
        and run.tags.get(tags.EVENT) == "push"
        and number.isdigit()
        and int(number) < (build.parent if build.is_restart else build.number)
    )
