"""What may reach a log: no secret, and nothing that steers a terminal."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from drone_plugin.coloured import COLOUR, ESCAPE

if TYPE_CHECKING:
    from drone_plugin.redact import Redactor

# What moves a cursor, sets a title or, as ESC ]1338; does, forges a Drone card. Colours may pass; no other
# escape character is left. One class of characters begins it and no colour matches it, which is ten times as
# quick as a choice of sequences, one of them a colour that is put back.
_CONTROL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f]"
    rf"(?!(?<=\x1b){COLOUR.removeprefix(ESCAPE)})"
    r"(?:(?<=\x1b)(?:\][^\x07\x1b\n]*(?:\x07|\x1b\\)?|\[[0-?]*[ -/]*[@-~]))?"
)
_CONTROL_BYTES = bytes([*range(9), *range(11, 32), 127])
_CONTROL_CHARACTER = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_COLOUR = re.compile(COLOUR)


def clean(lines: str, redactor: Redactor) -> str:
    """Without secrets and without what steers a terminal.

    A secret may hold control characters, and control characters may stand inside of it where they are
    printed. Colours may stay, unless there is a secret that one of them cuts in two.
    """
    text = redactor(lines)
    controls = _controls(text)
    if not controls or (controls == text.count("\x1b") and redactor.surely_uncut(text)):
        return text
    plain = uncoloured(text)
    if _has_control(plain):
        text = redactor(_CONTROL.sub("", text))
        plain = uncoloured(text)
    if not redactor.hides(plain):
        return text
    return "\n".join(_without_cut_secrets(line, redactor) for line in text.split("\n"))


def uncoloured(text: str) -> str:
    """`text` without the sequences that set colours."""
    return _COLOUR.sub("", text)


def _without_cut_secrets(line: str, redactor: Redactor) -> str:
    plain = uncoloured(line)
    return redactor(plain) if redactor.hides(plain) else line


def _has_control(text: str) -> bool:
    """Whether there is more than plain text."""
    return _controls(text) != 0


def _controls(text: str) -> int:
    """How many control characters there are: for ASCII, much quicker than with a pattern."""
    if text.isascii():
        return len(text) - len(text.encode("ascii").translate(None, _CONTROL_BYTES))
    return sum(1 for _ in _CONTROL_CHARACTER.finditer(text))
