"""A link between two things that must agree, and how it is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from drone_plugin import spell

LONGEST: Final = 100
"""Characters of a value that are shown."""


@dataclass(frozen=True)
class Link:
    """What one side says, and what the other does."""

    name: str
    here: str
    there: str
    intact: bool
    note: str = ""
    """Why it is broken, or what stands for a side that is gone."""

    @property
    def line(self) -> str:
        """The link in one line."""
        mark = "✔" if self.intact else "✘"
        note = f" ({_short(self.note)})" if self.note else ""
        return f"{mark} {self.name}: {_short(self.here)} ↔ {_short(self.there) or 'nothing'}{note}"

    @property
    def why(self) -> str:
        """What is wrong with it, in words."""
        values = f"{_short(self.here)} against {_short(self.there)}" if self.there else _short(self.here)
        return f"{_short(self.note, 400)} ({values})" if values else self.note


class BrokenLink(Exception):  # noqa: N818 - it ends a walk; the caller hears of a FindingsError
    """A link that does not hold."""

    def __init__(self, link: Link) -> None:
        """`link` is the broken one."""
        super().__init__(link.name)
        self.link = link


def held(name: str, here: str, there: str, note: str = "") -> Link:
    """A link that holds."""
    return Link(name, here, there, intact=True, note=note)


def broken(name: str, here: str, there: str, note: str) -> BrokenLink:
    """What to raise for a link that does not."""
    return BrokenLink(Link(name, here, there, intact=False, note=note))


def _short(text: str, longest: int = LONGEST) -> str:
    shown = spell(text)
    return shown if len(shown) <= longest else f"{shown[: longest - 1]}…"
