"""What is declared of a setting, and how that is kept at its field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import Field, JsonValue

from drone_plugin.decode import holds_secret

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo


@dataclass(frozen=True)
class Declared:
    """What a declaration says of a setting beside its type and default."""

    example: str
    required: bool
    pin: bool
    old_names: tuple[str, ...]


def setting(  # as pydantic's Field: the annotation of the attribute is the type
    default: Any,  # noqa: ANN401 - see above
    description: str,
    *,
    example: str,
    required: bool = False,
    pin: bool = False,
    deprecated: str | tuple[str, ...] = (),
    **constraints: Any,  # noqa: ANN401 - handed to Field, which checks them
) -> Any:  # noqa: ANN401 - see above
    """Declare a setting.

    `required` settings are looked at only once there is something to do, so a step that has nothing to do
    never fails for a missing secret; declare them with an empty default. `pin` marks a setting that reroutes
    or unlocks: a pipeline should write it out, because a build parameter sets what the YAML leaves out.

    `deprecated` are names that the setting had before. They still work, with a warning; those of a pinned
    setting are refused with its present name, because what pins one name leaves the other open.
    """
    extra: dict[str, JsonValue] = {
        "example": example,
        "required": required,
        "pin": pin,
        "old_names": [deprecated] if isinstance(deprecated, str) else list(deprecated),
    }
    value: Any = Field(
        default, description=description, json_schema_extra=extra, validate_default=True, **constraints
    )
    return value


def declared(field: FieldInfo) -> Declared:
    """The declaration behind a field of a Settings model."""
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    old_names = extra.get("old_names")
    return Declared(
        example=str(extra.get("example", "")),
        required=extra.get("required") is True,
        pin=extra.get("pin") is True,
        old_names=tuple(map(str, old_names)) if isinstance(old_names, list) else (),
    )


def example(name: str, field: FieldInfo) -> str:
    """The setting as one may write it in the YAML."""
    text = declared(field).example
    return f"{name}: {{from_secret: {text}}}" if holds_secret(field.annotation) else f"{name}: {text}"
