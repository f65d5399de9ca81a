"""Builds of one training that crash, race and repeat, against a model of what Databricks and MLflow keep."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from databricks_train.life.identity import Identity
from databricks_train.life.never_twice import (
    Attempt,
    Marks,
    NeverTwice,
    Seen,
    Settled,
    Standing,
    TokenSpentError,
)

if TYPE_CHECKING:
    from collections.abc import Callable

IDENTITY = Identity("https://w", "team/model", "p/train", "c0ffee", "0" * 64)


class Crash(BaseException):
    """The build is killed."""


@dataclass
class Ran:
    """A run that Databricks has."""

    token: str
    marks: Marks
    standing: Standing = "active"


@dataclass
class Recorded:
    """A run that MLflow has."""

    attempt: int
    databricks_run_id: int = 0
    status: str = "RUNNING"


@dataclass
class World:
    """Both servers. `before` is called ahead of every call: there a build crashes or another one gets in."""

    runs: dict[int, Ran] = field(default_factory=dict)
    book: dict[str, Recorded] = field(default_factory=dict)
    before: Callable[[], None] = lambda: None
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    nonces: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    mlflow_answers: bool = True
    readable: bool = True
    ended: int = 0

    def submit(self, token: str, nonce: str, attempt: int, mlflow_run_id: str) -> int:
        """The run of the token."""
        assert token == IDENTITY.token(attempt)
        self.before()
        for number, run in self.runs.items():
            if run.token == token:
                if run.standing == "gone":
                    raise TokenSpentError
                return number
        number = next(self.numbers)
        self.runs[number] = Ran(token, Marks(nonce, mlflow_run_id))
        assert sum(run.standing == "active" for run in self.runs.values()) == 1
        self.before()  # the answer may be lost
        return number

    def look(self, run_id: int) -> Seen:
        """As it is now."""
        self.before()
        run = self.runs[run_id]
        return Seen(run.standing, run.marks if self.readable else Marks())

    def attempts(self) -> list[Attempt]:
        """What is recorded."""
        self.before()
        return [
            Attempt(run.attempt, number, run.databricks_run_id, run.status)
            for number, run in self.book.items()
            if self.mlflow_answers
        ]

    def open(self, attempt: int, token: str) -> str:
        """Record one."""
        assert token == IDENTITY.token(attempt)
        self.before()
        if not self.mlflow_answers:
            return ""
        number = f"m{next(self.numbers)}"
        self.book[number] = Recorded(attempt)
        self.before()
        return number

    def discard(self, mlflow_run_id: str) -> None:
        """Remove the record, which no run may carry."""
        self.before()
        assert all(run.marks.mlflow_run_id != mlflow_run_id for run in self.runs.values())
        del self.book[mlflow_run_id]

    def fail(self, mlflow_run_id: str) -> None:
        """Close the record."""
        if mlflow_run_id:
            self.book[mlflow_run_id].status = "FAILED"

    def build(self, *, retrain: bool = False) -> Settled:
        """A build comes to its run, and records it."""
        never_twice = NeverTwice(IDENTITY, self, self, lambda _: None, lambda: f"nonce {next(self.nonces)}")
        settled = never_twice.settle(retrain=retrain)
        if recorded := self.book.get(settled.mlflow_run_id):
            recorded.databricks_run_id = settled.databricks_run_id
        return settled

    def end(self, standing: Standing) -> None:
        """The run that is active ends so, and its bootstrap says so in MLflow."""
        for run in self.runs.values():
            if run.standing == "active":
                run.standing = standing
                self.ended += standing != "succeeded"
                if recorded := self.book.get(run.marks.mlflow_run_id):
                    recorded.status = "FINISHED" if standing == "succeeded" else "FAILED"


def test_the_first_build_submits_and_the_next_joins() -> None:
    world = World()
    assert world.build() == Settled("submitted", 1, 2, "m1")
    assert world.build() == Settled("joined", 1, 2, "m1")


def test_a_success_is_reused_unless_a_repetition_is_asked_for() -> None:
    world = World()
    world.build()
    world.end("succeeded")
    assert world.build().how == "reused"
    repeated = world.build(retrain=True)
    assert (repeated.how, repeated.number) == ("submitted", 2)


def test_a_success_is_reused_after_a_repetition_that_failed() -> None:
    world = World()
    first = world.build()
    world.end("succeeded")
    world.build(retrain=True)
    world.end("failed")
    assert world.build() == Settled("reused", 1, first.databricks_run_id, first.mlflow_run_id)


def test_a_repetition_that_goes_on_is_joined() -> None:
    world = World()
    world.build()
    world.end("succeeded")
    second = world.build(retrain=True)
    assert world.build() == Settled("joined", 2, second.databricks_run_id, second.mlflow_run_id)


@pytest.mark.parametrize("standing", ["failed", "gone"])
def test_what_failed_or_was_deleted_gets_a_next_attempt(standing: Standing) -> None:
    world = World()
    world.build()
    world.end(standing)
    assert (world.build().how, world.build().number) == ("submitted", 2)


@pytest.mark.parametrize("standing", ["failed", "gone"])
def test_without_mlflow_the_attempts_are_gone_through(standing: Standing) -> None:
    world = World(mlflow_answers=False)
    for number in (1, 2, 3):
        settled = world.build()
        assert (settled.how, settled.number, settled.mlflow_run_id) == ("submitted", number, "")
        world.end(standing)


def test_the_loser_of_a_race_deletes_its_empty_run() -> None:
    world = World()

    def overtake() -> None:
        if world.book and not world.runs:
            world.before = lambda: None
            saved, world.book = world.book, {}  # it looked before this one's record was there
            world.build()
            world.book |= saved

    world.before = overtake
    settled = world.build()
    assert settled.how == "joined"
    assert list(world.book) == [settled.mlflow_run_id]


def test_a_refused_submission_closes_its_record() -> None:
    world = World()

    def refuse() -> None:
        if world.book:
            raise ValueError("no such node type")

    world.before = refuse
    with pytest.raises(ValueError, match="node type"):
        world.build()
    # The record was opened and then refused, at the moment between the two.
    world.before = lambda: None
    assert world.build().how == "submitted"


def test_a_run_that_cannot_tell_whose_it_is_is_waited_for() -> None:
    world = World(readable=False)
    first = world.build()
    assert world.build().databricks_run_id == first.databricks_run_id


@dataclass(frozen=True)
class Event:
    """A build: where in it something happens, and how the run ends before the next one, if it does."""

    at: int
    crash: bool
    ends: Standing
    retrain: bool = False


events = st.builds(
    Event,
    at=st.integers(0, 12),
    crash=st.booleans(),
    ends=st.sampled_from(["active", "active", "succeeded", "failed", "gone"]),
)


def play(world: World, rest: list[Event]) -> list[Settled]:
    """The builds one after another; at its moment each one crashes, or lets the next one pass in between."""
    settled: list[Settled] = []
    while rest:
        event = rest.pop(0)
        left = event.at

        def moment(event: Event = event) -> None:
            nonlocal left
            left -= 1
            if left == 0 and event.crash:
                raise Crash
            if left == 0 and rest:
                before = world.before
                world.before = lambda: None
                settled.extend(play(world, rest))
                world.before = before

        world.before = moment
        try:
            settled.append(world.build())
        except Crash:
            pass
        finally:
            world.before = lambda: None
        world.end(event.ends)
    return settled


@given(builds=st.lists(events, min_size=1, max_size=5), mlflow_answers=st.booleans(), readable=st.booleans())
def test_whatever_crashes_and_races_there_is_one_run_for_each_that_did_not_succeed_and_one_more(
    builds: list[Event], *, mlflow_answers: bool, readable: bool
) -> None:
    world = World(mlflow_answers=mlflow_answers, readable=readable)
    play(world, list(builds))
    last = world.build()
    assert len(world.runs) <= world.ended + 1
    run = world.runs[last.databricks_run_id]
    if readable and mlflow_answers:
        assert last.mlflow_run_id == run.marks.mlflow_run_id
        assert run.standing in {"active", "succeeded"}
    tokens = [run.token for run in world.runs.values()]
    assert len(set(tokens)) == len(tokens)
