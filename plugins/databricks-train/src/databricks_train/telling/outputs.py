"""The end of what a task printed: of any size and with anything in it, it becomes a few harmless lines."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from drone_plugin.cleaning import clean, uncoloured

if TYPE_CHECKING:
    from drone_plugin import Redactor

MOST_LINES: Final = 150
"""Lines of a failed task's output that are shown; the whole is an artifact of the MLflow run."""
LONGEST_LINE: Final = 400
"""Characters of one of them."""
LOOKED_AT: Final = 512 * 1024
"""Characters at the end of an output that are looked at."""
MARGIN: Final = 64 * 1024
"""Characters before them in which a secret may begin."""

_ODD_ENDS = re.compile("[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
# What turns the direction of writing round: a line would not say what it seems to.
_TURNS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True)
class Tail:
    """The last lines of a text."""

    lines: tuple[str, ...]
    whole: bool
    """Whether these are all."""


def tail(text: str, redactor: Redactor, most: int = MOST_LINES, *, whole: bool = True) -> Tail:
    """The last `most` lines of `text`, without secrets and without what steers a terminal or colours it.

    `whole` says that nothing was cut off before: else the first line is only the end of one.
    Of a line that was written over, as progress bars do, what stood there last is left.
    """
    piece = text[-LOOKED_AT - MARGIN :]
    cleaned = uncoloured(clean(_drawn(piece), redactor))
    cut = len(text) > LOOKED_AT or not whole
    lines = cleaned[-LOOKED_AT:].rstrip().split("\n")
    if cut and len(lines) > 1:
        lines = lines[1:]  # its beginning is missing
    shown = lines[-most:]
    if shown == [""]:
        return Tail((), whole=True)
    return Tail(tuple(_shortened(line) for line in shown), whole=not cut and len(shown) == len(lines))


def _drawn(text: str) -> str:
    """Each line as a terminal would show it in the end."""
    lines = (line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))
    return _TURNS.sub("", _ODD_ENDS.sub(" ", "\n".join(lines)))


def _shortened(line: str) -> str:
    line = line.rstrip()
    if len(line) <= LONGEST_LINE:
        return line
    half = LONGEST_LINE // 2 - 2
    return f"{line[:half]} … {line[-half:]}"
