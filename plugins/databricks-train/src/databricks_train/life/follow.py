"""A run from its submission to its end: shown, waited for, stopped with the step, tried again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from databricks_train.life.never_twice import Settled
from databricks_train.telling.progress import Progress
from databricks_train.workspace.errors import GoneError
from databricks_train.workspace.former import former_seconds
from databricks_train.workspace.polling import Manner, wait_for_end
from databricks_train.workspace.repair import can_be_repaired, failed_keys
from databricks_train.workspace.stopping import stop
from databricks_train.workspace.verdict import verdict, with_reason
from drone_plugin import Interrupted, JobFailedError, PluginError, TimeLimitError
from model_chain import tags

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from databricks_train.connection import Connection
    from databricks_train.life.submission import Sent
    from databricks_train.settings import TrainSettings
    from databricks_train.telling.progress import Metrics
    from databricks_train.workspace.run_state import Run, Task
    from databricks_train.workspace.verdict import Reason, Verdict
    from drone_plugin import Step

MARGIN: Final = 600.0
"""Seconds beyond the run's own limit until the step gives up: Databricks stops a run late, not early."""
GRACE: Final = 8.0
"""Seconds in which the run is stopped when the step is: SIGKILL follows SIGTERM after ten."""
STOP_SECONDS: Final = 60.0
"""The same where nobody is in a hurry."""


@dataclass(frozen=True)
class Ended:
    """A run that is over."""

    run: Run
    settled: Settled
    verdict: Verdict
    url: str


@dataclass
class Follower:
    """Follows runs for a step."""

    step: Step[TrainSettings]
    connection: Connection
    limit: float
    """Seconds that the run itself may take."""
    _reasons: dict[str, Reason | None] = field(default_factory=dict)

    def announce(self, settled: Settled, run: Run | None) -> str:
        """Print the run's page before anything can go wrong, link it in MLflow, and return its address."""
        step, run_id = self.step, settled.databricks_run_id
        url = (run.url if run else "") or f"{step.settings.host}/jobs/runs/{run_id}"
        step.log.success(f"Databricks run {run_id}: {url}")
        outputs = {"DATABRICKS_RUN_ID": str(run_id), "DATABRICKS_RUN_URL": url}
        if settled.mlflow_run_id:
            outputs["MLFLOW_RUN_ID"] = settled.mlflow_run_id
            self._link(settled.mlflow_run_id, run_id, url)
        step.output(outputs)
        return url

    def wait(self, settled: Settled, url: str) -> Run:
        """The run as it ended. Raises as `wait_for_end`, with what that means for the run."""
        step, workspace, run_id = self.step, self.connection.workspace, settled.databricks_run_id
        settings = step.settings
        progress = self._progress(settled.mlflow_run_id)
        name = step.build.repo.slug or "training"
        manner = Manner(
            patience=settings.patience.total_seconds(),
            expected=former_seconds(workspace, lambda run: run.name.startswith(f"{name} "), settings.job_id),
            notice=True,
            tick=lambda _run, elapsed: progress(elapsed),
        )
        limit = settings.wait_timeout.total_seconds() or self.limit + MARGIN
        try:
            with step.log.section("train"):
                run = wait_for_end(lambda: workspace.run(run_id), step.clock, step.log, limit, manner)
                progress(last=True)
        except GoneError:
            self.close(settled.mlflow_run_id, "KILLED")
            raise JobFailedError(
                f"run {run_id} was deleted while it ran", hint="start the build again: it trains anew"
            ) from None
        except TimeLimitError:
            raise
        except PluginError:
            step.log.warning(f"run {run_id} itself goes on, and ends its MLflow run: {url}")
            raise
        return run

    def stop(self, run_id: int, mlflow_run_id: str, within: float) -> None:
        """Cancel a run and close its record."""
        self.step.log.warning(f"cancelling run {run_id}")
        self.step.log.warning(stop(self.connection.workspace, run_id, self.step.clock, within).text)
        self.close(mlflow_run_id, "KILLED")

    def judge(self, run: Run) -> Verdict:
        """How it ended, with what the cluster says where that is more."""
        judged = verdict(run)
        for task in run.latest if not run.state.succeeded else ():
            if task.state.ended and not task.state.succeeded and (reason := self.reason(task)):
                return with_reason(judged, reason)
        return judged

    def reason(self, task: Task) -> Reason | None:
        """Why the task's cluster ended, where Databricks tells."""
        if not task.cluster_id:
            return None
        try:
            if task.cluster_id not in self._reasons:  # the verdict and the tale of a failure both ask
                found = self.connection.catalog.end_of_cluster(task.cluster_id)
                self._reasons[task.cluster_id] = found
        except PluginError as error:
            self.step.log.debug(error.message)
        return self._reasons.get(task.cluster_id)

    def close(self, mlflow_run_id: str, status: Literal["FINISHED", "FAILED", "KILLED"]) -> None:
        """End the MLflow run if the job has not: a cluster that was killed leaves it open."""
        tracking = self.connection.tracking
        if mlflow_run_id:
            tracking.attempt(
                f"MLflow run {mlflow_run_id} may still be open",
                lambda: tracking.end_run(mlflow_run_id, status),
                None,
            )

    def adopt(self, mlflow_run_id: str, ended: Ended) -> None:
        """Link and close an MLflow run that the job has made itself, because nobody could before it began."""
        if mlflow_run_id:
            self._link(mlflow_run_id, ended.run.run_id, ended.url)
            self.close(mlflow_run_id, ended.verdict.mlflow_status)

    def repaired(self, run: Run) -> bool:
        """Start what failed of the run again, if that is wanted and saves anything."""
        if not (self.step.settings.repair and can_be_repaired(run)):
            return False
        self.step.log.info(f"repairing run {run.run_id}: {', '.join(failed_keys(run))}")
        try:
            self.connection.workspace.repair(run.run_id)
        except PluginError as error:
            self.step.log.warning(f"not repaired, so all of it is tried again: {error.message}")
            return False
        return True

    def _link(self, mlflow_run_id: str, run_id: int, url: str) -> None:
        tracking, linked = self.connection.tracking, tags.run_tags(run_id, url)

        def link() -> None:
            tracking.tag_run(mlflow_run_id, linked)
            tracking.log_facts(mlflow_run_id, tags.facts(linked))

        tracking.attempt("not linked", link, None)

    def _progress(self, mlflow_run_id: str) -> Progress:
        tracking = self.connection.tracking
        nothing: tuple[Mapping[str, str], Metrics] | None = None

        def ask() -> tuple[Mapping[str, str], Metrics] | None:
            if not mlflow_run_id:
                return None
            return tracking.attempt("no progress", lambda: tracking.progress(mlflow_run_id), nothing)

        return Progress(ask, self.step.clock, self.step.log)


def run_to_end(follower: Follower, settle: Callable[[], Settled], sent: Sent) -> Ended | Settled:
    """The end of the training; where the step does not wait, the run that it leaves.

    What the cluster or the cloud has failed is tried again as often as `retries` says. A step that is
    stopped, or whose time is over, stops its run with it.
    """
    step = follower.step
    left = step.settings.retries
    settled: Settled | None = None
    try:
        while True:
            settled = settled or settle()
            ended = _once(follower, settled, sent)
            if isinstance(ended, Settled):
                return ended
            again = ended.verdict.retryable and left > 0
            if again:
                left -= 1
                run, judged = ended.run, ended.verdict
                step.log.warning(
                    f"run {run.run_id} failed by no fault of its own: {judged.code}: {judged.message}"
                )
                if follower.repaired(run):
                    continue  # the same run goes on, and so does its record
            follower.close(settled.mlflow_run_id, ended.verdict.mlflow_status)
            if not again:
                return ended
            settled = None
    except (Interrupted, TimeLimitError) as error:
        run_id = settled.databricks_run_id if settled else sent.run_id
        if run_id:
            within = GRACE if isinstance(error, Interrupted) else STOP_SECONDS
            follower.stop(run_id, settled.mlflow_run_id if settled else sent.mlflow_run_id, within)
            error.hint = _after_the_stop(error)
        raise


def _once(follower: Follower, settled: Settled, sent: Sent) -> Ended | Settled:
    """One run, to its end."""
    run = sent.looked_at.pop(settled.databricks_run_id, None)
    url = follower.announce(settled, run)
    if settled.how != "reused":
        if not follower.step.settings.wait:
            return settled
        run = follower.wait(settled, url)
    if run is None:
        run = follower.connection.workspace.look_up(settled.databricks_run_id)
    return Ended(run, settled, follower.judge(run), url)


def _after_the_stop(error: Interrupted | TimeLimitError) -> str:
    """What to do about a run that was cancelled with its step."""
    again = "start the build again to train anew"
    if isinstance(error, Interrupted):
        return f"the run was cancelled with the step; {again}"
    return (
        f"the run was cancelled; raise wait_timeout, or timeout if the run itself needs longer, and {again}"
    )
