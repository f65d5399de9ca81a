"""Paragraphs, tables and the ends of logs as Markdown, as much as there is room for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

    from drone_plugin.markdown import Markdown, Value

LONGEST_LINE: Final = 2000
"""Characters of one line of preformatted text; more of it is cut."""
MORE: Final = "\n\n*The rest is in the log of the build.*"


@dataclass(frozen=True)
class Paragraph:
    """Values one after another, with blanks between."""

    parts: Sequence[Value]


@dataclass(frozen=True)
class Table:
    """Rows below a header."""

    header: Sequence[Value]
    rows: Sequence[Sequence[Value]]


@dataclass(frozen=True)
class Preformatted:
    """Lines as they are, like the end of a log."""

    text: str


Block: TypeAlias = Paragraph | Table | Preformatted


@dataclass(frozen=True)
class _Written:
    """A block in pieces: it may end after any of its items."""

    head: str
    items: Sequence[str]
    tail: str


def write_blocks(blocks: Sequence[Block], markdown: Markdown, room: int) -> str:
    """As much of the blocks as fits into `room` bytes, by whole rows and lines; `MORE` tells of the rest."""
    text = ""
    for block in blocks:
        written = _write(block, markdown)
        gap = "\n\n" if text else ""
        left = room - size(text + gap + written.head + written.tail + MORE)
        kept = _fitting(written.items, left)
        if kept:  # a table without rows would be a header that leads nowhere
            text += "".join([gap, written.head, *written.items[:kept], written.tail])
        if kept < len(written.items):
            return text + MORE
    return text


def size(text: str) -> int:
    """Bytes."""
    return len(text.encode())


def _fitting(items: Sequence[str], room: int) -> int:
    """How many of the items fit, from the first on."""
    for count, item in enumerate(items):
        room -= size(item)
        if room < 0:
            return count
    return len(items)


def _write(block: Block, markdown: Markdown) -> _Written:
    if isinstance(block, Paragraph):
        return _Written("", [" ".join(map(markdown.value, block.parts))], "")
    if isinstance(block, Table):
        rule = "|" + " --- |" * len(block.header)
        rows = [f"\n{_row(row, markdown)}" for row in block.rows]
        return _Written(f"{_row(block.header, markdown)}\n{rule}", rows, "")
    lines = [f"{line}\n" for line in markdown.preformatted(block.text, LONGEST_LINE)]
    return _Written("<pre>", lines, "</pre>")


def _row(cells: Sequence[Value], markdown: Markdown) -> str:
    return f"| {' | '.join(map(markdown.value, cells))} |"
