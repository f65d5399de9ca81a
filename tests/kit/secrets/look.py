"""What the detectors find in a text, line by line, without the engine."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import PurePosixPath

from secret_scan.detectors import LOOK_AHEAD, Line, all_detectors, find_in_line
from secret_scan.notebooks import cells

_DETECTORS = all_detectors()


@dataclass(frozen=True)
class Seen:
    """One secret."""

    rule: str
    value: str = field(repr=False)
    why: str
    line: int
    column: int


def look(text: str, path: str = "a.py") -> list[Seen]:
    """The secrets in a file of that name."""
    if PurePosixPath(path).suffix == ".ipynb":
        return [seen for cell in cells(text) for seen in look(cell.text, f"cell.py{cell.ending}")]
    rows = text.split("\n")
    return [
        Seen(detector.rule, match.value, match.why, number + 1, match.start + 1)
        for number, row in enumerate(rows)
        for detector, match in find_in_line(
            Line(row, path, rows[number - 1] if number else "", rows[number + 1 : number + 1 + LOOK_AHEAD]),
            _DETECTORS,
        )
    ]


def rules(text: str, path: str = "a.py") -> list[str]:
    """Their rules, in order."""
    return [seen.rule for seen in look(text, path)]
