"""The text of an item as people see it: lines, in a notebook those of each cell."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from secret_scan.engine.text import text_of
from secret_scan.notebooks import cells

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGEST: Final = 16 * 2**20
"""Bytes of a file that are looked at for comments: what is larger has none that count."""


def blocks(path: str, content: bytes) -> dict[str, list[str]]:
    """The lines of the whole, named "", and of each cell of a notebook, named as findings name it."""
    text = text_of(content[:LARGEST])
    lines = {"": text.split("\n")}
    if path.lower().endswith(".ipynb"):
        with suppress(ValueError):
            for name, first, part in _cells(text):
                cell = lines.setdefault(name, [])
                cell += [""] * (first - 1 - len(cell))
                cell[first - 1 :] = part
    return lines


def _cells(text: str) -> Iterator[tuple[str, int, list[str]]]:
    for cell in cells(text):
        yield cell.name, cell.first_line, cell.text.split("\n")
