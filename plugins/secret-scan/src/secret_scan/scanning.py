"""A scan as the step, the hook and the audit run it: items in, findings out, nothing left out in silence."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from drone_plugin.scalars import printable
from secret_scan.engine import Engine, Unscannable
from secret_scan.values import Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from secret_scan.values import Item


@dataclass
class Outcome:
    """What a scan has come to."""

    findings: list[Finding] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    """What could not be scanned, and why."""
    items: int = 0
    size: int = 0
    """Bytes, as far as the items say."""


def scan(engine: Engine, items: Iterable[Item], progress: Callable[[int], None] = lambda _: None) -> Outcome:
    """Scan every item."""
    outcome = Outcome()
    for item, found in engine.scan_all(items):
        progress(outcome.items)
        if isinstance(found, Unscannable):
            outcome.failures.append(f"{printable(item.path)}: {found.reason}")
            continue
        outcome.items += 1
        outcome.size += item.size
        outcome.findings += [Finding(one, item) for one in found]
    outcome.findings.sort(key=_order)
    outcome.failures.sort()
    return outcome


def _order(finding: Finding) -> tuple[str, str, str, str, int, int, str]:
    """The engine answers in no order."""
    item, found = finding.item, finding.found
    return item.path, item.author_date, item.commit, found.cell, found.line, found.column, found.rule
