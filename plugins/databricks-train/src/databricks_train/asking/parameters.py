"""The declared parameters of a training, and the strict reading of their values: a run costs money."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from databricks_train.asking.nearest import did_you_mean
from drone_plugin import SettingsError, spell
from drone_plugin.decode import DecodeError, quoted
from drone_plugin.scalars import boolean, integer, number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import JsonValue

    from databricks_train.job.substitute import Scalar

Kind: TypeAlias = Literal["int", "float", "str", "bool"]

_NAME = re.compile(r"[A-Za-z][\w-]{0,63}", re.ASCII)
_FIELDS = ("type", "default", "min", "max", "choices")
_LARGEST = 1 << 63
_LONGEST = 4096
"""Characters of a value: room for a commit message, and less than the 10 000 bytes of a task's parameters."""

RESERVED = {"repeat": "TRAIN_REPEAT says what becomes of a training that was done before"}

_WORDS: dict[Kind, str] = {
    "int": "a whole number",
    "float": "a number",
    "str": "text",
    "bool": "true or false",
}


class BadValueError(ValueError):
    """A value that a parameter does not take; the message fits after its source."""


@dataclass(frozen=True)
class Parameter:
    """What the pipeline says of one parameter."""

    name: str
    kind: Kind
    default: Scalar | None = None
    low: int | float | None = None
    high: int | float | None = None
    choices: tuple[Scalar, ...] = ()

    @property
    def allowed(self) -> str:
        """What it takes, for a message."""
        if self.choices:
            return f"one of {', '.join(map(_shown, self.choices))}"
        if self.low is not None and self.high is not None:
            return f"{_WORDS[self.kind]} from {_bare(self.low)} to {_bare(self.high)}"
        bound = f" of at least {_bare(self.low)}" if self.low is not None else ""
        bound = f" of at most {_bare(self.high)}" if self.high is not None else bound
        return _WORDS[self.kind] + bound

    def read(self, text: str) -> Scalar:
        """The value that a word of a commit message or of a build's parameter stands for.

        Raises BadValueError for another type, `nan`, a value out of bounds, and one that is no choice.
        """
        try:
            return self._checked(self._converted(text), text)
        except DecodeError:
            raise BadValueError(f"{quoted(text)} is not {self.allowed}") from None

    def take(self, value: JsonValue) -> Scalar:
        """A value of the YAML, which has a type already. Raises BadValueError as `read`."""
        if isinstance(value, str):
            return self.read(value)
        fits = {
            "int": isinstance(value, int) and not isinstance(value, bool),
            "float": isinstance(value, int | float) and not isinstance(value, bool),
            "str": isinstance(value, int | float),
            "bool": isinstance(value, bool),
        }
        if not fits[self.kind]:
            raise BadValueError(f"{_shown(value)} is not {self.allowed}")
        return self.read(spell(value))

    def _converted(self, text: str) -> Scalar:
        if self.kind == "int":
            return integer(text)
        if self.kind == "float":
            return number(text)
        return boolean(text) if self.kind == "bool" else text

    def _checked(self, value: Scalar, text: str) -> Scalar:
        if isinstance(value, str):
            _check_text(value)
        elif not -_LARGEST <= value < _LARGEST:
            raise BadValueError(f"{quoted(text)} is too large")
        out = not isinstance(value, str) and (
            (self.low is not None and value < self.low) or (self.high is not None and value > self.high)
        )
        if out or (self.choices and value not in self.choices):
            raise BadValueError(f"{quoted(text)} is not {self.allowed}")
        return value


def _check_text(value: str) -> None:
    """Text that can be sent, and that Databricks takes for nothing else."""
    if len(value) > _LONGEST:
        raise BadValueError(f"{len(value)} characters are too many; {_LONGEST} are the most")
    if "\0" in value or value != value.encode("utf-8", "replace").decode():
        raise BadValueError(f"{quoted(value)} holds what is no text")
    if "{{" in value:
        raise BadValueError(f"{quoted(value)} holds {{{{, which Databricks would expand")


def declarations(settings: Mapping[str, JsonValue]) -> dict[str, Parameter]:
    """The parameters by name. Raises SettingsError with every declaration that means nothing."""
    made: dict[str, Parameter] = {}
    problems: list[str] = []
    seen: dict[str, str] = {}
    for name, value in settings.items():
        place = f"settings.parameters.{name}"
        twin = seen.setdefault(canonical(name), name)
        if not _NAME.fullmatch(name):
            problems.append(f"settings.parameters: {quoted(name)} is no name: letters, digits, _ and -")
        elif canonical(name) in RESERVED:
            problems.append(f"{place}: is taken: {RESERVED[canonical(name)]}")
        elif twin != name:
            problems.append(f"{place}: a build's parameter cannot tell it from {twin}")
        else:
            try:
                made[name] = _declared(name, value)
            except BadValueError as problem:
                problems.append(f"{place}{problem}")
    if problems:
        raise SettingsError(problems)
    return made


def canonical(name: str) -> str:
    """A name as `TRAIN_<NAME>` can say it: Drone's build parameters are mostly written in capitals."""
    return name.lower().replace("-", "_")


def _declared(name: str, value: JsonValue) -> Parameter:
    """One declaration; a bare value is the default, and says the type."""
    if not isinstance(value, dict):
        kind = _kind_of(value)
        if kind is None:
            raise BadValueError(
                f": {_shown(value)} is no value; write a number, text, or a map such as {{type: int}}"
            )
        parameter = Parameter(name, kind)
        return Parameter(name, kind, _part(parameter, value, ""))
    unknown = [field for field in value if field not in _FIELDS]
    if unknown:
        raise BadValueError(
            f".{quoted(unknown[0])[1:-1]}: there is no such field{did_you_mean(unknown[0], _FIELDS)} "
            f"({', '.join(_FIELDS)})"
        )
    choices = value.get("choices")
    if choices is not None and (not isinstance(choices, list) or not choices):
        raise BadValueError(".choices: is not a list of values")
    plain = Parameter(name, _kind(value, choices if isinstance(choices, list) else []))
    listed = tuple(_part(plain, item, ".choices") for item in choices or ())
    low, high = (_bound(plain, value, side) for side in ("min", "max"))
    if low is not None and high is not None and low > high:
        raise BadValueError(f".min: {_bare(low)} is more than max, {_bare(high)}")
    parameter = Parameter(name, plain.kind, None, low, high, listed)
    default = value.get("default")
    return parameter if default is None else _with_default(parameter, default)


def _with_default(parameter: Parameter, value: JsonValue) -> Parameter:
    default = _part(parameter, value, ".default")
    return Parameter(
        parameter.name, parameter.kind, default, parameter.low, parameter.high, parameter.choices
    )


def _part(parameter: Parameter, value: JsonValue, field: str) -> Scalar:
    try:
        return parameter.take(value)
    except BadValueError as problem:
        raise BadValueError(f"{field}: {problem}") from None


def _kind(value: Mapping[str, JsonValue], choices: list[JsonValue]) -> Kind:
    """The type that is named, or else that of the default or the choices, or else text."""
    named = value.get("type")
    if named is not None:
        for kind in _WORDS:
            if named == kind:
                return kind
        raise BadValueError(f".type: {_shown(named)} is not one of {', '.join(_WORDS)}")
    samples = [item for item in (value.get("default"), *choices) if item is not None]
    kinds = {_kind_of(sample) for sample in samples}
    if kinds == {"int", "float"}:
        return "float"
    found = kinds.pop() if len(kinds) == 1 else "str"
    return found or "str"


def _kind_of(value: JsonValue) -> Kind | None:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int):
        return "int"
    if isinstance(value, float):
        return "float"
    return "str" if isinstance(value, str) else None


def _bound(parameter: Parameter, value: Mapping[str, JsonValue], side: str) -> int | float | None:
    if value.get(side) is None:
        return None
    if parameter.kind not in {"int", "float"}:
        raise BadValueError(f".{side}: {_WORDS[parameter.kind]} has no bounds")
    bound = _part(parameter, value[side], f".{side}")
    return None if isinstance(bound, str) else bound


def _bare(bound: float) -> str:
    return str(int(bound)) if bound == int(bound) else repr(bound)


def _shown(value: JsonValue) -> str:
    return quoted(value) if isinstance(value, str) else quoted(str(spell(value)))[1:-1]
