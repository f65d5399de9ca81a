"""Two runs side by side: a candidate and the champion, or a run and its repetition."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from databricks_train.gate.judge import exact
from drone_plugin import spell
from drone_plugin.card import aligned
from drone_plugin.markdown_blocks import Table

if TYPE_CHECKING:
    from collections.abc import Mapping

Better = Literal["first", "second", "same", ""]

MOST_ROWS: Final = 40
"""Metrics that are shown."""

OF_THE_MACHINE: Final = "system/"
"""The start of the names under which MLflow logs what the machine was busy with."""


@dataclass(frozen=True)
class Row:
    """One metric of both."""

    metric: str
    first: float | None
    second: float | None
    better: Better = ""
    """Which of them is the better one; empty where nobody said whether higher is."""

    @property
    def difference(self) -> str:
        """The first less the second, with its sign; empty where one of them is missing."""
        if self.first is None or self.second is None:
            return ""
        change = self.first - self.second
        if math.isnan(change) or change == 0:
            return "0" if self.first == self.second else ""
        share = f" ({change / abs(self.second):+.1%})" if self.second and math.isfinite(self.second) else ""
        return f"{change:+.6g}{share}"


@dataclass(frozen=True)
class Comparison:
    """The metrics of two runs. `names` say whose they are: the first is the new one."""

    names: tuple[str, str]
    rows: tuple[Row, ...]
    left_out: int = 0

    @property
    def columns(self) -> tuple[str, ...]:
        """The header."""
        return ("metric", *map(spell, self.names), "difference", "better")

    @property
    def cells(self) -> list[tuple[str, ...]]:
        """The rows as text, for a card."""
        first, second = map(spell, self.names)
        words: dict[Better, str] = {"first": first, "second": second, "same": "same", "": ""}
        return [
            (spell(row.metric), exact(row.first), exact(row.second), row.difference, words[row.better])
            for row in self.rows
        ]

    def lines(self) -> list[str]:
        """The table in columns, for a log."""
        lines = [f"  {line}" for line in aligned([[name.upper() for name in self.columns], *self.cells])]
        return [*lines, f"  and {self.left_out} more"] if self.left_out else lines

    def table(self) -> Table:
        """The table for Markdown."""
        return Table(self.columns, self.cells)


def compare(
    first: Mapping[str, float],
    second: Mapping[str, float],
    *,
    names: tuple[str, str] = ("candidate", "champion"),
    higher_is_better: Mapping[str, bool] | None = None,
) -> Comparison:
    """Side by side, the metrics first of which it is known what is better; those of the machine left out."""
    known = higher_is_better or {}
    metrics = {name for name in (*first, *second) if not name.startswith(OF_THE_MACHINE)}
    ordered = sorted(metrics, key=lambda name: (name not in known, name))
    shown = ordered[:MOST_ROWS]
    rows = (
        Row(
            name,
            first.get(name),
            second.get(name),
            _better(first.get(name), second.get(name), known.get(name)),
        )
        for name in shown
    )
    return Comparison(names, tuple(rows), len(ordered) - len(shown))


def _better(first: float | None, second: float | None, higher: bool | None) -> Better:  # noqa: FBT001 - three values
    if first is None or second is None or higher is None or math.isnan(first) or math.isnan(second):
        return ""
    if first == second:
        return "same"
    return "first" if (first > second) is higher else "second"
