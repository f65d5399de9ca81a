"""The settings of a step: declared once, decoded once, validated once."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, JsonValue, PrivateAttr, SecretStr, ValidationError

from drone_plugin import names
from drone_plugin.decode import DecodeError, decode, holds_secret, plain_type, quoted
from drone_plugin.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pydantic.fields import FieldInfo
    from pydantic_core import ErrorDetails

    from drone_plugin.environment import Environment

LogLevel = Literal["error", "warning", "info", "debug"]
LogFormat = Literal["text", "json"]
_MISSING_SECRET = (
    "set, but empty. If it comes from_secret: no secret of that name reaches this build, "  # noqa: S105 - a message
    "or it is not exposed to pull requests"
)


@dataclass(frozen=True)
class Declared:
    """What a declaration says of a setting beside its type and default."""

    example: str
    required: bool
    pin: bool


def setting(  # as pydantic's Field: the annotation of the attribute is the type
    default: Any,  # noqa: ANN401 - see above
    description: str,
    *,
    example: str,
    required: bool = False,
    pin: bool = False,
    **constraints: Any,  # noqa: ANN401 - handed to Field, which checks them
) -> Any:  # noqa: ANN401 - see above
    """Declare a setting.

    `required` settings are looked at only once there is something to do, so a step that has nothing to do
    never fails for a missing secret; declare them with an empty default. `pin` marks a setting that reroutes
    or unlocks: a pipeline should write it out, because a build parameter sets what the YAML leaves out.
    """
    extra: dict[str, JsonValue] = {"example": example, "required": required, "pin": pin}
    value: Any = Field(
        default, description=description, json_schema_extra=extra, validate_default=True, **constraints
    )
    return value


class Settings(BaseModel):
    """Base of a plugin's settings. A value that is empty in the YAML is the default here."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    log_level: LogLevel = setting(
        "info", "How much is printed: `error`, `warning`, `info` or `debug`.", example="debug"
    )
    log_format: LogFormat = setting(
        "text", "`json` prints every event as one JSON object, for a program that reads the log.", example="json"
    )

    _given: dict[str, str] = PrivateAttr(default_factory=dict)
    _warnings: tuple[str, ...] = PrivateAttr(default=())

    @classmethod
    def load(cls, environment: Environment) -> Self:
        """Read the settings from `PLUGIN_*`.

        Raises SettingsError with every problem at once: values that cannot be read, names given twice, and
        names within two edits of a setting. Missing required settings are left to `require`.
        """
        pinned = {name for name, field in cls.model_fields.items() if declared(field).pin}
        given, problems = names.given(environment, pinned)
        values: dict[str, object] = {}
        warnings = []
        for name, text in given.items():
            if name not in cls.model_fields:
                meant = names.nearest(name, cls.model_fields)
                if meant:
                    problems.append(f"settings.{name}: there is no such setting; did you mean {meant}?")
                else:
                    warnings.append(f"settings.{name} is not a setting of this plugin and is ignored")
            elif text:
                try:
                    values[name] = decode(text, cls.model_fields[name].annotation)
                except DecodeError as error:
                    problems.append(f"settings.{name}: {error}")
        settings = cls._validated(values, problems)
        settings._given = given  # noqa: SLF001 - its own class
        settings._warnings = tuple(warnings)  # noqa: SLF001 - its own class
        return settings

    @classmethod
    def _validated(cls, values: dict[str, object], problems: list[str]) -> Self:
        try:
            settings = cls.model_validate(values)
        except ValidationError as error:
            problems += [_in_words(details, cls.model_fields) for details in error.errors(include_url=False)]
            raise SettingsError(problems) from None
        if problems:
            raise SettingsError(problems)
        return settings

    @classmethod
    def secret_texts(cls, environment: Environment) -> Iterator[str]:
        """What stands in secret settings, also where it is wrong: mask it before anything is printed.

        A secret that was put into the wrong setting too would else be quoted by the complaint about that one.
        """
        given, _ = names.given(environment)
        for name, field in cls.model_fields.items():
            text = given.get(name)
            if not text or not holds_secret(field.annotation):
                continue
            yield text
            if SecretStr in get_args(plain_type(field.annotation)):
                with suppress(DecodeError):
                    yield from _texts(decode(text, field.annotation))

    def require(self) -> None:
        """Raise SettingsError naming every required setting that is unset, and why that may be so."""
        problems = []
        for name, field in type(self).model_fields.items():
            if declared(field).required and _is_empty(getattr(self, name)):
                reason = (
                    _MISSING_SECRET
                    if name in self._given
                    else f"is required; for example: {_example(name, field)}"
                )
                problems.append(f"settings.{name}: {reason}")
        if problems:
            raise SettingsError(problems)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Names that no setting has and that are no typos: runners may set global ones."""
        return self._warnings

    def secrets(self) -> Iterator[tuple[str, str]]:
        """Every secret that is set, as (setting, value), also those inside of lists, maps and models."""
        for name in type(self).model_fields:
            yield from _secrets(name, getattr(self, name))

    def effective(self) -> Iterator[tuple[str, str, bool]]:
        """Every setting that has a value, as (name, text without secrets, whether the YAML set it)."""
        for name in type(self).model_fields:
            value = getattr(self, name)
            if not _is_empty(value):
                yield name, spell(value), bool(self._given.get(name))


def declared(field: FieldInfo) -> Declared:
    """The declaration behind a field of a Settings model."""
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    return Declared(str(extra.get("example", "")), extra.get("required") is True, extra.get("pin") is True)


def spell(value: object) -> str:
    """A value as a log shows it: on one line, secrets masked."""
    if isinstance(value, SecretStr):
        return "******"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, timedelta):
        return _duration(value)
    if isinstance(value, list | tuple):
        return ", ".join(map(spell, value))
    if isinstance(value, dict):
        return ", ".join(f"{spell(key)}={spell(item)}" for key, item in value.items())
    text = str(value)
    return quoted(text, 200) if not text.isprintable() else text


def _duration(value: timedelta) -> str:
    """As one would write it in the YAML: `2h`, `1h30m`, `90s`."""
    seconds = value.total_seconds()
    if not seconds.is_integer() or seconds < 0:
        return f"{seconds:g}s"
    hours, rest = divmod(int(seconds), 3600)
    minutes, left = divmod(rest, 60)
    parts = [f"{number}{unit}" for number, unit in ((hours, "h"), (minutes, "m"), (left, "s")) if number]
    return "".join(parts) or "0s"


def _texts(value: object) -> Iterator[str]:
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    yield from map(str, items)


def _secrets(place: str, value: object) -> Iterator[tuple[str, str]]:
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
        yield from _secrets(f"{place}.{key}", item)


def _is_empty(value: object) -> bool:
    if isinstance(value, SecretStr):
        return not value.get_secret_value()
    return value is None or value in ("", (), [], {})


def _example(name: str, field: FieldInfo) -> str:
    if holds_secret(field.annotation):
        return f"{name}: {{from_secret: {declared(field).example}}}"
    return f"{name}: {declared(field).example}"


def _in_words(details: ErrorDetails, fields: dict[str, FieldInfo]) -> str:
    """One of pydantic's errors in the words of the YAML; secrets are not quoted."""
    name = str(details["loc"][0]) if details["loc"] else ""
    place = ".".join(str(part) for part in details["loc"])
    text = details["msg"].removeprefix("Value error, ").removeprefix("Input ").strip()
    value = details.get("input")
    secret = name in fields and holds_secret(fields[name].annotation)
    shown = "" if secret or isinstance(value, dict | list | tuple) else f"{quoted(spell(value))} "
    if shown and len(details["loc"]) > 1 and isinstance(details["loc"][-1], int):
        place = place.rpartition(".")[0]  # the item itself says more than its number
    if details["type"] == "string_pattern_mismatch" and name in fields:
        text = f"does not look like what it should be; for example: {_example(name, fields[name])}"
    return f"settings.{place}: {shown}{text}" if place else f"settings: {text}"
