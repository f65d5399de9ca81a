"""`${name#pattern}`, `${name%pattern}` and `${name/pattern/text}`: the shell's patterns, without brackets."""

from __future__ import annotations

from typing import Final

LONGEST: Final = 256
"""Characters of a value, and of a pattern, that are compared: a name of an image has no more."""

_ANY = "any character"
_ANY_NUMBER = "any number of them"


def substituted(value: str, modifier: str, pattern: str, replacement: str, escape: str) -> str:
    """The value with what `#`, `##`, `%`, `%%`, `/` or `//` does to it.

    Raises ValueError where value or pattern are longer than `LONGEST`.
    """
    if max(len(value), len(pattern)) > LONGEST:
        raise ValueError(f"compares more than {LONGEST} characters with a pattern")
    tokens = _tokens(pattern, escape)
    match modifier:
        case "#" | "##":
            return value[_end(tokens, value, longest=modifier == "##") or 0 :]
        case "%" | "%%":
            end = _end(tokens[::-1], value[::-1], longest=modifier == "%%") or 0
            return value[: len(value) - end]
        case _:
            return _replaced(value, tokens, replacement, every=modifier == "//")


def _replaced(value: str, tokens: list[str], replacement: str, *, every: bool) -> str:
    found: list[str] = []
    at = 0
    while at < len(value):
        length = _end(tokens, value[at:], longest=True)
        if not length:
            found.append(value[at])
            at += 1
            continue
        found.append(replacement)
        at += length
        if not every:
            break
    return "".join((*found, value[at:]))


def _tokens(pattern: str, escape: str) -> list[str]:
    """The characters of a pattern, and its wildcards by name."""
    found: list[str] = []
    characters = iter(pattern)
    for char in characters:
        if char == escape:
            found.append(next(characters, char))
        else:
            found.append({"*": _ANY_NUMBER, "?": _ANY}.get(char, char))
    return found


def _end(tokens: list[str], value: str, *, longest: bool) -> int | None:
    """Where a match that begins with the value ends; None where none does.

    The ends that are possible after each token are the bits of a number.
    """
    everywhere = (1 << len(value) + 1) - 1
    ends = 1
    for token in tokens:
        if token is _ANY_NUMBER:
            ends = everywhere & -(ends & -ends)
        else:
            here = sum(1 << at for at, char in enumerate(value) if token is _ANY or char == token)
            ends = (ends & here) << 1
        if not ends:
            return None
    return (ends if longest else ends & -ends).bit_length() - 1
