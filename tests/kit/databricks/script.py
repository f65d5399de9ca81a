"""Runs whose course is told beforehand, for tests of clients: no container, no thread, no sleeping."""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from kit.databricks.book import RunBook
from kit.databricks.order import in_order, verdict
from kit.databricks.runs import CANCELED, FAILED, SUCCESS, TIMED_OUT, Ending, Output, Run, TaskRun

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

    The outcome is that of the run's first task. The others pass through the same states, each when those that
    it depends on have ended, and succeed. `tasks` says otherwise, by task key: one outcome per attempt, of
    which the last is for all that follow. With `vanishes` the run is deleted instead of ending.
    """

    states: Sequence[Phase | str] = ("PENDING", "RUNNING")
    result: str = "SUCCESS"
    error: str = ""
    trace: str = ""
    logs: str = ""
    logs_truncated: bool = False
    ending: Ending | None = None
    cancel_states: Sequence[Phase | str] = ("TERMINATING",)
    tasks: Mapping[str, Sequence["Outcome"]] = field(default_factory=dict)
    vanishes: bool = False

    def last(self) -> Ending:
        """How the task ends when nobody interferes."""
        return self.ending or ENDINGS.get(self.result) or Ending(self.result)

    def of(self, run: Run, attempt: TaskRun) -> "Outcome":
        """The outcome of one attempt at one task."""
        key = attempt.task.task_key
        if told := self.tasks.get(key):
            return told[min(attempt.attempt, len(told) - 1)]
        first = key == run.submission.tasks[0].task_key
        return self if first else Outcome(self.states, cancel_states=self.cancel_states)


class _Course:
    """Where one attempt is in its script."""

    def __init__(self, outcome: Outcome, now: float) -> None:
        self.outcome = outcome
        self.ending = outcome.last()
        self._turn_to(outcome.states, now)

    def stop(self, ending: Ending, now: float) -> None:
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
            self.polls = 0
            self.entered = now if over.seconds is None else self.entered + over.seconds

    def output(self) -> Output:
        """What its task leaves."""
        told = self.outcome
        raised = ("", "") if self.ending.by_user_or_timeout else (told.error, told.trace)
        return Output(told.logs, told.logs_truncated, *raised)


@dataclass
class _Play:
    """One run on its way through its outcome."""

    outcome: Outcome
    stopped: Ending | None = None
    courses: dict[int, _Course] = field(default_factory=dict)


class Script:
    """Drives runs through their outcomes whenever somebody asks for them."""

    def __init__(self, book: RunBook) -> None:
        self._book = book
        self._next: deque[Outcome] = deque()
        self._plays: dict[int, _Play] = {}

    def add(self, *outcomes: Outcome) -> None:
        """What becomes of the next runs to be submitted."""
        self._next.extend(outcomes)

    @property
    def has_next(self) -> bool:
        """Whether the next run has an outcome."""
        return bool(self._next)

    def knows(self, run: Run) -> bool:
        """Whether this run goes by a script."""
        return run.run_id in self._plays

    def start(self, run: Run) -> None:
        """Give a run its outcome: the next one, else plain success."""
        self._plays[run.run_id] = _Play(self._next.popleft() if self._next else Outcome())
        self._go_on(run, 0, moving=False)

    def resume(self, run: Run) -> None:
        """Go on with the attempts that a repair has added."""
        self._plays[run.run_id].stopped = None
        self._go_on(run, 0, moving=False)

    def look(self, run: Run) -> None:
        """What one runs/get sees: counts as a poll."""
        self._go_on(run, 1)

    def refresh(self, run: Run) -> None:
        """What runs/list sees: time has passed, and no phase that counts polls is any shorter."""
        self._go_on(run, 0)

    def stop(self, run: Run, ending: Ending) -> None:
        """Stop a run: slowly, as a cluster does."""
        self._stop(run, ending, self._book.clock.now())
        self._go_on(run, 0, moving=False)

    def _stop(self, run: Run, ending: Ending, now: float) -> None:
        play = self._plays[run.run_id]
        play.stopped = play.stopped or ending
        for attempt in run.latest:
            if attempt.ending is None and attempt.run_id in play.courses:
                play.courses[attempt.run_id].stop(play.stopped, now)

    def _go_on(self, run: Run, polls: int, *, moving: bool = True) -> None:
        now, limit = self._book.clock.now(), run.submission.timeout_seconds
        if run.ending is None and limit and now - run.resumed >= limit:
            self._stop(run, TIMED_OUT, run.resumed + limit)
        for attempt in in_order(run):
            if attempt.ending is None:
                self._advance(run, attempt, polls, moving=moving)

    def _advance(self, run: Run, attempt: TaskRun, polls: int, *, moving: bool) -> None:
        play, now = self._plays[run.run_id], self._book.clock.now()
        course = play.courses.get(attempt.run_id)
        if course is None:
            needed = {dependency.task_key for dependency in attempt.task.depends_on}
            ends = [one.ended for one in run.latest if one.task.task_key in needed]
            spoiled = play.stopped or (None if None in ends else verdict(run, attempt))
            if spoiled:
                attempt.end(spoiled, Output(), now)
            if spoiled or None in ends:
                return
            begun = max(end for end in (*ends, min(attempt.entered.values())) if end is not None)
            course = play.courses[attempt.run_id] = _Course(play.outcome.of(run, attempt), begun)
        if moving:
            course.move(now)
        if course.phases:
            attempt.enter(course.phases[0].state, course.entered)
            course.polls += polls
        elif moving:
            self._end(run, attempt, course)

    def _end(self, run: Run, attempt: TaskRun, course: _Course) -> None:
        if course.outcome.vanishes and not self._plays[run.run_id].stopped:
            self._book.forget(run.run_id)
            return
        attempt.end(course.ending, course.output(), course.entered)
        if attempt.may_retry and not self._plays[run.run_id].stopped:
            self._book.again(run, attempt)
