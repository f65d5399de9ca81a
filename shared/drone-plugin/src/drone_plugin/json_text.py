"""JSON as the runners write it into a variable: compact, or over several lines; hostile depths are none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic import JsonValue

_DEEPEST = 100
"""Levels of nested JSON that are read: more are no setting, and could exhaust the interpreter's stack."""


def json_value(text: str, *, as_text: bool) -> JsonValue:
    """The value that `text` writes in JSON, None where it is no JSON or nested too deeply.

    With `as_text`, numbers keep their spelling: `1.10` inside a quoted JSON text is a version, not 1.1.
    """
    decoder = json.JSONDecoder(parse_int=str, parse_float=str) if as_text else json.JSONDecoder()
    try:
        value: JsonValue = decoder.decode(text.strip())
    except (ValueError, RecursionError):
        return None
    return None if _is_deeper(value, _DEEPEST) else value


def array(text: str, *, as_text: bool) -> list[JsonValue] | None:
    """The items when `text` is a JSON array; a glob such as `[a-z]*` is none."""
    if not text.lstrip().startswith("["):
        return None
    value = json_value(text, as_text=as_text)
    return value if isinstance(value, list) else None


def holds_reference(text: str) -> bool:
    """Whether `text` is a map or list in JSON with a `from_secret` anywhere in it."""
    if "from_secret" not in text or text.lstrip()[:1] not in {"{", "["}:
        return False
    return _holds_from_secret(json_value(text, as_text=True))


def _is_deeper(value: JsonValue, levels: int) -> bool:
    level = [value]
    for _ in range(levels):
        level = [inner for outer in level for inner in _children(outer)]
        if not level:
            return False
    return True


def _children(value: JsonValue) -> Iterable[JsonValue]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _holds_from_secret(value: JsonValue) -> bool:
    if isinstance(value, dict):
        return "from_secret" in value or any(map(_holds_from_secret, value.values()))
    return isinstance(value, list) and any(map(_holds_from_secret, value))
