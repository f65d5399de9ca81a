"""Builds that wait by the plugin's own loop, in a time of their own."""

import itertools
import random

import pytest
from benchmarks.lag import HOUR
from benchmarks.load import ANSWER, Load, Training, mixed, questions, rush, steady


def seeded() -> random.Random:
    return random.Random(1)  # noqa: S311 - a simulation


@pytest.mark.parametrize(
    ("passed", "phase", "ended"),
    [
        (0, "QUEUED", False),
        (10, "PENDING", False),
        (35, "RUNNING", False),
        (99, "TERMINATING", False),
        (100, "TERMINATED", True),
        (1e6, "TERMINATED", True),
    ],
)
def test_a_training_goes_through_its_phases(passed: float, phase: str, ended: bool) -> None:  # noqa: FBT001 - a table
    state = Training(queued=10, pending=20, running=60, terminating=10).state(passed)
    assert (state.phase, state.ended) == (phase, ended)


def test_a_phase_of_no_length_is_not_seen() -> None:
    assert Training(queued=0, pending=20, running=60, terminating=0).state(0).phase == "PENDING"


def test_a_run_is_asked_for_from_its_start_until_its_end_is_known() -> None:
    training = Training(queued=0, pending=120, running=600, terminating=0)
    asked = questions(training, 1000.0, seeded())
    assert asked[0] == 1000.0
    assert asked[-2] < 1000 + training.whole <= asked[-1] < 1000 + training.whole + 6
    assert all(later - earlier > ANSWER for earlier, later in itertools.pairwise(asked))


def test_only_questions_of_the_hour_are_counted() -> None:
    load = Load("some")
    load.add([-0.5, 0.0, 0.9, 1.0, HOUR - 0.1, HOUR])
    assert (load.peak, load.per_second.total()) == (2, 4)
    assert load.mean == pytest.approx(4 / HOUR)
    assert str(load).endswith("never over 100")


def test_seconds_over_the_limit_are_told() -> None:
    load = Load("many")
    load.add([0.5] * 101)
    assert str(load).endswith("over 100 in 1 of 3600 seconds")


def test_trainings_are_of_many_lengths_and_half_of_them_are_known() -> None:
    chance = seeded()
    made = [mixed(chance) for _ in range(500)]
    assert max(one.running for one in made) > 10 * min(one.running for one in made)
    assert 200 < sum(one.expected > 0 for one in made) < 300


def test_builds_follow_one_another_for_the_whole_hour() -> None:
    load = steady(seeded(), builds=2)
    assert min(load.per_second) < 60
    assert max(load.per_second) > HOUR - 60


def test_builds_of_a_rush_begin_together() -> None:
    assert rush(seeded(), 1, builds=20).peak > 5
