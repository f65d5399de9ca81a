"""Whatever a runner can make of a YAML value, the settings give it back, or lose what the encoder lost.

Each example is a setting as YAML has it; a runner's encoder makes a variable of it, and the settings read that.
The same examples come in every run; `PROPERTIES=random` looks for new ones (`PROPERTIES_EXAMPLES` many).
"""

import json
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, TypeAlias

import hypothesis
import pytest
from hypothesis import strategies as st
from pydantic import JsonValue, SecretStr

from drone_plugin import Settings, SettingsError, setting
from drone_plugin.testing.encode import Dialect, encode
from drone_plugin.testing.goformat import Value

Runner: TypeAlias = Literal["drone", "kube", "woodpecker", "harness"]
RUNNERS: tuple[Runner, ...] = ("drone", "kube", "woodpecker", "harness")
SECRET = "s3cr3t"

profile = hypothesis.settings(
    derandomize=os.environ.get("PROPERTIES") != "random",
    max_examples=int(os.environ.get("PROPERTIES_EXAMPLES", "2000")),
    database=None,
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)


class Every(Settings):
    """A setting of every kind that an encoder treats in its own way."""

    some_text: str | None = setting(None, "a text", example="x")
    some_secret: SecretStr | None = setting(None, "a secret", example="x")
    some_flag: bool | None = setting(None, "a flag", example="true")
    some_count: int | None = setting(None, "a whole number", example="1")
    some_rate: float | None = setting(None, "a number", example="1.5")
    some_texts: list[str] | None = setting(None, "texts", example="a, b")
    some_pairs: dict[str, str] | None = setting(None, "texts by name", example="{a: b}")
    some_map: dict[str, JsonValue] | None = setting(None, "anything by name", example="{a: 1}")
    some_items: list[JsonValue] | None = setting(None, "anything", example="[{a: 1}]")


@dataclass(frozen=True)
class Refused:
    """The settings say no, in these words."""

    words: str


UNRESOLVED = Refused(
    "Drone resolves from_secret only at the top level of a setting, not inside of a map or list"
)


@dataclass(frozen=True)
class Case:
    """One setting as written in YAML, and what must come of it."""

    name: str
    yaml: str
    value: Value
    """What the YAML says, for Harness, whose YAML parser is not restated here."""
    agrees: Callable[[Runner, object], bool]

    def __repr__(self) -> str:
        """For hypothesis' report of a counterexample."""
        return f"{self.name}: {self.yaml}"


def given_back(value: object) -> Callable[[Runner, object], bool]:
    """It comes back as it is, whatever the runner."""
    return lambda _, outcome: same(outcome, value)


def same(one: object, other: object) -> bool:
    """Equal, where a float may have lost its point or exponent, and where true is not 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, int | float) and isinstance(other, int | float):
        return one == other if isinstance(one, int) and isinstance(other, int) else float(one) == float(other)
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(item, other[key]) for key, item in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other


# YAML as one may write it.


def yaml_of(value: Value) -> str:
    """Flow style with every text in double quotes, safe from the substitution that comes before the YAML."""
    return written(value).replace("\\", "\\\\").replace("$", "$$")


def written(value: Value) -> str:
    """YAML of a value."""
    match value:
        case None:
            return "~"
        case bool():
            return "true" if value else "false"
        case str():
            return '"' + "".join(map(_character, value)) + '"'
        case Mapping():
            return "{" + ", ".join(f"{written(key)}: {written(item)}" for key, item in value.items()) + "}"
        case Sequence():
            return "[" + ", ".join(map(written, value)) + "]"
        case _:
            return repr(value)


def _character(char: str) -> str:
    if char in '"\\':
        return f"\\{char}"
    plain = char.isprintable() and char != "\ufeff"
    return char if plain else f"\\U{ord(char):08x}"


# Harness: `SerializerUtils` on Jackson's tree; what is empty is dropped by the engine.


def harness(value: Value) -> str:
    """A text, a list of scalars between commas, or JSON over several lines."""
    if isinstance(value, Mapping):
        return pretty(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        simple = not any(isinstance(item, Mapping | list) for item in value)
        return ",".join(map(as_text, value)) if simple else pretty(value)
    return as_text(value)


def as_text(value: Value) -> str:
    """Jackson's `asText`."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return java_float(value) if isinstance(value, float) else str(value)


def java_float(number: float) -> str:
    """`Double.toString`: always with a point, an exponent below 0.001 and from ten millions on."""
    if number == 0 or 1e-3 <= abs(number) < 1e7:
        return f"{Decimal(repr(number)):f}"
    sign, digits, _ = Decimal(repr(number)).as_tuple()
    figures = "".join(map(str, digits)).rstrip("0")
    exponent = Decimal(repr(number)).adjusted()
    return f"{'-' if sign else ''}{figures[0]}.{figures[1:] or '0'}E{exponent}"


def pretty(value: Value, indent: str = "") -> str:
    """Jackson's `DefaultPrettyPrinter`: a line for each entry of an object, lists on one line."""
    if isinstance(value, Mapping):
        inner = f"{indent}  "
        rows = [
            f"{inner}{json.dumps(key, ensure_ascii=False)} : {pretty(item, inner)}"
            for key, item in value.items()
        ]
        return "{\n" + ",\n".join(rows) + f"\n{indent}}}" if rows else "{ }"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"[ {', '.join(pretty(item, indent) for item in value)} ]" if value else "[ ]"
    if isinstance(value, str) or value is None:
        return json.dumps(value, ensure_ascii=False)
    return as_text(value)


# Values.

ANY = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
TRICKY = st.sampled_from("ab1.,\\[]{}()\"'`=:;#-_+*!|>%@&<$?~/ \t\r\n\x1b\x7f\x85\u2028é🚀")
TEXT = st.text(ANY | TRICKY, max_size=12)
CLEAN = st.text(ANY | TRICKY, min_size=1, max_size=8).filter(
    lambda text: (
        "," not in text
        and text == text.strip()
        and len(text.splitlines()) == 1
        and not text.endswith("\\")
        and text[0] not in "[{"
    )
)
WHOLE = st.integers(-(2**63), 2**64 - 1)
NUMBER = st.floats(allow_nan=False, allow_infinity=False)
SCALAR: st.SearchStrategy[Value] = st.none() | st.booleans() | WHOLE | NUMBER | TEXT
KEY = TEXT.filter(lambda key: key != "from_secret")


def tree(leaves: st.SearchStrategy[Value]) -> st.SearchStrategy[Value]:
    """Maps and lists of maps and lists."""
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEY, inner, max_size=3),
        max_leaves=6,
    )


ANYTHING = tree(SCALAR)


def texts() -> st.SearchStrategy[Case]:
    """A quoted text is itself; an empty one is as good as none."""
    return TEXT.map(lambda text: Case("some_text", yaml_of(text), text, given_back(text or None)))


def secrets() -> st.SearchStrategy[Case]:
    """A secret loses the line ends after it, nothing else."""
    return TEXT.map(
        lambda text: Case(
            "some_secret",
            yaml_of(text),
            text,
            given_back(SecretStr(text.rstrip("\r\n")) if text else None),
        )
    )


def flags() -> st.SearchStrategy[Case]:
    """YAML 1.1's words for true and false, quoted or plain, mean what they say on every runner."""
    words = {True: ("true", "yes", "on", "y"), False: ("false", "no", "off", "n")}
    cases = [
        Case("some_flag", f"{quote}{spelled}{quote}", spelled, given_back(meaning))
        for meaning, known in words.items()
        for word in known
        for spelled in (word, word.capitalize(), word.upper())
        for quote in ("", "'", '"')
    ]
    return st.sampled_from(cases)


def counts() -> st.SearchStrategy[Case]:
    """Whole numbers come back exactly, but those beyond 64 bits as the nearest float."""
    plain = WHOLE.map(lambda whole: Case("some_count", f"{whole}", whole, given_back(whole)))
    quoted = st.integers().map(lambda whole: Case("some_count", f"'{whole}'", f"{whole}", given_back(whole)))
    large = st.integers(2**64, 10**40).map(
        lambda whole: Case(
            "some_count", f"{whole}", whole, lambda _, it: isinstance(it, int) and float(it) == float(whole)
        )
    )
    return plain | quoted | large


def rates() -> st.SearchStrategy[Case]:
    """Numbers come back exactly, in whatever notation a runner prints them."""
    return NUMBER.map(lambda number: Case("some_rate", yaml_of(number), number, given_back(number)))


def notations() -> st.SearchStrategy[Case]:
    """A number that is no text: its value is kept, its notation is not."""
    octal = st.integers(1, 0o7777777).map(
        lambda whole: Case("some_text", f"0{whole:o}", whole, given_back(f"{whole}"))
    )
    version = st.tuples(st.integers(0, 99), st.integers(1, 99), st.integers(1, 3)).map(
        lambda parts: _version(f"{parts[0]}.{parts[1]}{'0' * parts[2]}")
    )
    return octal | version


def _version(text: str) -> Case:
    return Case(
        "some_text",
        text,
        float(text),
        lambda _, it: isinstance(it, str) and it == text.rstrip("0"),
    )


def dates() -> st.SearchStrategy[Case]:
    """A date is a text on Drone and a moment on Woodpecker, whose quotes and midnight are undone."""
    return st.dates().map(
        lambda day: Case("some_text", day.isoformat(), day.isoformat(), given_back(day.isoformat()))
    )


def lists() -> st.SearchStrategy[Case]:
    """Items without commas come back."""
    return st.lists(CLEAN, max_size=5).map(
        lambda items: Case("some_texts", yaml_of(items), items, given_back(items or None))
    )


def split_lists() -> st.SearchStrategy[Case]:
    """The encoder forgets where an item with a comma, a line end, or nothing in it begins and ends."""
    rough = st.none() | st.text(st.sampled_from("ab, \n"), max_size=5)
    return st.lists(rough, max_size=4).map(_split)


def _split(items: list[str | None]) -> Case:
    joined = ",".join(item or "" for item in items)
    parts = joined.split("\n") if "\n" in joined.strip() else joined.split(",")
    left = [part.strip() for part in parts if part.strip()]
    return Case("some_texts", yaml_of(items), items, given_back(left if joined else None))


def json_lists() -> st.SearchStrategy[Case]:
    """A list that is written as JSON in a text loses nothing but empty items."""
    return st.lists(TEXT, max_size=5).map(
        lambda items: Case(
            "some_texts", yaml_of(json.dumps(items)), json.dumps(items), given_back(list(filter(None, items)))
        )
    )


def pairs() -> st.SearchStrategy[Case]:
    """A map of texts loses nothing: commas, quotes and line ends included."""
    return st.dictionaries(KEY, TEXT, max_size=4).map(
        lambda pairs: Case("some_pairs", yaml_of(pairs), pairs, given_back(pairs))
    )


def scalar_pairs() -> st.SearchStrategy[Case]:
    """Numbers and words of a map become texts of the same value, nothing an empty one."""
    return st.dictionaries(KEY, SCALAR, max_size=4).map(
        lambda pairs: Case("some_pairs", yaml_of(pairs), pairs, lambda _, it: _as_texts(it, pairs))
    )


def _as_texts(outcome: object, pairs: Mapping[str, Value]) -> bool:
    return (
        isinstance(outcome, dict)
        and outcome.keys() == pairs.keys()
        and all(_is_text_of(outcome[key], value) for key, value in pairs.items())
    )


def _is_text_of(text: object, value: Value) -> bool:
    if not isinstance(text, str):
        return False
    if isinstance(value, float):
        return float(text) == value
    return text == as_text(value)


def pair_lists() -> st.SearchStrategy[Case]:
    """`key=value` items are a map, too; values may hold further `=`."""
    key = CLEAN.filter(lambda key: "=" not in key)
    value = (CLEAN | st.just("")).filter(lambda value: value == value.strip())
    return st.dictionaries(key, value, min_size=1, max_size=4).map(
        lambda pairs: Case(
            "some_pairs",
            yaml_of([f"{name}={value}" for name, value in pairs.items()]),
            [f"{name}={value}" for name, value in pairs.items()],
            given_back(pairs),
        )
    )


def maps() -> st.SearchStrategy[Case]:
    """A map of anything comes back with the types of its values."""
    return st.dictionaries(KEY, ANYTHING, max_size=4).map(
        lambda entries: Case("some_map", yaml_of(entries), entries, given_back(entries))
    )


def item_lists() -> st.SearchStrategy[Case]:
    """A list that holds maps or lists is encoded as JSON and comes back with the types of its values."""
    return (
        st.lists(ANYTHING, min_size=1, max_size=4)
        .filter(lambda items: any(isinstance(item, dict | list) for item in items))
        .map(lambda items: Case("some_items", yaml_of(items), items, given_back(items)))
    )


def references() -> st.SearchStrategy[Case]:
    """A secret inside of a map or list: Woodpecker and Harness resolve it, Drone does not."""

    def case(parts: tuple[str, str, dict[str, Value], Value]) -> Case:
        name, key, others, place = parts
        inside: Value = (
            [place, {"from_secret": "token"}] if name == "some_items" else {"from_secret": "token"}
        )
        resolved: Value = [place, SECRET] if name == "some_items" else SECRET
        wrap: Callable[[Value], Value] = (
            (lambda it: [others, it]) if name == "some_items" else lambda it: {**others, key: it}
        )
        return Case(
            name,
            yaml_of(wrap(inside)),
            wrap(resolved),
            lambda runner, it: it == UNRESOLVED if runner in {"drone", "kube"} else same(it, wrap(resolved)),
        )

    return st.tuples(
        st.sampled_from(["some_map", "some_items"]), KEY, st.dictionaries(KEY, SCALAR, max_size=2), ANYTHING
    ).map(case)


CASES = st.one_of(
    texts(),
    secrets(),
    flags(),
    counts(),
    rates(),
    notations(),
    dates(),
    lists(),
    split_lists(),
    json_lists(),
    pairs(),
    scalar_pairs(),
    pair_lists(),
    maps(),
    item_lists(),
    references(),
)


def variables(case: Case, runner: Runner, spelling: str) -> Mapping[str, str]:
    """What the step of a runner gets."""
    key = case.name.replace("_", spelling)
    if runner == "harness":
        text = harness(case.value)
        return {f"PLUGIN_{key.upper()}": text} if text else {}
    dialect: Dialect = runner
    return encode(f"{key}: {case.yaml}\n", dialect, secrets={"token": SECRET}, substitutions={})


def outcome(name: str, environment: Mapping[str, str]) -> object:
    """The setting's value, None where it is unset, or why it is refused."""
    try:
        value: object = getattr(Every.load(environment), name)
    except SettingsError as error:
        return Refused(re.sub(r"^settings\.\w+: ", "", error.message))
    return value


@pytest.mark.contract
@pytest.mark.parametrize("runner", RUNNERS)
def test_what_a_runner_makes_of_yaml_is_read_back_or_lost_as_documented(runner: Runner) -> None:
    @profile
    @hypothesis.given(case=CASES, spelling=st.sampled_from("_-."))
    def check(case: Case, spelling: str) -> None:
        environment = variables(case, runner, spelling)

        found = outcome(case.name, environment)

        assert case.agrees(runner, found), f"{environment} is read as {found!r}"

    check()
