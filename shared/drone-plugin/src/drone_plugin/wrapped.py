"""Base64 broken into lines, as `base64`, MIME and PEM files have it: a secret may be cut anywhere."""

from __future__ import annotations

import re
import string
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PIECE = 8
"""So many characters of a secret's base64 are masked: 6 bytes, which no other text has by chance."""

WIDEST = 1024
"""Characters of the line before a break that are looked at; programs break at 60 to 76."""

_ALPHABET = f"{string.ascii_letters}{string.digits}+/_-"
# Beginning with a literal makes the search quick; each line is taken once, whatever stands there. The second
# is for lines within a JSON text or a Python one, where the break itself is written as an escape.
_LINES = (
    re.compile(r"\n[ \t]*+([A-Za-z0-9+/_-]++)={0,2}[ \t]*\r?(?=\n|\Z)"),
    re.compile(r"\\n[ \t]*+([A-Za-z0-9+/_-]++)={0,2}(?=[\\\"'\s]|\Z)"),
)
_BREAK = re.compile(r"[ \t]*(?:\\+r)?\\*\r?\Z")
_WORD = 4


class WrappedBase64:
    """Finds pieces of known base64 texts in lines that hold nothing but base64, and in the line before."""

    def __init__(self, texts: set[str]) -> None:
        self._all = "\n".join(sorted(text for text in texts if len(text) >= PIECE))
        self._places = {
            self._all[start : start + PIECE]: start for start in range(len(self._all) - PIECE + 1)
        }
        # A piece fills a 4-byte word whatever its alignment, so a run without any of these words has none.
        known = {
            memoryview(text[start : start + _WORD].encode()).cast("I")[0]
            for text in self._all.split("\n")
            for start in range(len(text) - _WORD + 1)
        }
        self._words = frozenset(known)

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where such pieces stand, as (start, end)."""
        found: set[tuple[int, int]] = set()
        if self._all:
            shifted = f"\n{text}"
            for lines in _LINES:
                for line in lines.finditer(shifted):
                    found.update(self._in_run(shifted, *line.span(1)))
                    found.update(self._in_run(shifted, *_run_before(shifted, line.start())))
        return [(start - 1, end - 1) for start, end in found]

    def _in_run(self, text: str, first: int, last: int) -> Iterator[tuple[int, int]]:
        run = text[first:last]
        if len(run) < PIECE or not self._may_hold(run):
            return
        start = 0
        while start + PIECE <= len(run):
            end = start + PIECE
            place = self._places.get(run[start:end])
            if place is None:
                start += 1
                continue
            while self._all[place + end - start : place + end - start + 1] == run[end : end + 1] != "":
                end += 1
            yield first + start, first + end
            start = end - PIECE + 1

    def _may_hold(self, run: str) -> bool:
        data = run.encode()
        words = memoryview(data)[: len(data) // _WORD * _WORD].cast("I")
        return not self._words.isdisjoint(words)


def _run_before(text: str, end: int) -> tuple[int, int]:
    """The base64 at the end of the line that ends at `end`, whatever stands before it on that line."""
    start = max(text.rfind("\n", 0, end) + 1, end - WIDEST)
    line = _BREAK.sub("", text[start:end], count=1).rstrip("=")
    return start + len(line.rstrip(_ALPHABET)), start + len(line)
