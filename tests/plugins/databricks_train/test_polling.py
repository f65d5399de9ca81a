"""Waiting for a run, in a time that passes only when somebody sleeps."""

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pytest

from databricks_train.polling import HEARTBEAT, PATIENCE, interval, wait_for_end
from databricks_train.run_state import Run, State
from drone_plugin import Log, PluginError, Redactor, RefusedError, TimeLimitError, UnreachableError
from drone_plugin.log import LineStream
from kit.databricks.values import ManualClock

from .conftest import SteppedClock

DOWN = UnreachableError("https://workspace.example cannot be asked for run 1: it is down")
HOUR = 3600.0

Answer = Run | PluginError


def run(phase: str, result: str = "", message: str = "") -> Run:
    """A run in a phase; with a result, at its end."""
    return Run("", State(phase, bool(result), result, message), ())


DONE = run("TERMINATED", "SUCCESS")


@dataclass
class Waiting:
    """One wait: the answers that it gets, the times at which it asked, and what it printed."""

    answers: Iterator[Answer]
    clock: SteppedClock
    asked: list[float]
    printed: io.BytesIO

    def ask(self) -> Run:
        """The next answer; each takes a second."""
        self.asked.append(self.clock.monotonic())
        self.clock.time.sleep(1)
        answer = next(self.answers)
        if isinstance(answer, PluginError):
            raise answer
        return answer

    def wait(self, limit: float = HOUR) -> Run:
        """Wait for the end of the run."""
        log = Log(LineStream(self.printed, Redactor(), self.clock), self.clock, colour=False)
        return wait_for_end(self.ask, self.clock, log, limit)

    @property
    def lines(self) -> list[str]:
        """What was printed, without the indentation."""
        return [line.strip() for line in self.printed.getvalue().decode().splitlines()]


def waiting(answers: Iterable[Answer]) -> Waiting:
    """A wait that gets these answers."""
    return Waiting(iter(answers), SteppedClock(ManualClock(0)), [], io.BytesIO())


def forever(answer: Answer) -> Iterator[Answer]:
    """The same answer, always."""
    while True:
        yield answer


def test_each_phase_is_told_once_and_the_end_with_its_result() -> None:
    wait = waiting([run("PENDING"), run("PENDING"), run("RUNNING"), run("RUNNING"), DONE])
    assert wait.wait() == DONE
    assert [line.split("  ")[-1] for line in wait.lines] == ["PENDING", "RUNNING", "TERMINATED (SUCCESS)"]


def test_the_message_of_databricks_is_told_with_its_phase() -> None:
    wait = waiting([run("QUEUED", message="the limit of runs is reached"), DONE])
    wait.wait()
    assert wait.lines[0].endswith("QUEUED: the limit of runs is reached")


def test_an_end_that_is_there_at_once_costs_no_sleep() -> None:
    wait = waiting([DONE])
    wait.wait()
    assert wait.clock.monotonic() == 1


def test_a_line_says_every_five_minutes_that_the_run_goes_on() -> None:
    answers = iter([run("RUNNING")] * 400 + [DONE])
    wait = waiting(answers)
    wait.wait(10 * HOUR)
    still = [line for line in wait.lines if line.endswith("still RUNNING")]
    assert len(still) == int(wait.clock.monotonic() / (HEARTBEAT + 5))
    assert len(wait.lines) == len(still) + 2


def test_no_news_from_a_server_that_is_down_is_told_as_such() -> None:
    wait = waiting([run("RUNNING"), *[DOWN] * 120, DONE])
    wait.wait()
    assert any(line.endswith("still no answer") for line in wait.lines)


def test_after_the_limit_the_wait_is_over() -> None:
    wait = waiting(forever(run("RUNNING")))
    with pytest.raises(TimeLimitError, match="has not ended within 1 h 00 min"):
        wait.wait(HOUR)
    assert HOUR < wait.clock.monotonic() < HOUR + 10


def test_the_limit_holds_for_a_server_that_is_down_too() -> None:
    with pytest.raises(TimeLimitError):
        waiting(forever(DOWN)).wait(60)


def test_a_run_that_ends_after_the_limit_but_before_the_question_has_ended() -> None:
    wait = waiting([run("RUNNING"), DONE])
    wait.clock.on_sleep = lambda: wait.clock.time.sleep(HOUR)
    assert wait.wait(60) == DONE


def test_a_server_that_is_down_for_ten_minutes_ends_the_wait() -> None:
    wait = waiting(forever(DOWN))
    with pytest.raises(UnreachableError, match=r"it is down, for 10 min 0\d s"):
        wait.wait(10 * HOUR)
    assert PATIENCE < wait.clock.monotonic() < PATIENCE + 10
    assert len([line for line in wait.lines if line.endswith("asking again")]) == 1


def test_the_patience_begins_anew_with_every_answer() -> None:
    hiccups = ([DOWN] * 60 + [run("RUNNING")]) * 10
    wait = waiting([*hiccups, DONE])
    assert wait.wait(10 * HOUR) == DONE
    assert wait.clock.monotonic() > 2 * PATIENCE
    assert len([line for line in wait.lines if line.endswith("asking again")]) == 10


def test_what_will_not_mend_is_raised_at_once() -> None:
    wait = waiting([run("RUNNING"), RefusedError("the token is no good")])
    with pytest.raises(RefusedError):
        wait.wait()
    assert len(wait.asked) == 2


@pytest.mark.parametrize(
    ("phase", "in_phase", "since_start", "seconds"),
    [
        ("PENDING", 0, 0, 1),
        ("RUNNING", 0, 5, 2),
        ("PENDING", 20, 20, 3),
        ("QUEUED", 3600, 3600, 10),
        ("BLOCKED", 600, 600, 10),
        ("RUNNING", 0, 300, 2),
        ("RUNNING", 300, 600, 3),
        ("RUNNING", 36000, 36000, 5),
        ("TERMINATING", 600, 36000, 1),
        ("HIBERNATING", 36000, 36000, 5),
        ("", 36000, 36000, 5),
    ],
)
def test_how_long_until_the_next_question(
    phase: str, in_phase: float, since_start: float, seconds: float
) -> None:
    assert interval(phase, in_phase, since_start) == seconds


def test_five_hundred_builds_at_once_ask_less_often_than_databricks_allows() -> None:
    wait = waiting([*[run("RUNNING")] * 1000, DONE])
    wait.wait(10 * HOUR)
    assert 500 * len(wait.asked) / wait.clock.monotonic() < 100
