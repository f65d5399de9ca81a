"""Every conformance case of the contract, read back to the value that stands in the YAML or to a known loss."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, cast

import pytest
from pydantic import BaseModel, JsonValue, SecretStr, create_model

from drone_plugin import Settings, SettingsError, setting
from drone_plugin.testing.encode import Dialect
from drone_plugin.testing.errors import DroneError, PipelineError, YamlParseError
from drone_plugin.testing.vectors import DIALECTS, Vector, vectors


@dataclass(frozen=True)
class Refused:
    """The decoder says no, in these words after the setting's name."""

    words: str


@dataclass(frozen=True)
class Unset:
    """The setting has its default, and a required one explains itself by these words."""

    why: str


class Port(BaseModel):
    """An item of a list of maps."""

    name: str
    port: int


@dataclass(frozen=True)
class Reading:
    """A vector read as a type: the value on every runner but those that `differs` names."""

    kind: object
    value: object
    loss: str = ""
    """What the encoder loses of the YAML, so that no decoder can bring it back."""
    differs: Mapping[Dialect, object] = field(default_factory=dict)
    name: str = "v"

    def expected(self, dialect: Dialect) -> object:
        """The value for one runner."""
        return self.differs.get(dialect, self.value)


@dataclass(frozen=True)
class NoStep:
    """The runner refuses the pipeline: there is no step whose settings could be read."""

    error: type[DroneError]


NEVER_GIVEN = Unset("is required; for example: v: x")
SECRET_NEVER_GIVEN = Unset("is required; for example: v: {from_secret: x}")
EMPTY = Unset(
    "set, but empty. If it comes from_secret: no secret of that name reaches this build, "
    "or it is not exposed to pull requests"
)
UNRESOLVED = Refused(
    "Drone resolves from_secret only at the top level of a setting, not inside of a map or list"
)
WRITTEN_EMPTY: Mapping[Dialect, object] = {"drone": NEVER_GIVEN, "kube": EMPTY, "woodpecker": EMPTY}
AS_WRITTEN = "the notation of an unquoted number: quote versions, modes and commit ids"
TEXTS = list[str]
TEXT_MAP = dict[str, str]
JSON_MAP = dict[str, JsonValue]


def _same(value: object) -> Mapping[Dialect, object]:
    return {"drone": value, "kube": value}


READINGS: Mapping[str, tuple[Reading, ...] | NoStep] = {
    "str": (Reading(str, "hello"), Reading(Literal["hello", "bye"], "hello"), Reading(TEXTS, ["hello"])),
    "str-outer-space": (Reading(str, "  a "), Reading(TEXTS, ["a"])),
    "str-empty": (Reading(str, None, differs=WRITTEN_EMPTY), Reading(int, None, differs=WRITTEN_EMPTY)),
    "null-tilde": (Reading(str, NEVER_GIVEN), Reading(TEXTS, NEVER_GIVEN)),
    "null-bare": (Reading(str, NEVER_GIVEN), Reading(TEXT_MAP, NEVER_GIVEN)),
    "null-capital": (
        Reading(str, "null", "that Null is no word, on Drone", {"woodpecker": NEVER_GIVEN}),
        Reading(int, Refused('"null" is not a whole number'), differs={"woodpecker": NEVER_GIVEN}),
    ),
    "int": (Reading(int, 42), Reading(float, 42.0), Reading(str, "42")),
    "int-neg": (Reading(int, -7), Reading(float, -7.0)),
    "int-octal": (Reading(int, 493), Reading(str, "493", AS_WRITTEN)),
    "leading-zero-decimal": (Reading(int, 9), Reading(str, "9", AS_WRITTEN)),
    "int-octal-quoted": (Reading(str, "0755"), Reading(int, 755)),
    "sha-like-octal": (Reading(str, "42798", AS_WRITTEN), Reading(int, 42798)),
    "int-hex": (Reading(int, 31), Reading(str, "31", AS_WRITTEN)),
    "int-underscore": (Reading(int, 1000), Reading(str, "1000", AS_WRITTEN)),
    "float": (Reading(float, 42.424242), Reading(int, Refused('"42.424242" is not a whole number'))),
    "float-trailing-zero": (Reading(float, 3.1), Reading(str, "3.1", "the zero of 3.10")),
    "float-whole": (Reading(float, 1.0), Reading(int, 1), Reading(str, "1", "the point of 1.0")),
    "float-exp-out": (Reading(int, 1000000), Reading(float, 1e6), Reading(str, "1e+06", AS_WRITTEN)),
    "float-exp-nosign": (
        Reading(int, 1000000),
        Reading(float, 1e6),
        Reading(str, "1e6", AS_WRITTEN, {"woodpecker": "1e+06"}),
    ),
    "bool-true": (Reading(bool, value=True), Reading(str, "true")),
    "bool-True": (Reading(bool, value=True), Reading(str, "true", "the capital letter of True")),
    "bool-False-quoted": (Reading(bool, value=False), Reading(str, "False")),
    "bool-yes": (
        Reading(bool, value=True),
        Reading(str, "true", "the word yes, which YAML 1.1 takes for a boolean", {"woodpecker": "yes"}),
    ),
    "bool-off": (
        Reading(bool, value=False),
        Reading(str, "false", "the word off, which YAML 1.1 takes for a boolean", {"woodpecker": "off"}),
    ),
    "date": (Reading(str, "2024-01-02"),),
    "list": (Reading(TEXTS, ["foo", "bar", "baz"]), Reading(tuple[str, ...], ("foo", "bar", "baz"))),
    "list-int": (Reading(list[int], [1, 1, 2, 3, 5, 8]), Reading(TEXTS, ["1", "1", "2", "3", "5", "8"])),
    "list-mixed": (
        Reading(
            TEXTS,
            ["a", "1", "true", "1.1", "true"],
            "the zero of 1.10, and on Drone the word yes",
            {"woodpecker": ["a", "1", "true", "1.1", "yes"]},
        ),
    ),
    "list-single": (Reading(TEXTS, ["next"]), Reading(str, "next")),
    "list-comma-item": (
        Reading(TEXTS, ["A=x", "y", "B=z"], "a comma inside an item splits it: use a map"),
        Reading(TEXT_MAP, Refused('"y" is not key=value; write a map, or key=value items')),
    ),
    "list-null-item": (Reading(TEXTS, ["a"], "an item that is null"),),
    "list-newline-item": (Reading(TEXTS, ["a", "b,c"], "where items end, as one has two lines"),),
    "list-empty": (Reading(TEXTS, None, differs=WRITTEN_EMPTY),),
    "list-nested": (
        Reading(TEXTS, Refused(r'"[\"1\", \"2\"]" is a list or map where one value is expected')),
        Reading(str, "[[1,2],[3]]"),
    ),
    "list-maps": (
        Reading(list[Port], [Port(name="john", port=1)]),
        Reading(list[TEXT_MAP], [{"name": "john", "port": "1"}]),
        Reading(
            TEXTS,
            Refused(r'"{\"name\": \"john\", \"port\": \"1\"}" is a list or map where one value is expected'),
        ),
    ),
    "list-scalar-and-map": (
        Reading(list[JsonValue], ["a", {"k": None}]),
        Reading(TEXTS, Refused(r'"{\"k\": null}" is a list or map where one value is expected')),
    ),
    "map": (Reading(TEXT_MAP, {"foo": "bar"}), Reading(JSON_MAP, {"foo": "bar"})),
    "map-sorted-typed": (
        Reading(TEXT_MAP, {"a": "2", "b": "true", "c": "1", "d": "x,y"}, "the point of 1.0"),
        Reading(JSON_MAP, {"a": 2, "b": True, "c": 1, "d": "x,y"}),
    ),
    "map-nested": (
        Reading(JSON_MAP, {"a": {"b": [1, "two"]}}),
        Reading(
            TEXT_MAP, Refused(r'"{\"b\": [\"1\", \"two\"]}" is a list or map where one value is expected')
        ),
    ),
    "map-empty": (Reading(TEXT_MAP, {}), Reading(JSON_MAP, {})),
    "map-html-escape": (Reading(TEXT_MAP, {"u": "a&b<c>"}), Reading(JSON_MAP, {"u": "a&b<c>"})),
    "multiline-literal": (
        Reading(str, "line1\nline2\n"),
        Reading(TEXTS, ["line1", "line2"]),
        Reading(SecretStr, SecretStr("line1\nline2")),
    ),
    "json-in-string": (Reading(JSON_MAP, {"a": [1, 2]}), Reading(str, '{"a": [1, 2]}')),
    "key-underscore": (Reading(str, "x", name="my_key"),),
    "key-hyphen": (Reading(str, "x", name="my_key"),),
    "key-dot": (Reading(str, "x", name="my_key"),),
    "key-camel": (Reading(int, 3, name="anint"),),
    "secret": (Reading(SecretStr, SecretStr("s3cr3t")), Reading(str, "s3cr3t")),
    "secret-multiline": (Reading(SecretStr, SecretStr("l1\nl2")), Reading(TEXTS, ["l1", "l2"])),
    "secret-missing": (
        Reading(SecretStr, None, differs={"drone": EMPTY, "kube": SECRET_NEVER_GIVEN}),
        Reading(int, None, differs={"drone": EMPTY, "kube": NEVER_GIVEN}),
    ),
    "secret-extra-keys": (Reading(SecretStr, SecretStr("s3cr3t")),),
    "secret-in-map": (
        Reading(TEXT_MAP, {"user": "bob", "pass": "s3cr3t"}, differs=_same(UNRESOLVED)),
        Reading(
            dict[str, SecretStr],
            {"user": SecretStr("bob"), "pass": SecretStr("s3cr3t")},
            differs=_same(UNRESOLVED),
        ),
        Reading(JSON_MAP, {"user": "bob", "pass": "s3cr3t"}, differs=_same(UNRESOLVED)),
        Reading(str, '{"pass":"s3cr3t","user":"bob"}', differs=_same(UNRESOLVED)),
    ),
    "secret-in-list": (
        Reading(TEXTS, ["s3cr3t", "s3cr3t"], differs=_same(UNRESOLVED)),
        Reading(list[SecretStr], [SecretStr("s3cr3t"), SecretStr("s3cr3t")], differs=_same(UNRESOLVED)),
    ),
    "backslash-single": (Reading(str, r"\d+\.\d+"), Reading(TEXTS, [r"\d+\.\d+"])),
    "backslash-double-halved": (Reading(str, r"C:\dir", "every second backslash"),),
    "backslash-double-quoted-newline": (Reading(str, "x\ny", "every second backslash"),),
    "subst": (Reading(str, "main"),),
    "subst-escaped": (Reading(str, "${DRONE_BRANCH}"),),
    "subst-bare-dollar": (Reading(str, "a$b"),),
    "subst-double-dollar": (Reading(str, "a$b"),),
    "subst-unset": (Reading(str, NEVER_GIVEN),),
    "subst-message-train-alone": (
        Reading(str, "train", "the brackets: a message pasted into YAML is YAML"),
        Reading(TEXTS, ["train"]),
    ),
    "subst-message-train": NoStep(YamlParseError),
    "subst-message-multiline": (Reading(str, "l1\nl2"),),
}
NO_STEP: Mapping[tuple[str, Dialect], type[DroneError]] = {("secret-missing", "woodpecker"): PipelineError}

CASES = [(vector, dialect) for vector in vectors() for dialect in DIALECTS if dialect in vector.expected]


def settings_of(kind: object) -> type[Settings]:
    """Settings with the names that the vectors use, each of type `kind` and required."""
    optional = cast("type[object]", cast("type[object]", kind) | None)
    entry = (optional, setting(None, "what is read", example="x", required=True))
    return create_model("Tested", __base__=Settings, v=entry, my_key=entry, anint=entry)


def outcome(reading: Reading, environment: Mapping[str, str]) -> object:
    """What comes of reading a variable: its value, why there is none, or why it is refused."""
    try:
        settings = settings_of(reading.kind).load(environment)
    except SettingsError as error:
        return Refused(error.message.removeprefix(f"settings.{reading.name}: "))
    value: object = getattr(settings, reading.name)
    if value is not None:
        return value
    with pytest.raises(SettingsError) as caught:
        settings.require()
    start = f"settings.{reading.name}: "
    return Unset(
        next(line for line in caught.value.message.splitlines() if line.startswith(start))[len(start) :]
    )


@pytest.mark.contract
@pytest.mark.parametrize(
    ("vector", "dialect"), CASES, ids=[f"{dialect}-{vector.id}" for vector, dialect in CASES]
)
def test_a_setting_is_read_back_as_the_yaml_says_it_or_with_a_known_loss(
    vector: Vector, dialect: Dialect
) -> None:
    readings = READINGS[vector.id]
    error = readings.error if isinstance(readings, NoStep) else NO_STEP.get((vector.id, dialect))
    if error is not None:
        with pytest.raises(error):
            vector.encode(dialect)
        return
    assert not isinstance(readings, NoStep)

    environment = vector.encode(dialect)

    for reading in readings:
        assert outcome(reading, environment) == reading.expected(dialect), (
            f"as {reading.kind}; {reading.loss}"
        )


@pytest.mark.contract
def test_every_one_of_the_176_cases_has_an_expectation() -> None:
    assert set(READINGS) == {vector.id for vector in vectors()}
    assert len(CASES) == 176
