"""YAML as the runners read it: go-yaml v2 (Drone) is YAML 1.1 with gaps, go-yaml v3 (Woodpecker) nearly 1.2.

Documents are PyYAML's nodes; what a plain word means is decided here, as both versions' `resolve.go` do.
"""

import math
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Literal, TypeAlias

import yaml

from drone_plugin.testing.errors import YamlParseError
from drone_plugin.testing.goformat import Value, format_float

Version: TypeAlias = Literal[2, 3]

PLAIN = "!plain"
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_EVERY_VERSION: dict[str, Value] = {
    **dict.fromkeys(_NULLS),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
}
_WORDS: dict[int, dict[str, Value]] = {
    2: {
        **_EVERY_VERSION,
        **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "on", "On", "ON"), True),
        **dict.fromkeys(("n", "N", "no", "No", "NO", "off", "Off", "OFF"), False),
    },
    3: _EVERY_VERSION,
}
_OCTAL = re.compile(r"[-+]?0[0-7]+")
_INTEGER = re.compile(r"[-+]?(0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+|0|[1-9][0-9]*)")
_SMALLEST, _LARGEST = -(2**63), 2**64 - 1  # what does not fit becomes a float
# Version 2 wants a sign in the exponent and a digit after the point.
_FLOAT = {
    2: re.compile(r"[-+]?[0-9]*\.?[0-9]+([eE][-+][0-9]+)?|\.[0-9]+([eE][-+]?[0-9]+)?"),
    3: re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"),
}
_WITH_MOMENTS: frozenset[Version] = frozenset({3})  # version 2 knows dates too, but hands them over as text
_MOMENT = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})"
    r"([Tt ](?P<hour>\d{1,2}):(?P<minute>\d{1,2}):(?P<second>\d{1,2})(?P<fraction>\.\d{1,9})?"
    r"(?P<zone>Z|[-+]\d\d:\d\d)?)?"
)


class _Loader(yaml.SafeLoader):
    """Marks a plain word as such instead of guessing what it means."""

    def resolve(self, kind: type[yaml.Node], value: str, implicit: tuple[bool, bool]) -> str:
        if kind is yaml.ScalarNode and implicit[0]:
            return PLAIN
        return str(super().resolve(kind, value, implicit))  # type: ignore[no-untyped-call]


def documents(text: str) -> list[yaml.Node]:
    """The documents of a stream, empty ones left out.

    Raises:
        YamlParseError: the text is no YAML.
    """
    try:
        return [node for node in yaml.compose_all(text, Loader=_Loader) if not is_null(node)]
    except yaml.YAMLError as error:
        raise YamlParseError(str(error)) from error


def is_null(node: yaml.Node | None, words: frozenset[str] = _NULLS) -> bool:
    """Whether the node is missing or one of the words for nothing."""
    return node is None or (isinstance(node, yaml.ScalarNode) and node.tag == PLAIN and node.value in words)


def text_of(node: yaml.Node) -> str:
    """A scalar decoded into a Go string: its text as written, whatever it would mean elsewhere."""
    if not isinstance(node, yaml.ScalarNode):
        raise YamlParseError(f"expected text{where(node)}")
    return "" if is_null(node) else str(node.value)


def where(node: yaml.Node) -> str:
    """The place of a node, for messages."""
    return f" in line {node.start_mark.line + 1}, column {node.start_mark.column + 1}"


def sequence(node: yaml.Node | None) -> list[yaml.Node]:
    """The items of a sequence; none of a missing one."""
    if node is None or is_null(node):
        return []
    if not isinstance(node, yaml.SequenceNode):
        raise YamlParseError(f"expected a list{where(node)}")
    return list(node.value)


def pairs(node: yaml.Node | None) -> list[tuple[yaml.Node, yaml.Node]]:
    """The entries of a mapping, merged ones (`<<`) first so that its own win; none of a missing one."""
    if node is None or is_null(node):
        return []
    if not isinstance(node, yaml.MappingNode):
        raise YamlParseError(f"expected a map{where(node)}")
    merged = [pair for key, value in node.value if _is_merge(key) for pair in _merged(value)]
    return merged + [(key, value) for key, value in node.value if not _is_merge(key)]


def _is_merge(key: yaml.Node) -> bool:
    return isinstance(key, yaml.ScalarNode) and key.tag == PLAIN and key.value == "<<"


def _merged(node: yaml.Node) -> Iterator[tuple[yaml.Node, yaml.Node]]:
    # Of several merged maps the first wins, so it comes last.
    for source in reversed(node.value) if isinstance(node, yaml.SequenceNode) else [node]:
        yield from pairs(source)


def fields(node: yaml.Node | None) -> dict[str, yaml.Node]:
    """A mapping decoded into a Go struct or a map with string keys."""
    return {text_of(key): value for key, value in pairs(node)}


def value_of(node: yaml.Node, version: Version) -> Value:
    """A node decoded into an `interface{}`, keys of maps as ghodss/yaml turns them into strings."""
    if isinstance(node, yaml.MappingNode):
        return {_key(key, version): value_of(item, version) for key, item in pairs(node)}
    if isinstance(node, yaml.SequenceNode):
        return [value_of(item, version) for item in node.value]
    if node.tag == PLAIN:
        return resolve(str(node.value), version)
    if node.tag == "tag:yaml.org,2002:str":
        return str(node.value)
    raise YamlParseError(f"the test kit does not know the tag {node.tag}{where(node)}")


def _key(node: yaml.Node, version: Version) -> str:
    match value_of(node, version):
        case bool() as flag:
            return "true" if flag else "false"
        case float() as number:
            return format_float(number)
        case int() | str() as plain:
            return str(plain)
        case _:
            raise YamlParseError(f"the key of a map must be a scalar{where(node)}")


def resolve(word: str, version: Version) -> Value:
    """What a plain word means."""
    if word in _WORDS[version]:
        return _WORDS[version][word]
    if not re.match(r"[-+.0-9]", word):
        return word
    number = _number(word.replace("_", ""), version)
    if number is not None:
        return number
    return (_moment(word) if version in _WITH_MOMENTS else None) or word


def _number(digits: str, version: Version) -> int | float | None:
    base = 8 if _OCTAL.fullmatch(digits) else 0 if _INTEGER.fullmatch(digits) else None
    if base is not None and _SMALLEST <= int(digits, base) <= _LARGEST:
        return int(digits, base)
    if _FLOAT[version].fullmatch(digits):
        number = float(digits)
        return number if math.isfinite(number) else None
    return None


def _moment(word: str) -> datetime | None:
    found = _MOMENT.fullmatch(word)
    if not found:
        return None
    parts = {name: int(found[name] or 0) for name in ("year", "month", "day", "hour", "minute", "second")}
    try:
        moment = datetime(**parts, tzinfo=UTC)
    except ValueError:
        return None
    zone = found["zone"]
    if zone and zone != "Z":
        moment = moment.replace(tzinfo=datetime.strptime(zone, "%z").tzinfo)
    fraction = found["fraction"]
    return moment.replace(microsecond=int(float(fraction) * 1_000_000)) if fraction else moment


def texts(node: yaml.Node | None) -> tuple[str, ...]:
    """A sequence decoded into strings; a single scalar stands for a list of one."""
    if isinstance(node, yaml.ScalarNode) and not is_null(node):
        return (text_of(node),)
    return tuple(text_of(item) for item in sequence(node))


def flag(node: yaml.Node | None) -> bool:
    """A scalar decoded into a Go bool, false when it is missing."""
    value = None if node is None else value_of(node, 2)
    if node is not None and value is not None and not isinstance(value, bool):
        raise YamlParseError(f"expected true or false{where(node)}")
    return bool(value)
