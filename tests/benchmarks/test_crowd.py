"""Builds that take turns, before a workspace that refuses what is too much."""

import random
from threading import Thread

from benchmarks.crowd import Crowd, Turns, rush
from benchmarks.load import Training

TRAINING = Training(queued=0, pending=60, running=300, terminating=5)


def test_the_earliest_has_its_turn_whoever_came_first() -> None:
    turns, seen = Turns(), list[tuple[float, int]]()

    def act(number: int, step: float) -> None:
        for at in range(1, 4):
            turns.wait(at * step, number)
            seen.append((at * step, number))
        turns.done()

    turns.run([Thread(target=act, args=(0, 5.0)), Thread(target=act, args=(1, 2.0))])
    assert seen == sorted(seen)
    assert len(seen) == 6


def test_a_workspace_that_allows_enough_refuses_nothing() -> None:
    crowd = Crowd()
    crowd.run([(float(start), TRAINING) for start in range(20)])
    assert (crowd.refused, len(crowd.lags)) == (0, 20)


def test_builds_that_are_refused_ask_less_often_and_still_see_their_end() -> None:
    free, tight = Crowd(allowed=1000), Crowd(allowed=10)
    for crowd in (free, tight):
        crowd.run([(start / 10, TRAINING) for start in range(40)])
    assert tight.refused > 0
    assert tight.asked < free.asked
    assert len(tight.lags) == 40
    assert max(tight.lags) < 30


def test_a_rush_is_told_in_one_line() -> None:
    assert "of the questions refused" in str(rush(random.Random(1), 1, builds=3))  # noqa: S311 - a simulation
