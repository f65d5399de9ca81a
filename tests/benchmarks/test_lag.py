"""What is measured of waits, and how it is told."""

import itertools
import random

import pytest
from benchmarks.lag import (
    AGAIN,
    HOUR,
    LONGEST,
    MINUTE,
    SERVICES,
    SHORTEST,
    Measured,
    Planned,
    lines,
    plan,
    spread,
)
from benchmarks.scene import Course, Waited


def seeded() -> random.Random:
    return random.Random(1)  # noqa: S311 - a simulation


def test_each_service_is_trained_once_for_the_first_time_and_then_again() -> None:
    planned = list(plan(seeded()))
    assert len(planned) == SERVICES * (1 + AGAIN)
    services = [one.course.service for one in planned if one.first]
    assert len(set(services)) == len(services) == SERVICES


def test_runs_take_five_minutes_to_four_hours_and_differ_little_from_their_former_one() -> None:
    planned = list(plan(seeded(), services=200))
    assert all(0.9 * SHORTEST <= one.course.running <= 1.1 * LONGEST for one in planned)
    assert sum(one.course.running > HOUR for one in planned) > len(planned) / 4
    for before, after in itertools.pairwise(planned):
        if not after.first:
            assert 0.8 < after.course.running / before.course.running < 1.25


def test_the_table_tells_of_each_group_and_what_share_ours_is() -> None:
    planned = [
        Planned(Course(120, 10 * MINUTE), first=True),
        Planned(Course(120, 2 * HOUR), first=False),
        Planned(Course(120, 2 * HOUR), first=False),
    ]
    ours = [Waited(9, seen, 5) for seen in (1.0, 2.0, 2.0)]  # what counts of ours is when it was told
    told = list(lines(Measured(planned, {"ours": ours, "theirs": [Waited(5, 4, 9)] * 3}), 0.5))
    assert [line.strip() for line in told if "runs" in line] == [
        "all, 3 runs",
        "trained before, 2 runs",
        "first time, up to 10 min, 1 runs",
        "trained before, longer, 2 runs",
    ]
    assert told[1].split() == [
        "ours",
        "median",
        "2.50",
        "s",
        "(half",
        "of",
        "them",
        "2.00",
        "to",
        "2.50,",
        "at",
        "most",
        "2.50)",
    ]
    assert told[2].endswith("ours is 0.50 of it")


def test_a_single_value_has_no_quartiles() -> None:
    assert spread([1.5]) == "median  1.50 s"


@pytest.mark.parametrize("values", [[3.0, 1.0, 2.0], [1.0, 2.0, 3.0]])
def test_a_spread_does_not_depend_on_the_order(values: list[float]) -> None:
    assert spread(values) == "median  2.00 s  (half of them 1.50 to 2.50, at most 3.00)"
