"""What may reach a log: no secret, and nothing that steers a terminal."""

from __future__ import annotations

import re
from bisect import bisect_left
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
    controls = _controls(lines)
    if not controls:
        return redactor(lines)
    if controls == lines.count("\x1b") and redactor.surely_uncut(lines):
        text = redactor(lines)
        if text is lines or redactor.surely_uncut(text):  # a mask may have broken a colour
            return text
    # Looked for before anything is masked: what is masked is no part of a longer secret any more.
    text = redactor(_without_cuts(lines, redactor))
    if _has_control(uncoloured(text)):
        text = redactor(_CONTROL.sub("", text))
    return text


def _without_cuts(lines: str, redactor: Redactor) -> str:
    """`lines`, of which those that hold a secret with control sequences in it are plain."""
    plain = uncoloured(_CONTROL.sub("", lines))
    spans = redactor.spans(plain)
    found = {plain[start:end] for start, end in spans}
    cut = {text for text in found if plain.count(text) != lines.count(text)}
    if not cut:
        return lines
    # No control sequence goes over an end of line: the lines are the same ones.
    ends = [found.start() for found in re.finditer(r"\n", plain)]
    touched = {
        number
        for start, end in spans
        if plain[start:end] in cut
        for number in range(bisect_left(ends, start), bisect_left(ends, end) + 1)
    }
    pairs = zip(lines.split("\n"), plain.split("\n"), strict=True)
    return "\n".join(bare if number in touched else line for number, (line, bare) in enumerate(pairs))


def uncoloured(text: str) -> str:
    """`text` without the sequences that set colours."""
    return _COLOUR.sub("", text)


def _has_control(text: str) -> bool:
    """Whether there is more than plain text."""
    return _controls(text) != 0


def _controls(text: str) -> int:
    """How many control characters there are: for ASCII, much quicker than with a pattern."""
    if text.isascii():
        return len(text) - len(text.encode("ascii").translate(None, _CONTROL_BYTES))
    return sum(1 for _ in _CONTROL_CHARACTER.finditer(text))
