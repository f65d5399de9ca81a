"""The step: what is asked for, and which way it is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from databricks_train.asking.asked import ask
from databricks_train.chain.checking import check_chain
from databricks_train.chain.repeated import repeat
from databricks_train.connection import connect
from databricks_train.life.attach import attached
from databricks_train.life.finish import Chain, Finish
from databricks_train.life.follow import Follower, run_to_end
from databricks_train.life.never_twice import NeverTwice, Settled
from databricks_train.life.rehearsal import rehearse
from databricks_train.life.replaced import look_at_earlier
from databricks_train.life.restarted import wants_repetition
from databricks_train.life.submission import Submissions, TrackedAttempts
from databricks_train.life.training import decide_training, open_attempts
from drone_plugin.reporter import reporting

if TYPE_CHECKING:
    from databricks_train.connection import Connection
    from databricks_train.life.training import Attempts, Training
    from databricks_train.settings import TrainSettings
    from drone_plugin import Step
    from drone_plugin.reporter import Reporter


def work(step: Step[TrainSettings]) -> None:
    """Do what the settings ask for. Raises JobFailedError when the training fails."""
    settings, log = step.settings, step.log
    asked = ask(settings, step.decision.request, step.environment, step.build)
    for line in asked.lines:
        log.info(line)
    with reporting(step, plugin="databricks-train") as reporter, connect(step) as connection:
        if settings.verify:
            check_chain(step, connection)
        elif settings.attach:
            attached(step, connection, reporter)
        else:
            training = (
                repeat(step, connection) if settings.reproduce else decide_training(step, connection, asked)
            )
            for secret in training.plan.secrets:
                step.redactor.learn(secret)
            for line in training.plan.lines:
                log.info(line)
            for warning in training.plan.warnings:
                log.warning(warning)
            if settings.dry_run:
                rehearse(training)
            else:
                train(training, reporter)


def train(training: Training, reporter: Reporter) -> None:
    """Find or make the run of this training, follow it to its end, and record it."""
    step, connection = training.step, training.connection
    if training.reference:
        step.log.info(f"image {training.reference}")
    attempts = open_attempts(training)
    look_at_earlier(training, attempts.experiment_id)
    submissions = _submissions(connection, attempts)
    book = TrackedAttempts(
        connection.tracking, attempts.experiment_id, training.identity.key, attempts.opening
    )
    never_twice = NeverTwice(training.identity, submissions, book, step.log.info)
    retrain = wants_repetition(step)

    def settle() -> Settled:
        return never_twice.settle(retrain=retrain)

    follower = Follower(step, connection, training.plan.limit)
    ended = run_to_end(follower, settle, submissions.sent)
    if isinstance(ended, Settled):
        step.log.success(f"submitted; a step with attach: true waits for run {ended.databricks_run_id}")
        return
    chain = _chain(attempts, ended.settled)
    if not ended.settled.mlflow_run_id:
        follower.adopt(chain.mlflow_run_id, ended)
    former = (training.reproduces[:8], training.former) if training.reproduces else None
    Finish(step, connection, follower, ended, chain, reporter, training.image, former, training.build).run()


def _submissions(connection: Connection, attempts: Attempts) -> Submissions:
    workspace = connection.workspace
    send = workspace.run_now if attempts.training.plan.endpoint == "run-now" else workspace.submit
    return Submissions(workspace, attempts.body, send, attempts.training.step.log.info)


def _chain(attempts: Attempts, settled: Settled) -> Chain:
    """What the run is linked to. An MLflow server that was away at the submission may be there by now."""
    training = attempts.training
    token = training.identity.token(settled.number)
    tracking = training.connection.tracking
    experiment_id, mlflow_run_id = attempts.experiment_id, settled.mlflow_run_id
    if not mlflow_run_id:
        tracking.reopen()
        found = tracking.attempt(
            "the job's MLflow run is not looked for",
            lambda: tracking.locate(training.step.settings.experiment, token),
            ("", ""),
        )
        experiment_id, mlflow_run_id = found
    return Chain(
        experiment_id,
        mlflow_run_id,
        training.reference,
        attempts.tags(settled.number, token),
        attempts.request(settled.number),
    )
