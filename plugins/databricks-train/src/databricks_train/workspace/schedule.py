"""When to ask next for a run that is under way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

QUEUED: Final = frozenset({"QUEUED", "BLOCKED", "WAITING"})
PENDING: Final = QUEUED | {"PENDING"}

QUICK_START: Final = 10.0
"""Seconds in which a wrong specification fails."""

ATTENTIVE: Final = 600.0
"""Seconds of running after which an end that nobody can foresee is looked for less often.

A run of two hours then costs fewer questions than the SDK's waiter asks, which is one every 10.5 s; the 20 s
are a quarter of a percent of it.
"""
EARLY: Final = 60.0
"""The same where the end can be foreseen: code that fails, fails early."""

CLOSE: Final = 2.5
"""Seconds between two questions where the end may come."""
FAR: Final = 20.0
"""The same where it may, but need not for hours."""
IDLE: Final = 30.0
"""The same where it is not expected: a former run took much longer, or the end is long overdue."""


@dataclass(frozen=True)
class Moment:
    """Where a run is: its phase, and seconds in it and since the wait began."""

    phase: str
    in_phase: float
    since_start: float


def interval(moment: Moment, expected: float = 0.0) -> float:
    """Seconds until the next question.

    `expected` is how long the run is likely to be in RUNNING, in seconds; 0 when nobody knows. 500 builds
    with trainings of five minutes to four hours stay below Databricks' 100 questions a second for `runs/get`.
    """
    if moment.since_start < QUICK_START:
        return 1.0 + moment.since_start / 5
    if moment.phase in PENDING:
        return min(10.0, 3.0 + moment.in_phase / 20)
    if moment.phase == "TERMINATING":
        return 1.0
    if moment.in_phase < (EARLY if expected else ATTENTIVE):
        return CLOSE
    if not expected:
        return FAR
    return min(IDLE, max(CLOSE, abs(moment.in_phase - expected) / 80))
