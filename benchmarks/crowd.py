"""Builds that begin together, before a workspace that refuses what is too much."""

import heapq
import random
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Semaphore, Thread
from typing import Final

from benchmarks.lag import LONGEST, MINUTE
from benchmarks.load import ALLOWED, ANSWER, BUILDS, Simulated, Training, mixed, quiet

from databricks_train.workspace.errors import OutageError
from databricks_train.workspace.polling import Manner, wait_for_end
from databricks_train.workspace.run_state import Run

RETRY_AFTER: Final = 1.0


@dataclass
class Turns:
    """Threads of which one runs at a time: the one whose time is the earliest."""

    _waiting: list[tuple[float, int, Semaphore]] = field(default_factory=list)
    _baton: Semaphore = field(default_factory=lambda: Semaphore(0))

    def wait(self, now: float, number: int) -> None:
        """Called by a thread: return when nobody else is earlier than `now`."""
        mine = Semaphore(0)
        heapq.heappush(self._waiting, (now, number, mine))
        self._baton.release()
        mine.acquire()

    def run(self, threads: Sequence[Thread]) -> None:
        """Let all of them run to their end, each of which must call `done`."""
        for thread in threads:
            thread.start()
            self._baton.acquire()
        while self._waiting:
            heapq.heappop(self._waiting)[2].release()
            self._baton.acquire()
        for thread in threads:
            thread.join()

    def done(self) -> None:
        """Called by a thread that ends."""
        self._baton.release()


@dataclass
class Crowd:
    """What a workspace saw of builds at once, and what became of them."""

    allowed: int = ALLOWED
    asked: int = 0
    refused: int = 0
    lags: list[float] = field(default_factory=list)
    _per_second: Counter[int] = field(default_factory=Counter)
    _turns: Turns = field(default_factory=Turns)

    def wait(self, number: int, start: float, training: Training, chance: random.Random) -> None:
        """One build, from its submission to the end of its wait."""
        clock = Simulated(start)

        def ask() -> Run:
            self._turns.wait(clock.now, number)
            at = clock.now
            clock.sleep(ANSWER)
            self.asked += 1
            self._per_second[int(at)] += 1
            if self._per_second[int(at)] > self.allowed:
                self.refused += 1
                raise OutageError("too many questions", pause=RETRY_AFTER)
            return Run("", training.state(at - start), ())

        try:
            manner = Manner(expected=training.expected, chance=chance.random)
            wait_for_end(ask, clock, quiet(clock), 10 * LONGEST, manner)
            self.lags.append(clock.now - start - training.whole)
        finally:
            self._turns.done()

    def run(self, builds: Sequence[tuple[float, Training]]) -> None:
        """Let builds wait, each with the second in which it begins."""
        threads = [
            Thread(target=self.wait, args=(number, *build, random.Random(number)))  # noqa: S311 - a simulation
            for number, build in enumerate(builds)
        ]
        self._turns.run(threads)

    @property
    def peak(self) -> int:
        """Most questions in a second, refused ones included."""
        return max(self._per_second.values(), default=0)

    def __str__(self) -> str:
        lag = f"{statistics.median(self.lags):.1f} s in the median, {max(self.lags):.0f} s at most"
        return (
            f"peak {self.peak}/s, {self.refused / self.asked:.1%} of the questions refused;"
            f" the end known after {lag}"
        )


def rush(chance: random.Random, minutes: float, builds: int = BUILDS) -> Crowd:
    """Builds that all begin within some minutes, before a workspace that keeps to its limit."""
    crowd = Crowd()
    crowd.run([(MINUTE * minutes * chance.random(), mixed(chance)) for _ in range(builds)])
    return crowd
