"""Regular expressions of Go, as far as patterns of paths become them, in Python's spelling."""

from __future__ import annotations

import re

_REPETITION = re.compile(r"\{(\d{1,8})(?:,(\d{0,8}))?\}", re.ASCII)
_MOST_REPETITIONS = 1000
_CONTROL = {"a": "\a", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_SETS = frozenset("dDsSwW")
_POSIX = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "ascii": "\\x00-\\x7f",
    "blank": "\\t ",
    "cntrl": "\\x00-\\x1f\\x7f",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": "!-/:-@\\[-`{-~",
    "space": "\\t\\n\\v\\f\\r ",
    "upper": "A-Z",
    "word": "0-9A-Za-z_",
    "xdigit": "0-9A-Fa-f",
}
_OUTSIDE = {**{letter: f"\\{letter}" for letter in "dDsSwWbB"}, "A": "\\A", "z": "\\Z"}
# Python's \s is Go's and the vertical tab.
_SPACE = {"s": "[\\t\\n\\f\\r ]", "S": "[^\\t\\n\\f\\r ]"}
_SPACE_WITHIN = {"s": "\\t\\n\\f\\r ", "S": "\\x00-\\x08\\x0b\\x0e-\\x1f!-\U0010ffff"}


def python_pattern(go: str) -> str:
    """The same expression for `re.compile(..., re.ASCII)` and `fullmatch`.

    Raises ValueError, whose message follows the quoted pattern, where Go would not compile it.
    """
    parts: list[str] = []
    at = 0
    while at < len(go):
        char = go[at]
        if char == "\\":
            part, at = _escape(go, at + 1)
        elif char == "[":
            part, at = _class(go, at + 1)
        elif char == "{":
            part, at = _repetition(go, at)
        else:
            # Python's `$` matches before a final line feed as well; Go reads a lonely bracket as itself.
            part, at = {"$": r"\Z", "]": r"\]", "}": r"\}"}.get(char, char), at + 1
        parts.append(part)
    return "".join(parts)


def _repetition(go: str, at: int) -> tuple[str, int]:
    """A number of repetitions, or a brace that stands for itself, and the index behind it."""
    found = _REPETITION.match(go, at)
    if not found:
        return r"\{", at + 1
    low, high = int(found[1]), int(found[2] or found[1])
    if max(low, high) > _MOST_REPETITIONS or high < low:
        raise ValueError(f"has the repetition {found[0]}, which is none")
    return found[0], found.end()


def _escape(go: str, at: int) -> tuple[str, int]:
    """What stands for the escape whose character is at `at`, and the index behind it."""
    char = go[at : at + 1]
    if char in _SPACE:
        return _SPACE[char], at + 1
    if char in _OUTSIDE:
        return _OUTSIDE[char], at + 1
    return re.escape(_literal(char)), at + 1


def _literal(char: str) -> str:
    """The character that an escape stands for."""
    if char in _CONTROL:
        return _CONTROL[char]
    if not char:
        raise ValueError("ends in a backslash that escapes nothing")
    if not char.isascii() or char.isalnum():
        raise ValueError(f"has the escape \\{char}, which means nothing; write {char}")
    return char


def _class(go: str, at: int) -> tuple[str, int]:
    """The class whose content starts at `at`, and the index behind its `]`."""
    negated = go.startswith("^", at)
    at += negated
    members: list[str] = []
    while not members or not go.startswith("]", at):
        member, at = _members(go, at)
        members.append(member)
    return f"[{'^' * negated}{''.join(members)}]", at + 1


def _members(go: str, at: int) -> tuple[str, int]:
    """One character, range or named set of a class, and the index behind it."""
    named = re.compile(r"\[:(\^?)(\w+):\]").match(go, at)
    if named:
        if named[1] or named[2] not in _POSIX:
            raise ValueError(f"has the class {named[0]}, which is none")
        return _POSIX[named[2]], named.end()
    escaped = go[at + 1 : at + 2] if go.startswith("\\", at) else ""
    if escaped in _SPACE_WITHIN:
        return _SPACE_WITHIN[escaped], at + 2
    if escaped and escaped in _SETS:
        return f"\\{escaped}", at + 2
    low, at = _char(go, at)
    if not go.startswith("-", at) or go.startswith("]", at + 1) or at + 1 == len(go):
        return re.escape(low), at
    high, at = _char(go, at + 1)
    if high < low:
        raise ValueError(f"has the range {low}-{high}, which is upside down")
    return f"{re.escape(low)}-{re.escape(high)}", at


def _char(go: str, at: int) -> tuple[str, int]:
    if at >= len(go):
        raise ValueError("has a [ without its ]")
    if go[at] != "\\":
        return go[at], at + 1
    return _literal(go[at + 1 : at + 2]), at + 2
