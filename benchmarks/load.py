"""Five hundred builds at once, by the real loop that waits and its real schedule, in a time of their own."""

import io
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from benchmarks.lag import HOUR, LONGEST, MINUTE, SHORTEST

from databricks_train.workspace.polling import Manner, wait_for_end
from databricks_train.workspace.run_state import Run, State
from drone_plugin import Log, Redactor
from drone_plugin.lines import LineStream

BUILDS: Final = 500
ALLOWED: Final = 100
"""Questions for a run that a workspace answers in a second, as Databricks documents it."""
ANSWER: Final = 0.1
"""Seconds that one answer takes."""
KNOWN: Final = 0.5
"""The share of trainings that have a former one."""
ENDED: Final = State("TERMINATED", ended=True, result="SUCCESS", message="")


@dataclass
class Simulated:
    """The time of one build."""

    now: float

    def monotonic(self) -> float:
        """Seconds."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let time pass at once."""
        self.now += seconds


class Nowhere(io.BytesIO):
    """A log that nobody reads."""

    def write(self, data: bytes) -> int:  # type: ignore[override]  # nothing but bytes is written here
        """Take all of it."""
        return len(data)


@dataclass(frozen=True)
class Training:
    """Seconds for which a run is in each phase, and how long it is likely to be RUNNING (0: nobody knows)."""

    queued: float
    pending: float
    running: float
    terminating: float
    expected: float = 0.0

    @property
    def whole(self) -> float:
        """From the submission to the end."""
        return self.queued + self.pending + self.running + self.terminating

    def state(self, passed: float) -> State:
        """The state after `passed` seconds."""
        for phase in ("queued", "pending", "running", "terminating"):
            passed -= getattr(self, phase)
            if passed < 0:
                return State(phase.upper(), ended=False, result="", message="")
        return ENDED


def quiet(clock: Simulated) -> Log:
    """A log that nobody reads."""
    return Log(LineStream(Nowhere(), Redactor(), clock), clock, colour=False)


def questions(training: Training, start: float, chance: random.Random) -> list[float]:
    """When the workspace is asked for the run, by the loop of the plugin itself."""
    clock, asked = Simulated(start), list[float]()

    def ask() -> Run:
        asked.append(clock.now)
        clock.sleep(ANSWER)
        return Run("", training.state(asked[-1] - start), ())

    manner = Manner(expected=training.expected, chance=chance.random)
    wait_for_end(ask, clock, quiet(clock), 10 * LONGEST, manner)
    return asked


def mixed(chance: random.Random) -> Training:
    """A training of five minutes to four hours; one of five waits in the queue first."""
    running = SHORTEST * (LONGEST / SHORTEST) ** chance.random()
    return Training(
        queued=10 * MINUTE * chance.random() if chance.random() < 1 / 5 else 0.0,
        pending=MINUTE * (2 + 4 * chance.random()),
        running=running,
        terminating=20 * chance.random(),
        expected=running * (0.9 + 0.2 * chance.random()) if chance.random() < KNOWN else 0.0,
    )


@dataclass
class Load:
    """Questions in each second of an hour."""

    title: str
    per_second: Counter[int] = field(default_factory=Counter)

    def add(self, asked: list[float]) -> None:
        """Count those that fall into the hour."""
        self.per_second.update(int(at) for at in asked if 0 <= at < HOUR)

    @property
    def peak(self) -> int:
        """Most questions in a second."""
        return max(self.per_second.values(), default=0)

    @property
    def mean(self) -> float:
        """Questions in a second."""
        return self.per_second.total() / HOUR

    def __str__(self) -> str:
        over = sum(count > ALLOWED for count in self.per_second.values())
        verdict = f"over {ALLOWED} in {over} of 3600 seconds" if over else f"never over {ALLOWED}"
        return f"{self.title:<46} peak {self.peak:>4}/s  mean {self.mean:5.1f}/s  {verdict}"


def steady(chance: random.Random, builds: int = BUILDS) -> Load:
    """Builds that have begun at any time, each followed by another when it ends."""
    load = Load(f"{builds} at any time, one after another")
    for _ in range(builds):
        start = -HOUR * chance.random()
        while start < HOUR:
            training = mixed(chance)
            load.add(questions(training, start, chance))
            start += training.whole
    return load


def rush(chance: random.Random, minutes: float, builds: int = BUILDS) -> Load:
    """Builds that all begin within some minutes, as a nightly schedule does."""
    load = Load(f"{builds} that all begin within {minutes:.0f} min")
    for _ in range(builds):
        load.add(questions(mixed(chance), MINUTE * minutes * chance.random(), chance))
    return load


def lines(seed: int = 1) -> Iterator[str]:
    """The loads."""
    chance = random.Random(seed)  # noqa: S311 - a simulation
    yield f"  {steady(chance)}"
    yield f"  {rush(chance, 10)}"
    yield f"  {rush(chance, 1)}"
