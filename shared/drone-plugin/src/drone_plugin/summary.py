"""A card of facts and a table: what most plugins want to show at their end, as data and as text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from drone_plugin.card import Card, aligned

if TYPE_CHECKING:
    from collections.abc import Sequence

    from drone_plugin.masking import Json

Outcome: TypeAlias = Literal["good", "warning", "attention", "default"]
"""How it went, in the words of Adaptive Cards' colours: green, yellow, red, none."""

MOST_ROWS = 20
"""Rows of the table that a card shows; a log shows all."""

LONGEST = 160
"""Characters of a value on a card: with all rows this long, it stays below what Drone takes."""

_ADDRESS = re.compile(r"https?://\S+")


@dataclass(frozen=True)
class Summary:
    """Facts as (name, value) and rows below `columns`. A value that is an address is a link on the card."""

    title: str
    outcome: Outcome = "default"
    facts: Sequence[tuple[str, str]] = ()
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()

    def card(self, template_url: str, *, said: bool = False) -> Card:
        """The card, for the template `docs/cards/summary.json` or one that takes the same data.

        `said` means that the log holds all of it anyway: then there is no text in place of the card.
        """
        return Card(template_url, self.data(), () if said else tuple(self.text()))

    def data(self) -> dict[str, Json]:
        """What the template is filled with."""
        more = len(self.rows) - MOST_ROWS
        return {
            "title": _short(self.title),
            "color": self.outcome,
            "facts": [{"name": _short(name), **_cell(value)} for name, value in self.facts if value],
            "columns": [{"text": _short(name)} for name in self.columns],
            "rows": [{"cells": [_cell(cell) for cell in row]} for row in self.rows[:MOST_ROWS]],
            "more": f"and {more} more" if more > 0 else "",
        }

    def text(self) -> list[str]:
        """The same as aligned lines."""
        facts = aligned([f"  {name}", value] for name, value in self.facts if value)
        heads = [[f"  {name.upper()}" if not at else name.upper() for at, name in enumerate(self.columns)]]
        rows = [[f"  {cell}" if not at else cell for at, cell in enumerate(row)] for row in self.rows]
        table = aligned([*(heads if self.columns else []), *rows])
        return [self.title, *facts, *([""] if facts and table else []), *table]


def _cell(value: str) -> dict[str, Json]:
    """A text, with an address where it is one: the template makes a link of it."""
    return {"text": _short(value), "url": value if _ADDRESS.fullmatch(value) else ""}


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
