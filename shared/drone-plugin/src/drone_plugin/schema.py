"""JSON schemas of settings: an editor completes them in a `.drone.yml`, and marks errors while one types.

The schema is of the YAML, not of the variables: `timeout: 90m`, `tags: [a, b]`, `token: {from_secret: name}`.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Literal, get_args, get_origin

from drone_plugin.decode import plain_type
from drone_plugin.docs import shown_default
from drone_plugin.kinds import Kind
from drone_plugin.settings import Settings, declared

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import JsonValue
    from pydantic.fields import FieldInfo

DRAFT = "http://json-schema.org/draft-07/schema#"
"""The newest draft that the YAML language server knows whole."""

_FROM_SECRET: dict[str, JsonValue] = {
    "type": "object",
    "description": "The name of a secret of the repository or organisation.",
    "properties": {"from_secret": {"type": "string"}},
    "required": ["from_secret"],
}
_TEXT: JsonValue = {"type": "string"}
_MAP: JsonValue = {"type": "object", "not": {"required": ["from_secret"]}}
_DURATION = r"^(\d+(\.\d+)?(ms|s|m|h|d)\s*)*$"
_NUMBER = r"^([+-]?\d+(\.\d+)?([eE][+-]?\d+)?)?$"


def settings_schema(settings: type[Settings]) -> dict[str, JsonValue]:
    """The schema of a step's `settings:`.

    An empty text is right everywhere: it pins a setting to its default. Keys may be written with hyphens.
    """
    fields = settings.model_fields
    hyphens: dict[str, JsonValue] = {
        f"^{re.escape(name).replace('_', '[-.]')}$": _property(field)
        for name, field in fields.items()
        if "_" in name and not declared(field).pin
    }
    return {
        "type": "object",
        "properties": {name: _property(field) for name, field in fields.items()},
        "patternProperties": hyphens,
        "required": [name for name, field in fields.items() if declared(field).required],
        "additionalProperties": False,
    }


def pipeline_schema(plugins: Mapping[str, type[Settings]]) -> dict[str, JsonValue]:
    """The schema of a `.drone.yml` as far as the steps of these plugins go; `plugins` has them by image name.

    A step is a plugin's when the last part of its image's name is the plugin's: registry and tag are free.
    Everything else of the file may be as it likes.
    """
    rules: list[JsonValue] = [
        {
            "if": {
                "properties": {"image": {"pattern": rf"(^|/){re.escape(name)}([:@]|$)"}},
                "required": ["image"],
            },
            "then": {"properties": {"settings": {"$ref": f"#/definitions/{name}"}}},
        }
        for name in plugins
    ]
    definitions: dict[str, JsonValue] = {name: settings_schema(kind) for name, kind in plugins.items()}
    return {
        "$schema": DRAFT,
        "title": "Drone pipeline",
        "type": "object",
        "properties": {"steps": {"type": "array", "items": {"type": "object", "allOf": rules}}},
        "definitions": definitions,
    }


def _property(field: FieldInfo) -> dict[str, JsonValue]:
    """One setting: what it takes, or the name of a secret that holds it."""
    declaration = declared(field)
    pin = " Pin: reroutes or unlocks something; write it out, '' for the default." if declaration.pin else ""
    made: dict[str, JsonValue] = {
        "description": f"{field.description or ''}{pin}",
        "anyOf": [*_forms(field), _FROM_SECRET],
    }
    default = shown_default(field)
    if default:
        made["default"] = default
    return made


def _forms(field: FieldInfo) -> list[JsonValue]:
    """What the YAML may hold for this type, each form that some runner turns into the same text."""
    kind = plain_type(field.annotation)
    if get_origin(kind) is Literal:
        return [{"enum": ["", *get_args(kind)]}]
    if get_origin(kind) in {list, tuple}:
        return [{"type": "array"}, _TEXT]
    if get_origin(kind) is dict:
        return [_MAP, {"type": "array", "items": _TEXT}, _TEXT]
    if any(isinstance(extra, Kind) and extra.maps for extra in field.metadata):
        return [_MAP, _TEXT]
    # A number in place of a text is one that YAML has read already: 1.10 is 1.1 by then. Quotes keep it.
    return _SIMPLE.get(kind, [_TEXT])


_SIMPLE: dict[object, list[JsonValue]] = {
    bool: [{"type": "boolean"}, {"enum": ["", "true", "false"]}],
    int: [{"type": "integer"}, {"type": "string", "pattern": _NUMBER}],
    float: [{"type": "number"}, {"type": "string", "pattern": _NUMBER}],
    timedelta: [{"type": "string", "pattern": _DURATION}],
}
