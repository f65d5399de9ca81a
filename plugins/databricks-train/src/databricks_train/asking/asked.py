"""What one build asks for: the values of the declared parameters, the profile, and where each came from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pydantic import JsonValue

from databricks_train.asking.nearest import did_you_mean
from databricks_train.asking.parameters import RESERVED, BadValueError, Parameter, canonical, declarations
from databricks_train.asking.profiles import Profile, profiles
from databricks_train.job.substitute import Scalar, as_text
from drone_plugin import SettingsError, TriggerSettings, setting
from drone_plugin.decode import quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drone_plugin import Build
    from drone_plugin.environment import Environment
    from drone_plugin.message import Request

_PREFIX = "TRAIN_"
_CARRY_PARAMETERS = frozenset({"custom", "promote", "rollback"})


class AskedSettings(TriggerSettings):
    """What a commit message or a build's parameters may ask for."""

    parameters: dict[str, JsonValue] = setting(
        {},
        "Parameters that the commit message (`[train lr=0.1]`) or build parameters (`TRAIN_LR`) may set: the "
        "default, which says the type too, or a map of `type`, `default`, `min`, `max`, `choices`.",
        example="{epochs: 20, lr: {type: float, default: 0.01, min: 0, max: 1}}",
    )
    profiles: dict[str, JsonValue] = setting(
        {},
        "Named sets of `node_type`, `workers`, `spark_version`, `timeout`, `cluster` and `parameters`. The "
        "commit message chooses one by its name: `[train gpu]`.",
        example="{gpu: {node_type: g5.xlarge, parameters: {epochs: 50}}}",
    )


@dataclass(frozen=True)
class Asked:
    """What is trained with."""

    parameters: Mapping[str, Scalar] = field(default_factory=dict)
    """Every declared parameter."""
    profile: str = ""
    overrides: Mapping[str, JsonValue] = field(default_factory=dict)
    """What the profile sets instead of the settings of these names."""
    lines: tuple[str, ...] = ()
    """What to print: each decision, and what it rests on."""


@dataclass(frozen=True)
class _Given:
    """A word that sets a parameter, and where it was written."""

    text: str
    source: str
    place: str
    """How a message names that."""


def ask(settings: AskedSettings, request: Request, environment: Environment, build: Build) -> Asked:
    """The values of all parameters: build parameters before the commit message, then profile, then default.

    Raises SettingsError with all problems: an undeclared or ill-typed parameter, an unknown profile, a
    parameter without default that nobody sets, declarations that mean nothing.
    """
    known, sets = declarations(settings.parameters), profiles(settings.profiles)
    problems: list[str] = []
    profile = _profile(settings.keyword, request, sets, problems)
    defaults = _defaults(known, sets, problems)
    given, lines = _of_build(known, environment, build, problems)
    asked = _of_message(settings.keyword, request, known, problems)
    values: dict[str, Scalar] = {}
    quiet: list[str] = []
    for name, parameter in known.items():
        chosen = [one for one in (given.get(name), asked.get(name)) if one]
        read = [_read(parameter, one, problems) for one in chosen]
        default = defaults.get(profile, {}).get(name, parameter.default)
        source = f"profile {profile}" if name in defaults.get(profile, {}) else "default"
        value, source = (read[0], chosen[0].source) if chosen else (default, source)
        if value is None:
            if not chosen:
                how = f"[{settings.keyword} {name}=…]"
                problems.append(
                    f"settings.parameters.{name}: has no default, and nothing sets it; write {how}"
                )
            continue
        values[name] = value
        if source == "default":
            quiet.append(f"{name} = {_shown(value)}")
        else:
            lines.append(f"parameter {name} = {_shown(value)} ({source})")
    if problems:
        raise SettingsError(problems, hint=_declared_hint(known, sets))
    lines += [f"parameters by default: {', '.join(quiet)}"] if quiet else []
    lines = [f"profile {profile} (commit message)", *lines] if profile else lines
    return Asked(values, profile, sets[profile].overrides if profile else {}, tuple(lines))


def _profile(keyword: str, request: Request, sets: Mapping[str, Profile], problems: list[str]) -> str:
    """The profile that the message's words name; one at most."""
    for word in request.words:
        if word not in sets:
            meant = did_you_mean(word, sets)
            problems.append(f"commit message: [{keyword} {_shown(word)}]: there is no such profile{meant}")
    found = list(dict.fromkeys(word for word in request.words if word in sets))
    if len(found) > 1:
        problems.append(f"commit message: [{keyword} {' '.join(found)}]: only one profile can be chosen")
    return found[0] if found else ""


def _defaults(
    known: Mapping[str, Parameter], sets: Mapping[str, Profile], problems: list[str]
) -> dict[str, dict[str, Scalar]]:
    """The parameters' defaults of every profile, chosen or not: a mistake should not wait for its use."""
    made: dict[str, dict[str, Scalar]] = {}
    for profile, fields in sets.items():
        made[profile] = {}
        for name, value in fields.parameters.items():
            place = f"settings.profiles.{profile}.parameters.{quoted(name)[1:-1]}"
            if name not in known:
                problems.append(f"{place}: is not declared in settings.parameters{did_you_mean(name, known)}")
                continue
            try:
                made[profile][name] = known[name].take(value)
            except BadValueError as problem:
                problems.append(f"{place}: {problem}")
    return made


def _of_message(
    keyword: str, request: Request, known: Mapping[str, Parameter], problems: list[str]
) -> dict[str, _Given]:
    given = {}
    for name, text in request.parameters.items():
        place = f"commit message: [{keyword} {_shown(name)}={_shown(text)}]"
        if name in known:
            given[name] = _Given(text, "commit message", place)
        else:
            problems.append(f"{place}: this step declares no such parameter{did_you_mean(name, known)}")
    return given


def _of_build(
    known: Mapping[str, Parameter], environment: Environment, build: Build, problems: list[str]
) -> tuple[dict[str, _Given], list[str]]:
    """`TRAIN_<NAME>` of a build that somebody started with parameters; elsewhere they are named and ignored.

    Drone hands the query of a custom build, promotion, rollback or restart to the steps as it was written,
    so the case of a name says nothing.
    """
    names = {canonical(name): name for name in known}
    given: dict[str, _Given] = {}
    ignored = []
    for variable, text in sorted(environment.items()):
        key = canonical(variable[len(_PREFIX) :])
        if not variable.upper().startswith(_PREFIX) or not text or key in RESERVED:
            continue
        name = names.get(key)
        place = f"build parameter {_shown(variable)}"
        if build.event not in _CARRY_PARAMETERS and not build.is_restart:
            ignored.append(_shown(variable))
        elif name is None:
            meant = did_you_mean(key, names, f"{_PREFIX}{{}}")
            problems.append(f"{place}: this step declares no such parameter{meant}")
        elif name in given and given[name].text != text:
            problems.append(f"{place}: given twice, also as {given[name].source.rpartition(' ')[2]}")
        else:
            given[name] = _Given(text, place, place)
    if not ignored:
        return given, []
    why = "build parameters count on custom, promoted and restarted builds"
    return given, [f"ignored: {', '.join(ignored)}; {why}"]


def _read(parameter: Parameter, given: _Given, problems: list[str]) -> Scalar | None:
    try:
        return parameter.read(given.text)
    except BadValueError as problem:
        problems.append(f"{given.place}: {problem}")
        return None


def _declared_hint(known: Mapping[str, Parameter], sets: Mapping[str, Profile]) -> str:
    listed = [f"{name}: {parameter.allowed}" for name, parameter in known.items()]
    parameters = f"declared parameters: {'; '.join(listed)}" if listed else "this step declares no parameters"
    return "\n".join([parameters, *([f"profiles: {', '.join(sets)}"] if sets else [])])


def _shown(value: Scalar) -> str:
    """On one line, cut, and in quotes only where they are needed."""
    text = quoted(as_text(value), 40)
    return text[1:-1] if " " not in text and "\\" not in text and len(text) > 2 else text  # noqa: PLR2004 - the quotes
