"""Waiting for a run, in a time that passes only when somebody sleeps."""

import io
import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pytest

from databricks_train.workspace.errors import GoneError, OutageError
from databricks_train.workspace.polling import HEARTBEAT, NOTICE, PATIENCE, Manner, wait_for_end
from databricks_train.workspace.run_state import Run, State
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
    manner: Manner

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
        return wait_for_end(self.ask, self.clock, log, limit, self.manner)

    @property
    def lines(self) -> list[str]:
        """What was printed, without the indentation."""
        return [line.strip() for line in self.printed.getvalue().decode().splitlines()]


def waiting(answers: Iterable[Answer], manner: Manner | None = None) -> Waiting:
    """A wait that gets these answers, without jitter unless asked for."""
    manner = manner or Manner(chance=lambda: 0.5)
    return Waiting(iter(answers), SteppedClock(ManualClock(0)), [], io.BytesIO(), manner)


def forever(answer: Answer) -> Iterator[Answer]:
    """The same answer, always."""
    while True:
        yield answer


def test_each_phase_is_told_once_and_the_end_with_its_result() -> None:
    wait = waiting([run("PENDING"), run("PENDING"), run("RUNNING"), run("RUNNING"), DONE])
    assert wait.wait() == DONE
    assert [line.split("  ")[-1] for line in wait.lines] == [
        "cluster starting",
        "running (cluster starting took 4.8 s)",
        "ended: SUCCESS (running took 7.0 s)",
    ]


def test_the_message_of_databricks_is_told_with_its_phase() -> None:
    wait = waiting([run("QUEUED", message="the limit of runs is reached"), DONE])
    wait.wait()
    assert wait.lines[0].endswith("queued: the limit of runs is reached")


def test_an_end_that_is_there_at_once_costs_no_sleep() -> None:
    wait = waiting([DONE])
    wait.wait()
    assert wait.clock.monotonic() == 1


def test_a_line_says_every_five_minutes_that_the_run_goes_on() -> None:
    answers = iter([run("RUNNING")] * 400 + [DONE])
    wait = waiting(answers)
    wait.wait(10 * HOUR)
    still = [line for line in wait.lines if line.endswith("still running")]
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
    assert HOUR <= wait.clock.monotonic() <= HOUR + 1, "a question takes a second, and the last is not late"


def test_the_limit_holds_for_a_server_that_is_down_too() -> None:
    with pytest.raises(TimeLimitError):
        waiting(forever(DOWN)).wait(60)


def test_a_run_that_ends_after_the_limit_but_before_the_question_has_ended() -> None:
    wait = waiting([run("RUNNING"), DONE])
    wait.clock.on_sleep = lambda: wait.clock.time.sleep(HOUR)
    assert wait.wait(60) == DONE


def test_a_server_that_is_down_for_ten_minutes_ends_the_wait() -> None:
    wait = waiting(forever(DOWN))
    with pytest.raises(UnreachableError, match=r"it is down, for 10 min [0-2]\d s"):
        wait.wait(10 * HOUR)
    assert PATIENCE < wait.clock.monotonic() < PATIENCE + 30
    assert len([line for line in wait.lines if line.endswith("asking again")]) == 1


def test_the_patience_begins_anew_with_every_answer() -> None:
    hiccups = ([DOWN] * 25 + [run("RUNNING")]) * 10
    wait = waiting([*hiccups, DONE])
    assert wait.wait(10 * HOUR) == DONE
    assert wait.clock.monotonic() > 2 * PATIENCE
    assert len([line for line in wait.lines if line.endswith("asking again")]) == 10


def test_what_will_not_mend_is_raised_at_once() -> None:
    wait = waiting([run("RUNNING"), RefusedError("the token is no good")])
    with pytest.raises(RefusedError):
        wait.wait()
    assert len(wait.asked) == 2


def test_a_refusal_in_the_middle_says_that_the_run_goes_on() -> None:
    wait = waiting([run("RUNNING"), RefusedError("the token has expired", hint="check token")])
    with pytest.raises(RefusedError) as refusal:
        wait.wait()
    assert (
        refusal.value.hint
        == "check token; the run itself goes on, and a restart of this build finds it again"
    )


def test_a_run_that_was_deleted_ends_the_wait() -> None:
    with pytest.raises(GoneError):
        waiting([run("RUNNING"), GoneError("no such run any more")]).wait()


def test_an_outage_is_told_once_and_so_is_its_end() -> None:
    wait = waiting([run("RUNNING"), *[DOWN] * 20, run("RUNNING"), DONE])
    wait.wait()
    assert len([line for line in wait.lines if "asking again" in line]) == 1
    (over,) = [line for line in wait.lines if "answers again" in line]
    assert re.search(r"answers again, after 1 min 0\d s$", over)


def test_a_server_that_wants_to_be_left_alone_is_left_alone() -> None:
    busy = OutageError("too many requests", pause=45)
    wait = waiting([run("RUNNING"), *[busy] * 10, DONE])
    wait.wait()
    gaps = [later - earlier for earlier, later in itertools.pairwise(wait.asked)]
    assert [round(gap) for gap in gaps[1:]] == [55] * 10, "45 s, a fifth more by chance, and the answer"


def test_no_pause_that_a_server_asks_for_is_longer_than_the_wait() -> None:
    wait = waiting([OutageError("too many requests", pause=86400), DONE])
    assert wait.wait(HOUR) == DONE
    assert wait.clock.monotonic() <= HOUR + 1


def test_each_answer_is_shown_to_who_tells_of_progress() -> None:
    seen: list[tuple[str, float]] = []
    manner = Manner(tick=lambda run, at: seen.append((run.state.phase, at)), chance=lambda: 0.5)
    waiting([run("PENDING"), DOWN, run("RUNNING"), DONE], manner).wait()
    assert [phase for phase, _ in seen] == ["PENDING", "RUNNING"]
    assert seen[0][1] == 1


def test_that_a_build_may_end_before_its_run_is_said_once() -> None:
    wait = waiting([run("RUNNING"), run("RUNNING"), DONE], Manner(notice=True))
    wait.wait()
    assert wait.lines[0] == NOTICE
    assert wait.lines.count(NOTICE) == 1


def test_builds_that_began_together_do_not_ask_together() -> None:
    answers = [*[run("RUNNING")] * 99, DONE]
    first, second = waiting(answers, Manner(chance=lambda: 0.0)), waiting(answers, Manner(chance=lambda: 1.0))
    first.wait()
    second.wait()
    assert first.asked[-1] < second.asked[-1] * 0.9
