"""The settings of a step: declared once, decoded once, validated once."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, ClassVar, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, PrivateAttr, SecretStr, ValidationError

from drone_plugin import names
from drone_plugin.absent import why_empty
from drone_plugin.build import read_build
from drone_plugin.declaration import declared, example, setting
from drone_plugin.decode import DecodeError, decode, holds_secret, plain_type, quoted
from drone_plugin.errors import SettingsError
from drone_plugin.resembling import resembling
from drone_plugin.rules import Rule
from drone_plugin.shown import is_empty, secrets_in, spell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic.fields import FieldInfo
    from pydantic_core import ErrorDetails

    from drone_plugin.environment import Environment

__all__ = ["LogLevel", "Settings", "declared", "setting", "spell"]

LogLevel = Literal["error", "warning", "info", "debug"]
LogFormat = Literal["text", "json"]


class Settings(BaseModel):
    """Base of a plugin's settings. A value that is empty in the YAML is the default here."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    log_level: LogLevel = setting(
        "info", "How much is printed: `error`, `warning`, `info` or `debug`.", example="debug"
    )
    log_format: LogFormat = setting(
        "text",
        "`json` prints every event as one JSON object, for a program that reads the log.",
        example="json",
    )

    _given: dict[str, str] = PrivateAttr(default_factory=dict)
    _warnings: tuple[str, ...] = PrivateAttr(default=())
    _event: str = PrivateAttr(default="")

    rules: ClassVar[tuple[Rule, ...]] = ()
    """Which settings go together or exclude one another; those of the base classes hold, too."""

    @classmethod
    def __pydantic_init_subclass__(cls, **_: object) -> None:
        """Refuse a class with a rule about a setting that it has not, or with a name of two meanings."""
        members = [
            name for name in cls.__annotations__ if name in cls.model_fields and hasattr(Settings, name)
        ]
        if members:
            raise TypeError(
                f"{cls.__name__} cannot have a setting called {' or '.join(members)}: "
                "every Settings class has a member of that name"
            )
        unknown = {name for rule in cls._rules() for name in rule.names} - cls.model_fields.keys()
        taken = cls._old_names().keys() & cls.model_fields.keys()
        if unknown or taken:
            what = "rule about an unknown setting" if unknown else "setting under another's old name"
            raise TypeError(f"{cls.__name__} has a {what}: {', '.join(sorted(unknown or taken))}")

    @classmethod
    def load(cls, environment: Environment) -> Self:
        """Read the settings from `PLUGIN_*`.

        Raises SettingsError with every problem at once: values that cannot be read, names given twice, names
        within two edits of a setting, and broken rules. Missing required settings, and rules that ask for a
        secret, are left to `require`.
        """
        pinned = {name for name, field in cls.model_fields.items() if declared(field).pin}
        given, problems = names.given(environment, pinned)
        given, warnings, old_problems = names.renamed(given, cls._old_names(), pinned)
        problems += old_problems
        values: dict[str, object] = {}
        unread: set[str] = set()
        for name, text in given.items():
            if name not in cls.model_fields:
                meant = names.nearest(name, cls.model_fields)
                if meant:
                    problems.append(f"settings.{name}: there is no such setting; did you mean {meant}?")
                else:
                    warnings.append(_unknown(name, resembling(name, cls.model_fields)))
            elif text:
                try:
                    values[name] = decode(text, cls.model_fields[name].annotation)
                except DecodeError as error:
                    problems.append(f"settings.{name}: {error}")
                    unread.add(name)
        settings = cls._validated(values, problems, frozenset(unread))
        settings._given = given  # noqa: SLF001 - its own class
        settings._warnings = tuple(warnings)  # noqa: SLF001 - its own class
        settings._event = read_build(environment).event  # noqa: SLF001 - its own class
        return settings

    @classmethod
    def _validated(cls, values: dict[str, object], problems: list[str], unread: frozenset[str]) -> Self:
        try:
            settings = cls.model_validate(values)
        except ValidationError as error:
            problems += [_in_words(details, cls.model_fields) for details in error.errors(include_url=False)]
            raise SettingsError(problems) from None
        problems += settings._broken(late=False, unread=unread)  # noqa: SLF001 - its own class
        if problems:
            raise SettingsError(problems)
        return settings

    @classmethod
    def meanings(cls) -> list[str]:
        """The rules between settings as sentences of the settings reference."""
        return [rule.meaning for rule in cls._rules()]

    @classmethod
    def _rules(cls) -> list[Rule]:
        return [rule for base in reversed(cls.__mro__) for rule in base.__dict__.get("rules", ())]

    @classmethod
    def _old_names(cls) -> dict[str, str]:
        return {old: name for name, field in cls.model_fields.items() for old in declared(field).old_names}

    def _broken(self, *, late: bool, unread: frozenset[str] = frozenset()) -> Iterator[str]:
        """What is wrong by the rules that hold now, those about unreadable values left out."""
        fields = type(self).model_fields
        for rule in self._rules():
            secrets = [name for name in rule.names if holds_secret(fields[name].annotation)]
            if (rule.late or (rule.asks and bool(secrets))) is not late or not unread.isdisjoint(rule.names):
                continue
            is_set = [name for name in rule.names if getattr(self, name) != fields[name].get_default()]
            text = rule.complaint(is_set)
            withheld = [name for name in secrets if name in self._given and name not in is_set]
            if text:
                yield "; ".join(
                    [text, *(f"{name} is {why_empty(self._event)}" for name in withheld if rule.asks)]
                )

    @classmethod
    def secret_texts(cls, environment: Environment) -> Iterator[str]:
        """What stands in secret settings, also where it is wrong: mask it before anything is printed.

        A secret that was put into the wrong setting too would else be quoted by the complaint about that one.
        """
        given, _ = names.given(environment)
        for name, field in cls.model_fields.items():
            if not holds_secret(field.annotation):
                continue
            for text in filter(None, (given.get(word) for word in (name, *declared(field).old_names))):
                yield text
                if SecretStr in get_args(plain_type(field.annotation)):
                    with suppress(DecodeError):
                        yield from _texts(decode(text, field.annotation))

    def require(self) -> None:
        """Raise SettingsError with all `problems`."""
        problems = list(self.problems())
        if problems:
            raise SettingsError(problems)

    def problems(self) -> Iterator[str]:
        """What keeps the work from being done, a line each: required settings that are unset, broken rules.

        Conditions of one's own go into an override that begins with `yield from super().problems()`.
        """
        for name, field in type(self).model_fields.items():
            if declared(field).required and is_empty(getattr(self, name)):
                yield self.absence(name, f"is required; for example: {example(name, field)}")
        yield from self._broken(late=True)

    def absence(self, name: str, otherwise: str) -> str:
        """The problem with a setting that is needed and has no value, for `problems` of one's own.

        Where the YAML has the setting, it is why it can be empty in a build of this event; else `otherwise`.
        """
        return f"settings.{name}: {why_empty(self._event) if name in self._given else otherwise}"

    @property
    def warnings(self) -> tuple[str, ...]:
        """Old names of settings, and unknown ones that are no typos: runners may set global ones."""
        return self._warnings

    def secret_values(self) -> Iterator[tuple[str, str]]:
        """Every secret that is set, as (setting, value), also those inside of lists, maps and models."""
        for name in type(self).model_fields:
            yield from secrets_in(name, getattr(self, name))

    def effective(self) -> Iterator[tuple[str, str, bool]]:
        """Every setting that has a value, as (name, text without secrets, whether the YAML set it)."""
        for name in type(self).model_fields:
            value = getattr(self, name)
            if not is_empty(value):
                yield name, spell(value), bool(self._given.get(name))


def _unknown(name: str, meant: list[str]) -> str:
    question = f"; did you mean {' or '.join(meant)}?" if meant else ""
    return f"settings.{name} is not a setting of this plugin and is ignored{question}"


def _texts(value: object) -> Iterator[str]:
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    yield from map(str, items)


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
        text = f"does not look like what it should be; for example: {example(name, fields[name])}"
    return f"settings.{place}: {shown}{text}" if place else f"settings: {text}"
