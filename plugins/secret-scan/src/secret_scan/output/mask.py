"""A line of a file without the secrets in it: of each, at most the first four characters."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Span: TypeAlias = tuple[int, int]

MASK: Final = "******"
"""Always as long: how long a password is tells something, too."""
MOST_SHOWN: Final = 4
_BEFORE, _AFTER = 60, 40
"""Characters of the line that are shown on either side of the secret."""
_AROUND = 2000
"""Characters on either side that are looked at: a line may have millions."""
_SHORTEST_PART = 8
"""Characters of one line of a secret of several: a shorter one could stand anywhere by chance."""

_MORE_OF_IT = re.compile(r"[\w+/=-]*")
_LESS_OF_IT = re.compile(r"[A-Za-z0-9]*\Z")
# What nothing has found, and may be a secret all the same: long and mixed, a login in an address, or what is
# named like one.
_MAY_BE = re.compile(r"(?<![\w+=-])(?=[\w+=-]*[A-Za-z])(?=[\w+=-]*[0-9])[\w+=-]{20,}|(?<=://)[^/@\s]+(?=@)")
_NAMED = re.compile(
    r"""((?:passw|pwd|secret|token|api_?key|credential)\w{0,30}["']?\s?[:=]{1,3}\s?["']?)[^\s"',;)]+""",
    re.IGNORECASE,
)


def masked(value: str) -> str:
    """A secret by its first characters: a quarter of it, and never more than four."""
    return value[: min(MOST_SHOWN, len(value) // 4)] + MASK


def visible(text: str) -> str:
    """`text` on one line, with escapes for what would not show, or would steer a terminal."""
    return "".join(char if char.isprintable() else json.dumps(char)[1:-1] for char in text)


def without(text: str, values: Iterable[str]) -> str:
    """`text` with each of the values masked: a path, or a name, that holds a secret."""
    for value in sorted(filter(None, values), key=len, reverse=True):
        text = text.replace(value, masked(value))
    return text


def masked_line(text: str, value: str, column: int = 1, others: Iterable[str] = ()) -> str:
    """The part of the line around `value`, with this and the `others` masked.

    Empty where the secret does not stand in the line as it is, because it is encoded there.
    """
    at = text.find(value, max(column - 1, 0))
    around = max(at - _AROUND, 0)
    text = text[around : around + 2 * _AROUND + len(value)]
    main, *more = _spans(text, value, max(column - 1 - around, 0)) or [(-1, -1)]
    if main == (-1, -1):
        return ""
    spans = [*more, *(span for other in others for span in _spans(text, other))]
    before = _without(text[: main[0]], spans)
    after = _without(text[main[1] :], [(first - main[1], last - main[1]) for first, last in spans])
    left = f"…{before[-_BEFORE:]}" if len(before) > _BEFORE else before.lstrip()
    right = f"{after[:_AFTER]}…" if len(after) > _AFTER else after.rstrip()
    return visible(f"{left}{masked(value.strip().splitlines()[0])}{right}")


def _spans(text: str, value: str, wanted: int = 0) -> list[Span]:
    """Where `value` stands in the line, with what may belong to it; first what is nearest to `wanted`."""
    if "\n" not in value and value not in text:
        return []
    parts = [value]
    if "\n" in value:
        parts = [part for part in map(str.strip, value.splitlines()) if len(part) >= _SHORTEST_PART]
        whole = text.strip()
        parts += [whole] if len(whole) >= _SHORTEST_PART and whole in value else []
    found = [span for part in parts if part for span in _occurrences(text, part)]
    spans = {(_first(text, start), _last(text, end)) for start, end in found}
    return sorted(spans, key=lambda span: (not span[0] <= wanted < span[1], span))


def _occurrences(text: str, part: str) -> Iterator[Span]:
    start = text.find(part)
    while start >= 0:
        yield start, start + len(part)
        start = text.find(part, start + len(part))


def _first(text: str, start: int) -> int:
    found = _LESS_OF_IT.search(text, max(start - 200, 0), start)
    return found.start() if found else start


def _last(text: str, end: int) -> int:
    found = _MORE_OF_IT.match(text, end)
    return found.end() if found else end


def _without(text: str, spans: Iterable[Span]) -> str:
    kept, end = [], 0
    for first, last in sorted((max(first, 0), min(last, len(text))) for first, last in spans):
        if last > max(first, end):
            kept += [_careful(text[end : max(first, end)]), MASK]
            end = last
    return "".join([*kept, _careful(text[end:])])


def _careful(text: str) -> str:
    return _NAMED.sub(rf"\1{MASK}", _MAY_BE.sub(MASK, text))
