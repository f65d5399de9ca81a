"""From the text of a `PLUGIN_*` variable back to the value that stood in the YAML.

Each runner flattens YAML in its own way; the readings below undo what Drone's docker and Kubernetes runners,
Woodpecker and Harness do. What an encoder loses (a comma inside a list item, the last zero of `1.10`, an
octal's notation) cannot be brought back: quote the value, or use the map form.
"""

from __future__ import annotations

import json
import re
import types
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Literal, Union, get_args, get_origin

from pydantic import BaseModel, JsonValue, SecretStr

from drone_plugin.json_text import array, holds_reference, json_value
from drone_plugin.scalars import DecodeError, Size, boolean, duration, integer, number, quoted, size

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["DecodeError", "decode", "holds_secret", "plain_type", "quoted", "text_list", "text_map"]

_UNESCAPED_COMMA = re.compile(r"(?<!\\),")
# Woodpecker's YAML library reads an unquoted date or time as a timestamp and encodes that as JSON.
_JSON_TIMESTAMP = re.compile(
    r'"(\d{4}-\d\d-\d\d)(?:T00:00:00Z|(T\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)))"'
)


def decode(text: str, annotation: object) -> object:
    """The value of type `annotation` that `text` stands for.

    Raises DecodeError, whose message quotes the text unless the type is a secret, and TypeError when the
    declaration uses a type that has no reading.
    """
    refuse_unresolved_secret(text)
    try:
        return _decode(text, plain_type(annotation), annotation)
    except DecodeError:
        if not holds_secret(annotation):
            raise
    raise DecodeError("cannot be read as what this setting is (its text is secret)")


def _decode(text: str, kind: object, annotation: object) -> object:
    if kind is SecretStr:
        # Files and `|` blocks end in a newline that no server expects in a token.
        return SecretStr(text.rstrip("\r\n"))
    if kind is str:
        timestamp = _JSON_TIMESTAMP.fullmatch(text)
        return f"{timestamp[1]}{timestamp[2] or ''}" if timestamp else text
    simple = _SIMPLE.get(kind) if isinstance(kind, type) else None
    if simple is not None:
        return simple(text.strip())
    if get_origin(kind) is Literal:
        return _choice(text.strip(), get_args(kind))
    if get_origin(kind) in {list, tuple}:
        return _items(text, plain_type(get_args(kind)[0]))
    if get_origin(kind) is dict:
        return _map(text, plain_type(get_args(kind)[1]))
    raise TypeError(f"no reading for settings of type {annotation!r}")


def holds_secret(annotation: object) -> bool:
    """Whether values of the type are, or contain, secrets."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return any(holds_secret(field.annotation) for field in annotation.model_fields.values())
    return annotation is SecretStr or any(map(holds_secret, get_args(annotation)))


def plain_type(annotation: object) -> object:
    """`annotation` without `Annotated` and `| None`."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return plain_type(get_args(annotation)[0])
    if origin in {Union, types.UnionType}:
        members = [member for member in get_args(annotation) if member is not type(None)]
        if len(members) == 1:
            return plain_type(members[0])
    return annotation


def text_list(text: str) -> list[str]:
    r"""A JSON array, else one item a line, else items between commas (`\,` is a comma inside an item).

    Items are stripped and empty ones dropped. JSON numbers keep their spelling.
    """
    values = array(text, as_text=True)
    if values is not None:
        return [item for item in map(_scalar, values) if item]
    parts = text.splitlines() if "\n" in text.strip() else _UNESCAPED_COMMA.split(text)
    return [part.strip().replace(r"\,", ",") for part in parts if part.strip()]


def text_map(text: str) -> dict[str, str]:
    """A JSON object of scalars, else `key=value` items in any form of `text_list`."""
    if text.lstrip().startswith("{"):
        return {key: _scalar(value) for key, value in _object(text, as_text=True).items()}
    pairs = {}
    for item in text_list(text):
        key, separator, value = item.partition("=")
        if not separator or not key.strip():
            raise DecodeError(f"{quoted(item)} is not key=value; write a map, or key=value items")
        pairs[key.strip()] = value
    return pairs


def json_map(text: str) -> dict[str, JsonValue]:
    """A JSON object, as all runners encode a YAML map; Harness' spreads over several lines."""
    return _object(text, as_text=False)


def refuse_unresolved_secret(text: str) -> None:
    """Raise DecodeError when a `from_secret` arrived unresolved: Drone looks for it at the top level only."""
    if holds_reference(text):
        raise DecodeError(
            "Drone resolves from_secret only at the top level of a setting, not inside of a map or list"
        )


def _items(text: str, item: object) -> list[JsonValue] | list[str] | list[object]:
    """A list for pydantic to check: maps and lists stay such, scalars become text or one of the choices.

    Where the item may be anything, JSON keeps its own types.
    """
    word = _word(item)
    if word:
        return [word(part) for part in text_list(text)]
    values = None if item in {str, SecretStr} else array(text, as_text=not _is_anything(item))
    if values is not None and (_is_anything(item) or any(isinstance(value, dict | list) for value in values)):
        return values
    return text_list(text)


def _is_anything(kind: object) -> bool:
    """Whether values of the type keep the types that they have in JSON."""
    return kind is JsonValue or any(map(_is_anything, get_args(kind)))


def _map(text: str, values: object) -> dict[str, str] | dict[str, JsonValue] | dict[str, object]:
    word = _word(values)
    if word:
        return {key: word(part) for key, part in text_map(text).items()}
    return text_map(text) if values in {str, SecretStr} else json_map(text)


def _word(kind: object) -> Callable[[str], object] | None:
    """How one word of a list or map is read, where its type is not text and nothing nested."""
    if get_origin(kind) is Literal:
        return lambda word: _choice(word, get_args(kind))
    return _SIMPLE.get(kind) if isinstance(kind, type) else None


def _choice(text: str, allowed: tuple[object, ...]) -> object:
    for value in allowed:
        if str(value).lower() == text.lower():
            return value
    words = ", ".join(map(str, allowed))
    raise DecodeError(f"{quoted(text)} is not one of {words}")


def _scalar(value: JsonValue) -> str:
    if isinstance(value, dict | list):
        raise DecodeError(f"{quoted(json.dumps(value))} is a list or map where one value is expected")
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _object(text: str, *, as_text: bool) -> dict[str, JsonValue]:
    value = json_value(text, as_text=as_text)
    if not isinstance(value, dict):
        raise DecodeError(f"{quoted(text)} is not a map")
    return value


_SIMPLE: dict[type, Callable[[str], object]] = {
    bool: boolean,
    int: integer,
    float: number,
    timedelta: duration,
    Size: size,
}
