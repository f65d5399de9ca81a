"""The lines of a text: split only when asked for, the endless ones cut into pieces."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secret_scan.engine.triggers import folded

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST = 1 << 16
"""Characters of a line that is looked at whole. Patterns take time that grows faster than the line."""

OVERLAP = 1 << 13
"""Characters that a piece of a longer line has in common with the next. No secret is longer than half."""


class Lines:
    """The lines of a text by their number, from 0, and the bytes to look for triggers in."""

    def __init__(self, text: str) -> None:
        self.long: dict[int, str] = {}
        """The lines that are longer than LONGEST, which are empty everywhere else."""
        if _has_long(text):
            rows = text.split("\n")
            self.long = {number: row for number, row in enumerate(rows) if len(row) > LONGEST}
            text = "\n".join("" if len(row) > LONGEST else row for row in rows)
        self._text = text
        self._split: list[str] | None = None
        self.data = folded(text).encode("utf-8", "surrogatepass")

    def __len__(self) -> int:
        return self.data.count(b"\n") + (not self.data.endswith(b"\n") and bool(self.data))

    def __getitem__(self, number: int) -> str:
        """One line; empty beyond the end."""
        rows = self._rows()
        return rows[number] if number < len(rows) else ""

    def after(self, number: int, count: int) -> tuple[str, ...]:
        """So many lines after that one."""
        return tuple(self._rows()[number + 1 : number + 1 + count])

    def _rows(self) -> list[str]:
        if self._split is None:
            self._split = self._text.split("\n")
        return self._split


def pieces(line: str) -> Iterator[tuple[int, str]]:
    """A long line in pieces that overlap, each with where it begins."""
    for start in range(0, max(len(line) - OVERLAP, 1), LONGEST - OVERLAP):
        yield start, line[start : start + LONGEST]


def _has_long(text: str) -> bool:
    place = 0
    while len(text) - place > LONGEST:
        end = text.rfind("\n", place, place + LONGEST + 1)
        if end < 0:
            return True
        place = end + 1
    return False
