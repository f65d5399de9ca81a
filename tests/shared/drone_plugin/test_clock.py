"""Durations for people, and the machine's clock."""

import time

import pytest

from drone_plugin import SystemClock, spell_duration


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0.0 s"),
        (0.44, "0.4 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (10, "10 s"),
        (59.4, "59 s"),
        (59.6, "1 min 00 s"),
        (185, "3 min 05 s"),
        (3599.6, "1 h 00 min"),
        (7800, "2 h 10 min"),
        (90_000, "25 h 00 min"),
    ],
)
def test_a_duration_is_spelled_for_people(seconds: float, text: str) -> None:
    assert spell_duration(seconds) == text


def test_the_machines_clock_measures_what_it_waits() -> None:
    clock = SystemClock()
    start = clock.monotonic()

    clock.sleep(0.02)

    assert 0.02 <= clock.monotonic() - start < 5
    assert abs(clock.monotonic() - time.monotonic()) < 1
