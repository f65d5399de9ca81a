"""Whether taking the colours out of a text could bring out a secret, told without taking them out.

Most colours of a log begin or end beside a blank, which few secrets hold. To see that is much quicker than
to make the plain text and to search it a second time.
"""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

ESCAPE = r"\x1b"
COLOUR = rf"{ESCAPE}\[[0-9;]*+m"
"""The pattern of what sets a colour; no other escape sequence may pass."""

_RUN = rf"(?:{COLOUR})*+"
_FEW = rf"(?:{COLOUR}){{0,4}}+"
"""Of longer rows the end is not looked for: from each of a million in a row, that would take for ever."""
_BLANKS = rf"(?:[ \t]|{COLOUR})*+"
# More than the lines of the first pattern below, and many times quicker: most logs have few even of these.
_LIKE_BLANKS = r"[ \t\x1b\[;0-9m]*+"
_LIKE_BASE64 = re.compile(rf"\n{_LIKE_BLANKS}[\x1b\[;0-9A-Za-z+/_=-]*+{_LIKE_BLANKS}(?=[\r\n]|\Z)")
# As in `wrapped`, with colours anywhere: lines that hold nothing but base64.
_BASE64_LINES = tuple(
    re.compile(rf"{begin}{_BLANKS}(?:[A-Za-z0-9+/_-]++|{COLOUR})++(?:=|{COLOUR})*+{end}")
    for begin, end in (
        (r"\n", rf"{_BLANKS}(?=[\r\n]|\Z)"),
        (rf"\\{_RUN}n", r"(?=[\\\"'\s]|\Z)"),
    )
)


class Coloured:
    """Knows between which two characters a colour can stand so that it cuts one of the secrets."""

    def __init__(self, texts: Iterable[str]) -> None:
        """`texts` are the spellings to look for."""
        after: defaultdict[str, set[str]] = defaultdict(set)
        for text in texts:
            for one, next_one in pairwise(text):
                after[one].add(next_one)
        cuts = "|".join(
            rf"(?<={_one_of(before)}\x1b)\[[0-9;]*+m{_FEW}(?={_one_of(behind)}|\x1b)"
            for before, behind in _rows(after)
        )
        self._knows = bool(after)
        # Every branch begins with one literal: the search runs from one escape character to the next.
        self._suspect = re.compile(rf"\x1b(?:(?!\[[0-9;]*+m){f'|{cuts}' if cuts else ''})")

    def hold_nothing(self, text: str) -> bool:
        """Whether `text` has no escape sequence but colours, and none of them can cut a secret in two.

        False says nothing: the plain text has to be looked at then.
        """
        if self._suspect.search(text):
            return False
        shifted = f"\n{text}"
        maybe = self._knows and ("\\" in shifted or _LIKE_BASE64.search(shifted))
        return not (maybe and any(lines.search(shifted) for lines in _BASE64_LINES))


def _rows(after: dict[str, set[str]]) -> Iterable[tuple[Collection[str], Collection[str]]]:
    """Pairs of neighbours as (these, those): blanks exactly, as they stand at most colours; else roughly."""
    blanks = {one for pair in after.items() for one in (pair[0], *pair[1]) if one.isspace()}
    yield after.keys() - blanks, set().union(*after.values()) - blanks
    for blank in sorted(blanks):
        yield blank, after.get(blank, ())
        yield {one for one, behind in after.items() if blank in behind}, blank


def _one_of(characters: Collection[str]) -> str:
    """A class of them; without any, one that matches nothing."""
    return f"[{''.join(map(re.escape, sorted(characters)))}]" if characters else r"[^\s\S]"
