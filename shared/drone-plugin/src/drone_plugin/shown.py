"""Values of settings as people see them, and the secrets in them that nobody sees."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from pydantic import BaseModel, SecretStr

from drone_plugin.scalars import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def spell(value: object) -> str:
    """A value as a log shows it: on one line, secrets masked."""
    if isinstance(value, SecretStr):
        return "******"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, timedelta):
        return _duration(value)
    if isinstance(value, list | tuple | dict | BaseModel):
        return _several(value)
    return printable(str(value))


def _several(value: list[object] | tuple[object, ...] | dict[object, object] | BaseModel) -> str:
    if isinstance(value, BaseModel):
        return f"{{{', '.join(f'{key}: {spell(item)}' for key, item in value if item is not None)}}}"
    if isinstance(value, dict):
        return ", ".join(f"{spell(key)}={spell(item)}" for key, item in value.items())
    return ", ".join(map(spell, value))


def _duration(value: timedelta) -> str:
    """As one would write it in the YAML: `2h`, `1h30m`, `90s`."""
    seconds = value.total_seconds()
    if not seconds.is_integer() or seconds < 0:
        return f"{seconds:g}s"
    hours, rest = divmod(int(seconds), 3600)
    minutes, left = divmod(rest, 60)
    parts = [f"{number}{unit}" for number, unit in ((hours, "h"), (minutes, "m"), (left, "s")) if number]
    return "".join(parts) or "0s"


def secrets_in(place: str, value: object) -> Iterator[tuple[str, str]]:
    """Every secret that is set in a value, also inside of lists, maps and models, as (place, text)."""
    if isinstance(value, SecretStr):
        if value.get_secret_value():
            yield place, value.get_secret_value()
        return
    inner: Iterable[tuple[object, object]] = ()
    if isinstance(value, list | tuple):
        inner = enumerate(value)
    elif isinstance(value, dict):
        inner = value.items()
    elif isinstance(value, BaseModel):
        inner = value
    for key, item in inner:
        yield from secrets_in(f"{place}.{key}", item)


def is_empty(value: object) -> bool:
    """Whether a value is none: an empty text, secret, list or map."""
    if isinstance(value, SecretStr):
        return not value.get_secret_value()
    return value is None or value in ("", (), [], {})
