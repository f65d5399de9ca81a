"""A plugin's settings reference, made from the declarations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args, get_origin

from pydantic import SecretStr
from pydantic_core import PydanticUndefined

from drone_plugin.decode import holds_secret, plain_type
from drone_plugin.kinds import Kind, kind_of
from drone_plugin.scalars import Size
from drone_plugin.settings import Settings, declared, spell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic.fields import FieldInfo

_KINDS: dict[object, str] = {
    bool: "true or false",
    int: "number",
    float: "number",
    str: "text",
    SecretStr: "secret",
    Size: "size",
}


def settings_table(settings: type[Settings]) -> str:
    """A Markdown table: the plugin's own settings as declared, those of every plugin last.

    Required settings and those to `pin` (reroute or unlock something: write them out) are marked.
    """
    inherited = list(Settings.model_fields)
    names = [name for name in settings.model_fields if name not in inherited] + inherited
    rows = [_row(name, settings.model_fields[name]) for name in names]
    rules = settings.meanings()
    lines = ["| setting | kind | default | what it does |", "|---|---|---|---|", *rows]
    return "\n".join([*lines, *(["", " ".join(rules)] if rules else [])]) + "\n"


def _row(name: str, field: FieldInfo) -> str:
    return "| " + " | ".join([f"`{name}`", _kind(field), _default(field), " ".join(_text(field))]) + " |"


def _text(field: FieldInfo) -> Iterator[str]:
    declaration = declared(field)
    yield (field.description or "").replace("|", r"\|")
    if declaration.example:
        secret = holds_secret(field.annotation)
        example = f"{{from_secret: {declaration.example}}}" if secret else declaration.example
        yield f"Example: `{example}`."
    if declaration.old_names:
        yield f"Formerly {', '.join(f'`{name}`' for name in declaration.old_names)}."
    if declaration.pin:
        yield "**Pin.**"


def _kind(field: FieldInfo) -> str:
    kind = plain_type(field.annotation)
    if get_origin(kind) is Literal:
        return " or ".join(f"`{word}`" for word in get_args(kind))
    named = next((extra for extra in field.metadata if isinstance(extra, Kind)), None) or kind_of(
        field.annotation
    )
    if get_origin(kind) in {list, tuple}:
        return f"list of {named.many}" if named else "list"
    if get_origin(kind) is dict:
        return "map"
    return named.one if named else _KINDS.get(kind, "duration")


def shown_default(field: FieldInfo) -> str:
    """A setting's default as text; nothing where it is unset, required or secret."""
    if declared(field).required:
        return ""
    value = field.get_default(call_default_factory=True)
    if value is PydanticUndefined or isinstance(value, SecretStr) or value in (None, "", (), {}, []):
        return ""
    return spell(value)


def _default(field: FieldInfo) -> str:
    if declared(field).required:
        return "**required**"
    shown = shown_default(field)
    return f"`{shown}`" if shown else ""
