"""A plugin's entries in the catalogues of Drone (plugins.drone.io) and Woodpecker, from its declarations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, get_origin

from drone_plugin.decode import holds_secret, plain_type
from drone_plugin.docs import settings_table, shown_default
from drone_plugin.settings import Settings, declared

if TYPE_CHECKING:
    from pydantic import JsonValue
    from pydantic.fields import FieldInfo

_TYPES: dict[object, str] = {bool: "boolean", int: "number", float: "number", timedelta: "string"}


@dataclass(frozen=True)
class Listing:
    """What a catalogue says of a plugin beside its settings."""

    name: str
    title: str
    author: str
    repo: str
    """`owner/name` of the source."""
    image: str
    description: str
    example: str
    """A step of a pipeline, as YAML text."""
    tags: tuple[str, ...] = ()


def drone_entry(listing: Listing, settings: type[Settings]) -> dict[str, JsonValue]:
    """`content.yaml` of the Drone plugin index: its schema allows no other fields than these.

    Every property has all of type, defaultValue, description, secret and required
    (drone-plugin-index `plugin-validation/plugin-schema.json`).
    """
    properties: dict[str, JsonValue] = {
        name: {
            "type": _type(field),
            "defaultValue": shown_default(field),
            "description": field.description or "",
            "secret": holds_secret(field.annotation),
            "required": declared(field).required,
        }
        for name, field in settings.model_fields.items()
    }
    return {
        "title": listing.title,
        "author": listing.author,
        "repo": listing.repo,
        "description": listing.description,
        "tags": list(listing.tags),
        "license": "Apache-2.0",
        "example": _pipeline(listing.example),
        "properties": properties,
    }


def woodpecker_page(listing: Listing, settings: type[Settings]) -> str:
    """`docs.md`, as the Woodpecker plugin index reads it: front matter, overview, settings, example."""
    tags = ", ".join(listing.tags)
    front = [
        f"name: {listing.title}",
        f"description: {listing.description}",
        f"author: {listing.author}",
        f"tags: [{tags}]",
        f"containerImage: {listing.image}",
    ]
    steps = "\n".join(["steps:", *_indented(listing.example)])
    parts = [
        "\n".join(["---", *front, "---"]),
        f"# {listing.title}",
        f"{listing.description}.",
        f"## Settings\n\n{settings_table(settings).rstrip()}",
        f"## Example\n\n```yaml\n{steps}\n```",
    ]
    return "\n\n".join(parts) + "\n"


def _pipeline(step: str) -> str:
    head = ["kind: pipeline", "type: docker", "name: default", "", "steps:"]
    return "\n".join([*head, *step.strip().splitlines()]) + "\n"


def _indented(step: str) -> list[str]:
    return [f"  {line}" if line else "" for line in step.strip().splitlines()]


def _type(field: FieldInfo) -> str:
    kind = plain_type(field.annotation)
    if get_origin(kind) in {list, tuple}:
        return "array"
    return "object" if get_origin(kind) is dict else _TYPES.get(kind, "string")
