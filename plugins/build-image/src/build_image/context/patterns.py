"""One pattern of an ignore file, as moby/patternmatcher reads it.

The builder turns a pattern into a regular expression of Go's, character by character, and so do we: what it
makes of `[*]`, of `[^/]` or of a `^` in the middle is nobody's intention, and is the dialect.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias

from build_image.context.wildcards import ANY, FOLDERS, REST, STAR, quick

Match: TypeAlias = Callable[[str], bool]

_ESCAPED = frozenset(".+()$")
"""What has no meaning in a pattern. The builder means `|`, `{` and `}`, too, and misses them: its table of
characters has 8 bits where these are the 15th."""

_UNDECODABLE = re.compile("[\udc80-\udcff]")


class PatternError(ValueError):
    """A pattern that the builder refuses, too; the message says what is wrong with it."""


def compiled(pattern: str) -> Match:
    """Whether a path, relative to the context, is what the cleaned `pattern` names, whatever its parents are.

    Raises PatternError where the builder would refuse the pattern.
    """
    _check_syntax(pattern)
    parts, kind = _expression(pattern)
    if kind == "exact":
        return pattern.__eq__
    if kind == "prefix":
        prefix = pattern[:-2]
        return lambda path: path.startswith(prefix)
    if kind == "suffix":
        return _ends_with(pattern[2:])
    return _matches(parts)


def _expression(pattern: str) -> tuple[list[str], str]:
    """The parts of the pattern's regular expression in Go, and the way in which it is compared."""
    parts: list[str] = []
    kind = "exact"
    at, end = 0, len(pattern)
    while at < end:
        first, char = at == 0, pattern[at]
        at += 1
        if char == "*" and pattern.startswith("*", at):
            at += 2 if pattern.startswith("*/", at) else 1
            last = at >= end
            if last and kind == "exact":
                kind = "prefix"
            else:
                parts.append(REST if last else FOLDERS)
                kind = "regexp"
            if first:
                kind = "suffix"  # of which there is nothing left to compare where the pattern is `**`
        elif char == "\\" and at < end:
            parts.append(f"\\{pattern[at]}")
            at += 1
            kind = "regexp"
        else:
            parts.append({"*": STAR, "?": ANY}.get(char) or (f"\\{char}" if char in _ESCAPED else char))
            kind = "regexp" if char in "*?[]" else kind
    return parts, kind


def _ends_with(suffix: str) -> Match:
    """What follows a leading `**`; `**/foo` also names `foo` itself."""
    whole = suffix[1:] if suffix.startswith("/") else None
    return lambda path: path.endswith(suffix) or path == whole


def _matches(parts: list[str]) -> Match:
    # Go sees one U+FFFD for each byte that is no UTF-8, whichever it is.
    try:
        match = re.compile(quick([_UNDECODABLE.sub("\ufffd", part) for part in parts]), re.ASCII).search
    except ValueError as error:
        raise PatternError(str(error)) from None
    except (re.error, RecursionError, OverflowError) as error:
        raise PatternError(f"cannot be understood: {error}") from None
    return lambda path: match(path if path.isascii() else _UNDECODABLE.sub("\ufffd", path)) is not None


def _check_syntax(pattern: str) -> None:
    """What Go's `filepath.Match` finds wrong with a pattern, which the builder asks before anything else.

    It looks no further than to the first `*` that others came before.
    """
    at, end = len(pattern) - len(pattern.lstrip("*")), len(pattern)
    while at < end and (char := pattern[at]) != "*":
        at += 1
        if char == "\\":
            if at == end:
                raise PatternError("ends in a backslash that escapes nothing")
            at += 1
        elif char == "[":
            at = _end_of_class(pattern, at)


def _end_of_class(pattern: str, at: int) -> int:
    """The index behind the `]` of the class whose content starts at `at`."""
    at += pattern.startswith("^", at)
    first = True
    while first or not pattern.startswith("]", at):
        low, at = _member(pattern, at)
        if pattern.startswith("-", at):
            high, at = _member(pattern, at + 1)
            if high < low:
                raise PatternError(f"has the range {low}-{high}, which is upside down")
        first = False
    return at + 1


def _member(pattern: str, at: int) -> tuple[str, int]:
    """The character of a class at `at`, and the index behind it."""
    if pattern.startswith("\\", at):
        at += 1
        if at == len(pattern):
            raise PatternError("ends in a backslash that escapes nothing")
    elif pattern.startswith(("-", "]"), at):
        raise PatternError(f"has a {pattern[at]} in brackets where a character must be; escape it with \\")
    if at == len(pattern):
        raise PatternError("has a [ without its ]")
    if _UNDECODABLE.match(pattern[at]):
        raise PatternError("has bytes that are no UTF-8 in brackets")
    return pattern[at], at + 1
