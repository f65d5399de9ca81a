"""Entries of a baseline that are of nothing any more, told without a doubt or not at all."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from secret_scan.accepted.baseline import hashed, path_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from secret_scan.accepted.baseline import Baseline, Entry
    from secret_scan.values import Finding, Item


@dataclass
class Paths:
    """The paths that a scan has looked at, noted as it takes its items."""

    seen: set[str] = field(default_factory=set)

    def over(self, items: Iterable[Item]) -> Iterator[Item]:
        """The items."""
        for item in items:
            self.seen.add(path_of(item))
            yield item


def stale(
    baseline: Baseline, findings: Iterable[Finding], paths: Iterable[str], rules: Iterable[str]
) -> list[Entry]:
    """The entries whose path was scanned, by a detector of their rule, without their finding.

    One of a path that was left out, or of a rule that nobody looked for, says nothing of itself, and stays.
    """
    found = {hashed(salt, finding) for finding in findings for salt in baseline.salts}
    scanned, known = frozenset(paths), frozenset(rules)
    return [
        entry
        for entry in baseline.entries.values()
        if entry.hash not in found and entry.path in scanned and entry.rule in known
    ]


def pruned(baseline: Baseline, entries: Iterable[Entry]) -> Baseline:
    """The same without these."""
    gone = {entry.hash for entry in entries}
    return replace(baseline, entries={key: one for key, one in baseline.entries.items() if key not in gone})
