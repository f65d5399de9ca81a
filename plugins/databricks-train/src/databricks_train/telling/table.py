"""A table as a value: what log, card and report show of it is the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from drone_plugin import spell
from drone_plugin.card import aligned
from drone_plugin.markdown import Code
from drone_plugin.markdown_blocks import Table as Block

if TYPE_CHECKING:
    from drone_plugin.markdown import Value

WIDEST = 60
"""Characters of a cell; more of it is cut."""


@dataclass(frozen=True)
class Table:
    """Rows of texts below a header. Texts may be anybody's: they are spelled out where they are shown."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def lines(self) -> list[str]:
        """The table for a log, in columns."""
        head = tuple(column.upper() for column in self.columns)
        return aligned([f"  {cells[0]}", *cells[1:]] for cells in (head, *self._shown()) if cells)

    def block(self) -> Block:
        """The table for a report. What names things stands in the font of code."""
        rows: list[list[Value]] = [[Code(row[0]), *row[1:]] for row in self.rows if row]
        return Block(self.columns, rows)

    def _shown(self) -> list[tuple[str, ...]]:
        return [tuple(shown(cell) for cell in row) for row in self.rows]


def shown(text: str, longest: int = WIDEST) -> str:
    """A text of somebody else's on one line, and not too long."""
    cut = text if len(text) <= longest else f"{text[: longest - 1]}…"
    return spell(cut)


def number(value: float) -> str:
    """A metric or a parameter in six significant digits."""
    return f"{value:.6g}"
