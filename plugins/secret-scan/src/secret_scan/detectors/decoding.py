"""What is written in another way: base64, hex, percent and backslash escapes, UTF-16.

A detector of an encoding finds nothing itself: it decodes, and the other detectors look at what that gives.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

from secret_scan.base64_text import text_in_base64
from secret_scan.detectors.base import Detector, Form, Line, Match
from secret_scan.detectors.settle import find_in_line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

LONGEST = 16_384
"""Characters that are decoded of one word: a secret is short, and an image is not looked at to its end."""


def text_of_escapes(word: str) -> str:
    r"""A word without its `\u0041`, `\x41` and `%41`."""
    plain = _ESCAPE.sub(lambda found: chr(int(found[1] or found[2], 16)), word)
    return unquote(plain, errors="replace")


_ESCAPE = re.compile(r"\\{1,2}(?:u00([0-7][0-9A-Fa-f])|x([0-7][0-9A-Fa-f]))")


@dataclass(frozen=True)
class _Inside:
    """Looks into a word with other detectors."""

    how: str
    decode: Callable[[str], str]
    inner: tuple[Detector, ...]
    joined: bool = False
    """Whether what stands before the word goes on in it, as it does in one with escapes."""

    def __call__(self, line: Line, found: re.Match[str]) -> Match | None:
        """The first secret in it. Its value is the word: only that can be masked in the line."""
        text = self.decode(found[0][:LONGEST])
        if not text or text == found[0]:
            return None
        head = line.text[max(0, found.start() - _BEFORE) : found.start()] if self.joined else ""
        rows = (head + text).splitlines()
        for number, row in enumerate(rows):
            if len(row) < SHORTEST:
                continue
            shown = Line(row, "", rows[number - 1] if number else "", rows[number + 1 :])
            for detector, match in find_in_line(shown, self.inner):
                if number or match.end > len(head):
                    return Match(found[0], *found.span(), f"{self.how}: {match.why}", by=detector)
        return None


_BEFORE = 100
SHORTEST = 12
"""Characters of a line with a secret in it, where it is encoded."""

_WORD = Form(
    "encoded",
    "Encoded Secret",
    r"[0-9A-Za-z+/_-]{24,}={0,2}",
    (),
    begin=r"(?<![0-9A-Za-z+/_-])",
    end="",
)
_ESCAPED = Form(
    "escaped",
    "Escaped Secret",
    r"[^\s\"'<>]{0,400}?(?:\\u00[2-7][0-9A-Fa-f]|\\x[2-7][0-9A-Fa-f]|%[2-7][0-9A-Fa-f])[^\s\"'<>]{0,4000}",
    ("\\u00", "\\x", "%2", "%3", "%4", "%5", "%6", "%7"),
    begin=r"(?<![^\s\"'<>])",
    end="",
)


def decoding_detectors(detectors: Sequence[Detector]) -> tuple[Detector, ...]:
    """The detectors that look into encodings, two deep: a Kubernetes secret may hold a login in base64.

    What only looks drawn by chance is looked for in the line alone: decoded, nearly everything does.
    """
    inner = tuple(each for each in detectors if not each.chance)
    return _both((*inner, *_both(inner)))


def _both(inner: tuple[Detector, ...]) -> tuple[Detector, ...]:
    return (
        Detector(_WORD, _Inside("in base64 or hex", text_in_base64, inner)),
        Detector(_ESCAPED, _Inside("behind escapes", text_of_escapes, inner, joined=True)),
    )
