"""Runs whose course is told beforehand, for tests of clients: no container, no thread, no sleeping."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from kit.databricks.book import RunBook
from kit.databricks.runs import CANCELED, FAILED, SUCCESS, TIMED_OUT, UPSTREAM_FAILED, Ending, Output, Run

ENDINGS = {ending.result: ending for ending in (SUCCESS, FAILED, CANCELED, TIMED_OUT)}


@dataclass(frozen=True)
class Phase:
    """A state that lasts for so many answers of runs/get, or, where given, for seconds of the clock."""

    state: str
    polls: int = 1
    seconds: float | None = None

    def over(self, polls: int, seconds: float) -> bool:
        """Whether it has been shown often or long enough."""
        return polls >= self.polls if self.seconds is None else seconds >= self.seconds


@dataclass(frozen=True)
class Outcome:
    """The course of one run. `ending` says more than `result` can, such as a cluster that does not start.

    With several tasks the outcome is that of the first; those that depend on a task share its fate.
    """

    states: Sequence[Phase | str] = ("PENDING", "RUNNING")
    result: str = "SUCCESS"
    error: str = ""
    trace: str = ""
    logs: str = ""
    logs_truncated: bool = False
    ending: Ending | None = None
    cancel_states: Sequence[Phase | str] = ("TERMINATING",)

    def last(self) -> Ending:
        """How the first task ends when nobody interferes."""
        return self.ending or ENDINGS.get(self.result) or Ending(self.result)


class _Course:
    """Where one run is in its script."""

    def __init__(self, outcome: Outcome, now: float) -> None:
        self.outcome = outcome
        self.ending = outcome.last()
        self._turn_to(outcome.states, now)

    def turn(self, ending: Ending, now: float) -> None:
        """Leave the script for the way that a stopped run goes, once."""
        if self.ending is not ending:
            self.ending = ending
            self._turn_to(self.outcome.cancel_states, now)

    def _turn_to(self, states: Sequence[Phase | str], now: float) -> None:
        self.phases = deque(Phase(state) if isinstance(state, str) else state for state in states)
        self.entered, self.polls = now, 0

    def move(self, now: float) -> None:
        """Drop the phases that are over."""
        while self.phases and self.phases[0].over(self.polls, now - self.entered):
            over = self.phases.popleft()
            self.entered += over.seconds or 0.0
            self.polls = 0
            if over.seconds is None:
                self.entered = now


class Script:
    """Drives runs through their outcomes whenever somebody asks for them."""

    def __init__(self, book: RunBook) -> None:
        self._book = book
        self._next: deque[Outcome] = deque()
        self._courses: dict[int, _Course] = {}

    def add(self, *outcomes: Outcome) -> None:
        """What becomes of the next runs to be submitted."""
        self._next.extend(outcomes)

    @property
    def has_next(self) -> bool:
        """Whether the next run has an outcome."""
        return bool(self._next)

    def knows(self, run: Run) -> bool:
        """Whether this run goes by a script."""
        return run.run_id in self._courses

    def start(self, run: Run) -> None:
        """Give a run its outcome: the next one, else plain success."""
        outcome = self._next.popleft() if self._next else Outcome()
        course = _Course(outcome, self._book.clock.now())
        self._courses[run.run_id] = course
        self._show(run, course)

    def look(self, run: Run) -> None:
        """What one runs/get sees: counts as a poll."""
        now = self._book.clock.now()
        course = self._courses[run.run_id]
        limit = run.submission.timeout_seconds
        if run.ending is None and limit and now - run.started >= limit and course.ending is not CANCELED:
            course.turn(TIMED_OUT, now)
        course.move(now)
        self._show(run, course)
        course.polls += 1

    def cancel(self, run: Run) -> None:
        """Stop a run: slowly, as a cluster does."""
        course = self._courses[run.run_id]
        course.turn(CANCELED, self._book.clock.now())
        self._show(run, course)

    def _show(self, run: Run, course: _Course) -> None:
        now = self._book.clock.now()
        for index, attempt in enumerate(run.attempts):
            if course.phases:
                attempt.enter(course.phases[0].state, course.entered)
            elif index == 0:
                told = course.outcome
                stopped = course.ending.by_user_or_timeout
                raised = ("", "") if stopped else (told.error, told.trace)
                attempt.end(course.ending, Output(told.logs, told.logs_truncated, *raised), now)
            else:
                spoiled = attempt.task.depends_on and not course.ending.good
                attempt.end(UPSTREAM_FAILED if spoiled else SUCCESS, Output(), now)
