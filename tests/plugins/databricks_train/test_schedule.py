"""When a run is asked for: how soon its end is seen, and what that costs, with the real schedule."""

import random
import statistics
from collections import Counter
from collections.abc import Iterator

import pytest

from databricks_train.workspace.schedule import Moment, interval

HOUR = 3600.0
ANSWER = 0.1
"""Seconds that one answer takes."""


@pytest.mark.parametrize(
    ("phase", "in_phase", "since_start", "seconds"),
    [
        ("PENDING", 0, 0, 1),
        ("RUNNING", 0, 5, 2),
        ("PENDING", 20, 20, 4),
        ("QUEUED", 3600, 3600, 10),
        ("BLOCKED", 600, 600, 10),
        ("RUNNING", 0, 300, 2.5),
        ("RUNNING", 590, 1000, 2.5),
        ("RUNNING", 36000, 36000, 20),
        ("TERMINATING", 600, 36000, 1),
        ("HIBERNATING", 599, 36000, 2.5),
        ("", 599, 36000, 2.5),
    ],
)
def test_how_long_until_the_next_question(
    phase: str, in_phase: float, since_start: float, seconds: float
) -> None:
    assert interval(Moment(phase, in_phase, since_start)) == seconds


@pytest.mark.parametrize(
    ("in_phase", "seconds"),
    [(30, 2.5), (90, 30), (6400, 10), (7000, 2.5), (7400, 2.5), (8000, 10), (20000, 30)],
)
def test_a_run_is_asked_for_often_only_when_its_end_is_likely(in_phase: float, seconds: float) -> None:
    assert interval(Moment("RUNNING", in_phase, in_phase + 300), expected=7200) == seconds


def moments(starting: float, running: float, chance: random.Random, expected: float = 0.0) -> Iterator[float]:
    """When a run is asked for, and last when its end is known; in seconds since it was submitted."""
    end, now = starting + running, 0.0
    while now < end:
        yield now
        now += ANSWER
        phase, since = ("PENDING", 0.0) if now < starting else ("RUNNING", starting)
        now += interval(Moment(phase, now - since, now), expected) * (0.8 + 0.4 * chance.random())
    yield now


def seeded(seed: int) -> random.Random:
    """The same chance in every run of this test."""
    return random.Random(seed)  # noqa: S311 - a simulation


def simulate(
    starting: float, running: float, chance: random.Random, expected: float = 0.0
) -> tuple[int, float]:
    """The questions that a run costs, and the seconds from its end until that is known."""
    asked = list(moments(starting, running, chance, expected))
    return len(asked), asked[-1] + ANSWER - starting - running


def sdk_waiter(total: float, chance: random.Random) -> tuple[int, float]:
    """The same for `Wait.result` of databricks-sdk 0.156, which waits a second longer each time, up to ten."""
    now, asked = 0.0, 0
    while True:
        asked += 1
        now += ANSWER
        if now >= total:
            return asked, now - total
        now += min(asked, 10) + chance.random()


def medians(runs: list[tuple[int, float]]) -> tuple[float, float]:
    """Questions and lag of the run in the middle."""
    return statistics.median(asked for asked, _ in runs), statistics.median(lag for _, lag in runs)


@pytest.mark.parametrize("running", [60, 300, 560])
def test_the_end_of_a_run_of_up_to_ten_minutes_is_known_within_two_and_a_half_seconds(
    running: float,
) -> None:
    chance = seeded(1)
    runs = [simulate(240, running + 30 * chance.random(), chance) for _ in range(500)]
    assert medians(runs)[1] <= 2.5


def test_a_run_of_two_hours_costs_fewer_questions_than_the_waiter_of_the_sdk_asks() -> None:
    chance = seeded(2)
    length = [2 * HOUR + 30 * chance.random() for _ in range(200)]
    ours, _ = medians([simulate(300, seconds - 300, chance) for seconds in length])
    theirs, _ = medians([sdk_waiter(seconds, chance) for seconds in length])
    assert ours < theirs


def test_both_hold_for_a_run_of_two_hours_whose_end_can_be_foreseen() -> None:
    chance = seeded(3)
    length = [(2 * HOUR - 300) * (0.95 + 0.1 * chance.random()) for _ in range(500)]
    asked, lag = medians([simulate(300, seconds, chance, expected=2 * HOUR - 300) for seconds in length])
    theirs, _ = medians([sdk_waiter(seconds + 300, chance) for seconds in length])
    assert lag <= 2.5
    assert asked < theirs


def test_five_hundred_builds_at_once_ask_less_often_than_databricks_allows() -> None:
    """In no second more than 100 questions, for trainings of five minutes to four hours, one after another."""
    chance = seeded(4)
    window = range(int(HOUR), int(2 * HOUR))
    per_second = Counter[int]()
    for _ in range(500):
        start = -HOUR * chance.random()
        while start < window.stop:
            running = 300 * 48 ** chance.random()
            per_second.update(int(start + at) for at in moments(240, running, chance))
            start += 240 + running
    assert max(per_second[second] for second in window) < 100
