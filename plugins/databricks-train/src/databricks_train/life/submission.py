"""One training's doors to Databricks and MLflow, in the words that `never_twice` asks in."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from databricks_train.life.never_twice import Attempt, Marks, Seen, Standing, TokenSpentError
from databricks_train.workspace.errors import GoneError
from drone_plugin import Interrupted, PluginError, UnreachableError
from model_chain import tags

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from pydantic import JsonValue

    from databricks_train.job.body import Body
    from databricks_train.tracking.server import Tracking
    from databricks_train.tracking.tracked import TrackedRun
    from databricks_train.workspace.api import Workspace
    from databricks_train.workspace.run_state import Run

NONCE: Final = "DRONE_ML_NONCE"
RUN: Final = "MLFLOW_RUN_ID"
VARIABLES: Final = "--variables="
"""The argument by which the bootstrap gets its variables where a job cannot set any."""


@dataclass
class Sent:
    """What has come of submissions so far."""

    run_id: int = 0
    """The run of the last one, and its MLflow run: who is interrupted takes it back."""
    mlflow_run_id: str = ""
    looked_at: dict[int, Run] = field(default_factory=dict)
    """The last answer about each run, for whoever goes on with it."""


@dataclass
class Submissions:
    """The runs of one training at Databricks."""

    workspace: Workspace
    body: Callable[[str, str, int, str], Body]
    """The request of an attempt, by its token, nonce, number and MLflow run."""
    send: Callable[[Body], int]
    say: Callable[[str], None]
    sent: Sent = field(default_factory=Sent)

    def submit(self, token: str, nonce: str, attempt: int, mlflow_run_id: str) -> int:
        """The run of the token. Who is interrupted meanwhile takes back what may have begun."""
        body = self.body(token, nonce, attempt, mlflow_run_id)
        self.sent.mlflow_run_id = mlflow_run_id
        try:
            self.sent.run_id = self.send(body)
        except GoneError:
            raise TokenSpentError from None
        except Interrupted:
            with contextlib.suppress(PluginError):
                # The answer may be lost, not the run: the same token names it once more.
                self.sent.run_id = self.send(body)
            raise
        return self.sent.run_id

    def look(self, run_id: int) -> Seen:
        """The run as it stands; one that is no more counts as gone, whoever deleted it."""
        try:
            run = self.workspace.look_up(run_id)
        except GoneError:
            return Seen("gone")
        except UnreachableError as error:
            if run_id != self.sent.run_id:
                raise
            self.say(f"{error.message}; run {run_id} is waited for all the same")
            return Seen("active")
        self.sent.looked_at[run_id] = run
        return Seen(standing(run), marks(run))


def standing(run: Run) -> Standing:
    """How a run stands, for the question whether to train again."""
    if not run.state.ended:
        return "active"
    return "succeeded" if run.state.succeeded else "failed"


def marks(run: Run) -> Marks:
    """What the run's specification says of who submitted it: in a cluster's variables, or in an argument."""
    for variables in _variables(run):
        if variables.get(NONCE):
            return Marks(str(variables[NONCE]), str(variables.get(RUN) or ""))
    return Marks()


def _variables(run: Run) -> Iterator[Mapping[str, JsonValue]]:
    for cluster in run.clusters:
        variables = cluster.get("spark_env_vars")
        if isinstance(variables, dict):
            yield variables
    for word in run.arguments:
        if word.startswith(VARIABLES):
            yield from _parsed(word.removeprefix(VARIABLES))


def _parsed(text: str) -> Iterator[Mapping[str, JsonValue]]:
    try:
        value = json.loads(text)
    except ValueError:
        return
    if isinstance(value, dict):
        yield value


@dataclass(frozen=True)
class TrackedAttempts:
    """The attempts at one training as MLflow has them. Whatever fails here is a warning."""

    tracking: Tracking
    experiment_id: str
    """Empty where MLflow did not answer for the experiment."""
    identity: str
    opening: Callable[[int, str], tuple[str, Mapping[str, str]]]
    """Name and tags of the MLflow run of an attempt, by its number and token."""

    def attempts(self) -> Sequence[Attempt]:
        """All that are recorded."""
        if not self.experiment_id:
            return ()
        nothing: tuple[TrackedRun, ...] = ()
        found = self.tracking.attempt(
            "earlier attempts are not looked for",
            lambda: self.tracking.find_runs(self.experiment_id, tags.IDENTITY, self.identity),
            nothing,
        )
        return [
            Attempt(
                _number(run.fact(tags.ATTEMPT)) or 1,
                run.run_id,
                _number(run.fact(tags.DATABRICKS_RUN_ID)),
                run.status,
            )
            for run in found
        ]

    def open(self, attempt: int, token: str) -> str:
        """A new MLflow run."""
        if not self.experiment_id:
            return ""
        name, run_tags = self.opening(attempt, token)
        return self.tracking.attempt(
            "no MLflow run is made here; the job makes its own",
            lambda: self.tracking.start_run(self.experiment_id, name, run_tags, tags.facts(run_tags)),
            "",
        )

    def discard(self, mlflow_run_id: str) -> None:
        """Delete the empty run."""
        self.tracking.attempt(
            f"the empty MLflow run {mlflow_run_id} is left",
            lambda: self.tracking.delete_run(mlflow_run_id),
            None,
        )

    def fail(self, mlflow_run_id: str) -> None:
        """End the run of a submission that was refused."""
        if mlflow_run_id:
            self.tracking.attempt(
                f"MLflow run {mlflow_run_id} may still be open",
                lambda: self.tracking.end_run(mlflow_run_id, "FAILED"),
                None,
            )


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0
