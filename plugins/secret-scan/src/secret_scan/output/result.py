"""What a scan has come to, as a value that every output is made from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from secret_scan.output.groups import Secret, grouped, kinds

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from secret_scan.accepted.baseline import Baseline
    from secret_scan.accepted.judge import Judged
    from secret_scan.values import Finding

_UNITS = ("bytes", "kB", "MB", "GB")


@dataclass(frozen=True)
class Scanned:
    """How much was looked at."""

    words: str
    """The range, for people."""
    items: int
    size: int
    took: str
    notes: tuple[str, ...] = ()
    """Where another range was scanned than what was asked for, and why."""
    failures: tuple[str, ...] = ()
    """What could not be scanned, and why."""

    def __str__(self) -> str:
        """As `214 files and messages (3.1 MB) in 1.9 s`."""
        return f"{count(self.items, 'item')} ({spelled_size(self.size)}) in {self.took}"


@dataclass(frozen=True)
class Result:
    """The secrets by what is to be said of them."""

    scanned: Scanned
    new: tuple[Secret, ...]
    newly: tuple[Secret, ...]
    """Suppressed by the pull request that brings them."""
    known: tuple[Secret, ...]
    suppressed: tuple[Secret, ...]
    excluded: tuple[Secret, ...]
    judged: tuple[Judged, ...]
    baseline: Baseline | None
    """The one whose salt fingerprints are made with."""
    by_place: Mapping[tuple[str, ...], tuple[str, ...]]

    def values(self, secret: Secret) -> tuple[str, ...]:
        """The secrets of its line, and some of its file: they are masked in what is shown of the line."""
        path, line = _places(secret.finding)
        return (*self.by_place.get(line, ()), *self.by_place.get(path, ()))

    def all(self) -> Iterable[Secret]:
        """Every secret, the new ones first."""
        yield from (*self.new, *self.newly, *self.known, *self.suppressed, *self.excluded)

    def counts(self) -> str:
        """As `2 new (1 JWT, 1 npm Token), 3 known`."""
        parts = (
            ("new", self.new),
            ("newly suppressed", self.newly),
            ("known", self.known),
            ("suppressed", self.suppressed),
            ("excluded", self.excluded),
        )
        return ", ".join(_part(name, secrets) for name, secrets in parts if secrets or name == "new")


def result(judged: Sequence[Judged], scanned: Scanned, baseline: Baseline | None) -> Result:
    """The findings sorted and put together."""
    return Result(
        scanned,
        tuple(grouped(judged, ("new",))),
        tuple(grouped(judged, ("newly suppressed",))),
        tuple(grouped(judged, ("known",))),
        tuple(grouped(judged, ("suppressed",))),
        tuple(grouped(judged, ("excluded",))),
        tuple(judged),
        baseline,
        _by_place(judged),
    )


def _by_place(judged: Iterable[Judged]) -> dict[tuple[str, ...], tuple[str, ...]]:
    values: dict[tuple[str, ...], dict[str, None]] = {}
    for one in judged:
        for place in _places(one.finding):
            of = values.setdefault(place, {})
            if len(of) < _MOST_MASKED:
                of[one.finding.found.value] = None
    return {place: tuple(of) for place, of in values.items()}


def _places(finding: Finding) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The file of a finding, and its line in the version at hand."""
    item, found = finding.item, finding.found
    return (item.path,), (item.path, item.commit, item.blob, found.cell, str(found.line))


_MOST_MASKED = 100
"""More would stand in the way of a scan that finds thousands."""


def count(number: int, thing: str) -> str:
    """`1 secret`, `2 secrets`."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def spelled_size(size: int) -> str:
    """As `3.1 MB`."""
    value, unit = float(size), 0
    while value >= 1000 and unit < len(_UNITS) - 1:  # noqa: PLR2004 - decimal units
        value, unit = value / 1000, unit + 1
    return f"{value:.1f} {_UNITS[unit]}" if unit else count(size, "byte")


def _part(name: str, secrets: Sequence[Secret]) -> str:
    by_kind = ", ".join(f"{number} {kind}" for kind, number in kinds(secrets))
    return f"{len(secrets)} {name}" + (f" ({by_kind})" if by_kind else "")
