"""Patterns with several wildcards, so written that no name takes Python's `re` forever.

Go's expressions take time that grows with the name; Python's try every way in which the wildcards can share
it. What stands between two wildcards may be taken where it comes first, and for good: the second one can have
what another place would have left to it. Atomic groups say so. (A line feed is what `.` cannot have: of names
with one, a pattern with two `**` may find a few less or more than Go's does.)
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from build_image.context.regexp import python_pattern

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

STAR: Final = "[^/]*"
ANY: Final = "[^/]"
FOLDERS: Final = "(.*/)?"
REST: Final = ".*"

MOST: Final = 3
"""Wildcards of an expression in which something between them could be a `/`, or is none of a pattern's."""

_CLASS = re.compile(r"\[(?:\w(?:-\w)?)+\]", re.ASCII)
_ODD = re.compile(r"[][|{}]|\\\w", re.ASCII)


def quick(parts: Sequence[str]) -> str:
    """The expression for `re.search` that the parts of Go's are together.

    Raises ValueError where Go would not compile it, or Python would not come to an end.
    """
    parts = [part for at, part in enumerate(parts) if not (at and part == parts[at - 1] == FOLDERS)]
    whole = "".join(parts)
    blocks = list(_split(parts, FOLDERS))
    plain = "".join(part for part in parts if part not in {STAR, FOLDERS, ANY})
    if _ODD.search(_CLASS.sub("", plain)) or not all(block and block[-1] == "/" for block in blocks[1:-1]):
        if sum(part in {STAR, FOLDERS} for part in parts) > MOST:
            raise ValueError(
                f"combines more than {MOST} wildcards with [^…], | or {{}}: write it more simply"
            )
        return python_pattern(f"^{whole}$")
    *inner, last = blocks
    groups = [f"(?>(?:.*?/)??{_block(block)})" for block in inner[1:]]
    first = _block(inner[0]) if inner else ""
    return f"^{first}{''.join(groups)}{'(?:.*/)?' if inner else ''}{_block(last, anchored=True)}\\Z"


def _block(parts: Sequence[str], *, anchored: bool = False) -> str:
    """What stands between two `**`; if it is `anchored`, the end of the name has to follow."""
    first, *others = [python_pattern("".join(segment)) for segment in _split(parts, STAR)]
    groups = [f"(?>[^/]*?{segment})" for segment in others]
    if anchored and others:
        groups[-1] = f"{STAR}{others[-1]}"
    return "".join((first, *groups))


def _split(parts: Sequence[str], separator: str) -> Iterator[list[str]]:
    """The parts between separators."""
    found: list[str] = []
    for part in parts:
        if part == separator:
            yield found
            found = []
        else:
            found.append(part)
    yield found
