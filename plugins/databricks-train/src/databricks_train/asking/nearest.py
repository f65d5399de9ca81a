"""What somebody who wrote an unknown name probably meant."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from drone_plugin import names

if TYPE_CHECKING:
    from collections.abc import Iterable

_LIKE = 0.72
"""How alike, of 1, a name has to be: `node_type` is `node_type_id`, and no typo of it."""


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that `name` is a typo, another case or a part of, or None."""
    lower = {other.lower(): other for other in sorted(known, reverse=True)}
    found = lower.get(name.lower()[:100]) and name.lower()[:100]
    found = found or names.nearest(name.lower()[:100], lower)
    found = found or next(iter(get_close_matches(name.lower()[:100], lower, 1, _LIKE)), None)
    return lower[found] if found else None


def did_you_mean(name: str, known: Iterable[str], form: str = "{}") -> str:
    """`; did you mean …?` for the end of a message, or nothing."""
    found = nearest(name, known)
    return f"; did you mean {form.format(found)}?" if found else ""
