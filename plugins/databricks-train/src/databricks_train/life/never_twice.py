"""Never twice: a training that runs is joined, one that succeeded is reused, one that failed is tried again.

Databricks keeps the truth: of all submissions with one token it makes one run. So to submit is also to look
up; it does not matter which of two builds comes first, or whether an answer was lost. The record in MLflow
shortens the search; without it the attempts are gone through from the first.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

from drone_plugin import JobFailedError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from databricks_train.life.identity import Identity

Standing = Literal["active", "succeeded", "failed", "gone"]
How = Literal["submitted", "joined", "reused"]

MOST_ATTEMPTS = 100


class TokenSpentError(Exception):
    """The token named a run that was deleted: Databricks takes it for no other."""


@dataclass(frozen=True)
class Marks:
    """What a Databricks run carries of the submission that made it; empty where it cannot be read."""

    nonce: str = ""
    mlflow_run_id: str = ""


@dataclass(frozen=True)
class Seen:
    """A Databricks run, as far as it matters here."""

    standing: Standing
    marks: Marks = field(default_factory=Marks)


@dataclass(frozen=True)
class Attempt:
    """An attempt as it is recorded in MLflow."""

    number: int
    mlflow_run_id: str
    databricks_run_id: int
    """0 while the submission is under way, and where its record was cut off."""
    status: str
    """MLflow's: RUNNING, FINISHED, FAILED, KILLED."""


@dataclass(frozen=True)
class Settled:
    """The Databricks run of this training, and how it was come by."""

    how: How
    number: int
    databricks_run_id: int
    mlflow_run_id: str
    """Empty where MLflow did not answer: the job makes its own run then."""


class Runs(Protocol):
    """What is asked of Databricks."""

    def submit(self, token: str, nonce: str, attempt: int, mlflow_run_id: str) -> int:
        """The id of the run that `token` names, made now if there was none. Raises TokenSpentError."""

    def look(self, run_id: int) -> Seen:
        """The run as it stands."""


class Book(Protocol):
    """What is asked of MLflow. Nothing of it raises: without a record, training goes on."""

    def attempts(self) -> Sequence[Attempt]:
        """All recorded attempts at this training, or none where MLflow does not answer."""

    def open(self, attempt: int, token: str) -> str:
        """A new MLflow run for an attempt, or an empty text where MLflow does not answer."""

    def discard(self, mlflow_run_id: str) -> None:
        """Delete an MLflow run that stayed empty, because another build was faster."""

    def fail(self, mlflow_run_id: str) -> None:
        """Close the MLflow run of a submission that was refused; an empty id names none."""


@dataclass(frozen=True)
class NeverTwice:
    """Finds or makes the run of one training."""

    identity: Identity
    runs: Runs
    book: Book
    say: Callable[[str], None]
    nonce: Callable[[], str] = lambda: uuid.uuid4().hex

    def settle(self, *, retrain: bool) -> Settled:
        """The run to wait for, or the one to reuse. With `retrain`, a success counts as done and is repeated.

        Raises what submitting raises, and JobFailedError after `MOST_ATTEMPTS`.
        """
        known = sorted(self.book.attempts(), key=lambda attempt: attempt.number, reverse=True)
        number = known[0].number if known else 1
        if not retrain and (reused := self._earlier_success(known, below=number)):
            return reused
        for attempt in range(number, number + MOST_ATTEMPTS):
            recorded = [one for one in known if one.number == attempt]
            settled = self._attempt(attempt, recorded, retrain=retrain)
            if settled is not None:
                return settled
        raise JobFailedError(f"{MOST_ATTEMPTS} attempts at this training have failed")

    def _earlier_success(self, known: Sequence[Attempt], *, below: int) -> Settled | None:
        """A success that somebody repeated in vain still is one; unless the repetition goes on."""
        latest = [one for one in known if one.number == below and one.databricks_run_id]
        if any(self.runs.look(one.databricks_run_id).standing == "active" for one in latest[:1]):
            return None
        for one in known:
            if one.number < below and one.status == "FINISHED" and one.databricks_run_id:
                seen = self.runs.look(one.databricks_run_id)
                if seen.standing == "succeeded":
                    return self._found(one.number, one.databricks_run_id, one.mlflow_run_id, seen)
        return None

    def _attempt(self, number: int, recorded: Sequence[Attempt], *, retrain: bool) -> Settled | None:
        """What became or becomes of an attempt; None when the next one is due."""
        token = self.identity.token(number)
        for one in recorded:
            if one.databricks_run_id:
                seen = self.runs.look(one.databricks_run_id)
                return self._judged(number, one.databricks_run_id, one.mlflow_run_id, seen, retrain=retrain)
        # A build that was killed before it could submit has left its MLflow run open.
        left = next((one.mlflow_run_id for one in recorded if one.status == "RUNNING"), "")
        mlflow_run_id = left or self.book.open(number, token)
        nonce = self.nonce()
        try:
            run_id = self.runs.submit(token, nonce, number, mlflow_run_id)
        except TokenSpentError:
            self.say(f"attempt {number}: its run was deleted")
            self.book.fail(mlflow_run_id)  # the run that was deleted may have filled it
            return None
        except Exception:
            self.book.fail(mlflow_run_id)
            raise
        seen = self.runs.look(run_id)
        marks = seen.marks
        # A run that cannot tell whose it is counts as this build's: it would be waited for anyway.
        if marks.nonce == nonce or (not marks.nonce and seen.standing != "succeeded"):
            return Settled("submitted", number, run_id, mlflow_run_id)
        if marks.mlflow_run_id and marks.mlflow_run_id != mlflow_run_id:
            if mlflow_run_id and not left:  # nobody else's
                self.book.discard(mlflow_run_id)
            mlflow_run_id = marks.mlflow_run_id
        return self._judged(number, run_id, mlflow_run_id, seen, retrain=retrain)

    def _judged(
        self, number: int, run_id: int, mlflow_run_id: str, seen: Seen, *, retrain: bool
    ) -> Settled | None:
        if seen.standing == "active":
            self.say(f"attempt {number} is under way as run {run_id}: joining it")
            return Settled("joined", number, run_id, mlflow_run_id)
        if seen.standing == "succeeded" and not retrain:
            return self._found(number, run_id, mlflow_run_id, seen)
        became = {
            "gone": "is no more",
            "failed": "did not succeed",
            "succeeded": "succeeded, and is repeated",
        }
        self.say(f"attempt {number}: run {run_id} {became[seen.standing]}")
        return None

    def _found(self, number: int, run_id: int, mlflow_run_id: str, seen: Seen) -> Settled:
        return Settled("reused", number, run_id, seen.marks.mlflow_run_id or mlflow_run_id)
