"""The gate: whether a run's metrics reach the thresholds, by the semantics of MLflow's `MetricThreshold`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from drone_plugin import FindingsError, spell
from drone_plugin.card import aligned

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from databricks_train.gate.settings import Threshold

COLUMNS: Final = ("metric", "candidate", "champion", "asked for", "")

LEAST: Final = 1e-10
"""What a candidate must be better by, relative to a champion of 0: MLflow's choice."""


@dataclass(frozen=True)
class Check:
    """One metric against one demand."""

    metric: str
    candidate: float | None
    champion: float | None
    demand: str
    """As one reads it: `≥ 0.9`, `≥ champion + 1%`."""
    passed: bool | None
    """None where there is no champion to compare with."""
    why: str = ""
    """Why a value that could not be compared did not pass."""

    @property
    def cells(self) -> tuple[str, ...]:
        """The row of a table with `COLUMNS`."""
        mark = {True: "✔", False: "✘", None: "no champion"}[self.passed]
        return (
            spell(self.metric),
            exact(self.candidate),
            exact(self.champion),
            self.demand,
            f"{mark} {self.why}".strip(),
        )

    @property
    def complaint(self) -> str:
        """What is wrong, in words."""
        return f"{spell(self.metric)} {self.why or f'is {exact(self.candidate)}'}, asked for {self.demand}"


@dataclass(frozen=True)
class Judged:
    """What the gate says."""

    checks: tuple[Check, ...]

    @property
    def failed(self) -> tuple[Check, ...]:
        """The checks that were not passed."""
        return tuple(check for check in self.checks if check.passed is False)

    @property
    def passed(self) -> bool:
        """Whether nothing stands against the model."""
        return not self.failed

    @property
    def rows(self) -> list[tuple[str, ...]]:
        """A table with `COLUMNS`."""
        return [check.cells for check in self.checks]

    def lines(self) -> list[str]:
        """The table in columns, for a log."""
        return [f"  {line}" for line in aligned([[name.upper() for name in COLUMNS], *self.rows])]

    def summary(self) -> str:
        """The outcome in one line."""
        asked, skipped = len(self.checks), sum(check.passed is None for check in self.checks)
        told = f", {skipped} not checked: no version is the champion yet" if skipped else ""
        return f"gate: {asked - len(self.failed) - skipped} of {asked} demands met{told}"

    def raise_if_failed(self) -> None:
        """Raise FindingsError naming each demand that was not met."""
        if self.failed:
            texts = [check.complaint for check in self.failed]
            raise FindingsError(
                f"the gate is not passed: {'; '.join(texts)}",
                hint="no alias has moved; the model version stays in the registry",
            )


def compares(thresholds: Mapping[str, Threshold]) -> bool:
    """Whether any demand is about the champion, which then has to be known: silence is no "there is none"."""
    return any(threshold.compares for threshold in thresholds.values())


def judge(
    thresholds: Mapping[str, Threshold],
    candidate: Mapping[str, float],
    champion: Mapping[str, float] | None,
) -> Judged:
    """Compare. `champion` are the metrics of the version that holds the alias, None where none does.

    A metric that is missing, or not a number, passes nothing: neither the candidate's nor the champion's.
    """
    checks: list[Check] = []
    for metric, threshold in thresholds.items():
        checks += _checks(metric, threshold, candidate.get(metric), champion)
    return Judged(tuple(checks))


def _checks(
    metric: str, threshold: Threshold, value: float | None, champion: Mapping[str, float] | None
) -> Iterator[Check]:
    base = None if champion is None else champion.get(metric)
    lacks = _lack(value)

    def check(demand: str, passed: bool | None, why: str = "") -> Check:  # noqa: FBT001 - a result
        return Check(metric, value, base, demand, False if lacks else passed, lacks or why)

    if threshold.min is not None:
        yield check(f"≥ {exact(threshold.min)}", value is not None and value >= threshold.min)
    if threshold.max is not None:
        yield check(f"≤ {exact(threshold.max)}", value is not None and value <= threshold.max)
    for change, relative in ((threshold.min_change, False), (threshold.min_relative_change, True)):
        if change is None:
            continue
        demand = _demand(change, up=threshold.direction is True, relative=relative)
        if champion is None:
            yield check(demand, None)
        elif lack := _lack(base):
            yield check(demand, passed=False, why=f"in the champion {lack}")
        elif value is not None and base is not None:
            yield check(demand, _better(value, base, change, threshold, relative=relative))
        else:
            yield check(demand, passed=False)


def _better(value: float, base: float, change: float, threshold: Threshold, *, relative: bool) -> bool:
    """As MLflow's `_validate` compares, which rounds differently for the two kinds of change."""
    up = threshold.direction is True
    if relative and base != 0:
        gain = (value - base) / abs(base) if up else (base - value) / abs(base)
        return gain >= change
    least = LEAST if relative else change
    return value >= base + least if up else value <= base - least


def _demand(change: float, *, up: bool, relative: bool) -> str:
    sign, step = ("≥", "+") if up else ("≤", "-")
    size = f"{change * 100:.6g}%" if relative else exact(change)
    return f"{sign} champion {step} {size}" if change else f"{sign} champion"


def _lack(value: float | None) -> str:
    if value is None:
        return "is missing"
    return "is not a number" if math.isnan(value) else ""


def exact(value: float | None) -> str:
    """A number so short that it is still the same: a table must not show 0.9 for what is less."""
    if value is None:
        return "-"
    short = f"{value:.6g}"
    return short if float(short) == value or math.isnan(value) else repr(value)
