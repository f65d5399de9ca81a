"""Waiting for a run: what to say meanwhile, what to survive, when to give up."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from databricks_train.workspace.errors import pause_of
from databricks_train.workspace.run_state import UNKNOWN
from databricks_train.workspace.schedule import FAR, QUEUED, Moment
from databricks_train.workspace.schedule import interval as planned
from drone_plugin import RefusedError, TimeLimitError, UnreachableError, spell_duration

if TYPE_CHECKING:
    from collections.abc import Callable

    from databricks_train.workspace.run_state import Run
    from drone_plugin import Clock, Log

HEARTBEAT: Final = 300.0
"""Seconds without news after which a line says that the run goes on."""

PATIENCE: Final = 600.0
"""Seconds for which Databricks may stay unreachable before the step gives up waiting. The run goes on."""

EASED: Final = 4.0
"""A workspace that says that it is asked too much is asked half as often from then on, and half of that; but
not less than every `FAR` seconds."""

LONGEST_PAUSE: Final = 300.0
"""A workspace that asks for a longer one is asked again all the same: the run may have ended."""

GOES_ON: Final = "the run itself goes on, and a restart of this build finds it again"
NOTICE: Final = f"this build may end before the run: {GOES_ON}"

_NAMES: Final = {
    **dict.fromkeys(QUEUED, "queued"),
    "PENDING": "cluster starting",
    "RUNNING": "running",
    "TERMINATING": "terminating",
}


@dataclass(frozen=True)
class Manner:
    """How to wait."""

    patience: float = PATIENCE
    """Seconds in a row that Databricks may give no answer."""
    expected: float = 0.0
    """Seconds for which the run is likely to be RUNNING, as a former one was; 0 when nobody knows."""
    notice: bool = False
    """Whether to say first that a build that ends early loses nothing."""
    tick: Callable[[Run, float], None] | None = None
    """Called with the run and the seconds since the start after every answer, to show progress."""
    chance: Callable[[], float] = random.random
    """A number from 0 to 1: builds that began together should not ask together."""


def wait_for_end(
    ask: Callable[[], Run], clock: Clock, log: Log, limit: float, manner: Manner | None = None
) -> Run:
    """The run as it ended.

    `ask` makes one attempt; `limit` is in seconds. Raises TimeLimitError when the run has not ended by then,
    UnreachableError when Databricks gives no answer for `patience` seconds in a row, GoneError when the run
    was deleted, and other errors as they come: with each, the run itself goes on.
    """
    wait = _Wait(clock, log, limit, manner or Manner())
    while True:
        run = wait.ask(ask)
        if run is not None and run.state.ended:
            return run
        wait.sleep()


@dataclass
class _Wait:
    clock: Clock
    log: Log
    limit: float
    manner: Manner
    phase: str = ""
    asked_pause: float = 0.0
    ease: float = 1.0
    silent_since: float | None = None
    start: float = field(init=False)
    phase_since: float = field(init=False)
    said: float = field(init=False)

    def __post_init__(self) -> None:
        self.start = self.phase_since = self.said = self.clock.monotonic()
        if self.manner.notice:
            self.log.info(NOTICE)

    def ask(self, ask: Callable[[], Run]) -> Run | None:
        """The run, or None while there is no answer."""
        try:
            run = ask()
        except UnreachableError as error:
            self._bear(error)
            return None
        except RefusedError as error:
            raise RefusedError(error.message, hint=f"{error.hint}; {GOES_ON}".removeprefix("; ")) from None
        self._tell(run)
        if self.manner.tick and not run.state.ended:
            self.manner.tick(run, self.clock.monotonic() - self.start)
        return run

    def sleep(self) -> None:
        """Until the next question, which is never later than the limit."""
        now = self.clock.monotonic()
        left = self.start + self.limit - now
        if left <= 0:
            raise TimeLimitError(f"the run has not ended within {spell_duration(self.limit)}")
        if now - self.said > HEARTBEAT:
            self._say(f"still {'no answer' if self.silent_since is not None else _name(self.phase)}")
        # By chance a little sooner or later, but never before the time that was asked for.
        chance = 0.4 * self.manner.chance()
        pause = self.asked_pause * (1 + chance) if self.asked_pause else self._gap(now) * (0.8 + chance)
        # The last question comes at the limit, not before it.
        self.clock.sleep(min(pause, left))

    def _gap(self, now: float) -> float:
        moment = Moment(self.phase, now - self.phase_since, now - self.start)
        gap = planned(moment, self.manner.expected)
        return min(gap * self.ease, max(gap, FAR))

    def _tell(self, run: Run) -> None:
        now, self.asked_pause = self.clock.monotonic(), 0.0
        if self.silent_since is not None:
            self._say(f"Databricks answers again, after {spell_duration(now - self.silent_since)}")
            self.silent_since = None
        phase = run.state.phase
        if phase in {self.phase, UNKNOWN} and not run.state.ended:
            return
        before = f"{_name(self.phase)} took {spell_duration(now - self.phase_since)}" if self.phase else ""
        self.phase, self.phase_since = phase, now
        self._say(_news(run, before))

    def _bear(self, error: UnreachableError) -> None:
        now = self.clock.monotonic()
        if self.silent_since is None:
            self.silent_since = now
            self.log.warning(f"{error.message}; asking again")
        elif now - self.silent_since > self.manner.patience:
            raise UnreachableError(
                f"{error.message}, for {spell_duration(now - self.silent_since)}", hint=GOES_ON
            ) from None
        self.asked_pause = min(pause_of(error), LONGEST_PAUSE)
        if self.asked_pause:
            self.ease = min(EASED, 2 * self.ease)

    def _say(self, text: str) -> None:
        self.said = self.clock.monotonic()
        self.log.info(f"{spell_duration(self.said - self.start):>10}  {text}")


def _name(phase: str) -> str:
    return _NAMES.get(phase, phase)


def _news(run: Run, before: str) -> str:
    state = run.state
    news = f"ended: {state.result}" if state.ended else _name(state.phase)
    news += f": {state.message}" if state.message else ""
    return f"{news} ({before})" if before else news
