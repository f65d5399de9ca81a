"""A job from a file of the repository: YAML or JSON, read so that no file can do more than be a job.

The file is content of the commit. It is read by our own strict rules: plain values alone, no key twice, and
aliases only as far as the job that they write out stays small.
"""

from __future__ import annotations

import json
import math
import os
import re
import stat
from typing import TYPE_CHECKING

import yaml

from drone_plugin import SettingsError
from drone_plugin.scalars import quoted
from drone_plugin.values import within

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic import JsonValue

LARGEST = 1 << 18
"""Bytes of a file."""
MOST_VALUES = 50_000
"""Values of a job, what aliases repeat included: a thousand tasks have fewer."""
DEEPEST = 40

_INTEGER = re.compile(r"-?(0|[1-9]\d{0,17})", re.ASCII)
_FLOAT = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?", re.ASCII)
_WORDS: dict[str, JsonValue] = {"": None, "~": None, "null": None, "true": True, "false": False}
_PLAIN = "tag:yaml.org,2002:"
_SCALARS = {f"{_PLAIN}{kind}" for kind in ("null", "bool", "int", "float", "timestamp", "value", "merge")}


class _JobFileError(ValueError):
    """What is wrong with the file; the message fits after its path."""


def read_job_file(workspace: Path, path: str) -> dict[str, JsonValue]:
    """The job that the file holds.

    Raises SettingsError for a path that leads out of the workspace, a file that is too large or no regular
    one, and for text that is no YAML or JSON map.
    """
    file = within(workspace, path, "job")
    try:
        text = _text(file)
        value = _json(text) if path.endswith(".json") else _yaml(text)
    except _JobFileError as error:
        raise SettingsError(f"settings.job: {quoted(path)} {error}") from None
    except RecursionError:
        raise SettingsError(f"settings.job: {quoted(path)} is nested too deeply") from None
    if not isinstance(value, dict):
        raise SettingsError(f"settings.job: {quoted(path)} is not a map")
    return value


def _text(file: Path) -> str:
    """The file's text. A pipe is not waited for: only a regular file is read."""
    try:
        handle = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as opened:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise _JobFileError("is not a regular file")
            content = opened.read(LARGEST + 1)
    except OSError as error:
        raise _JobFileError(f"cannot be read: {error.strerror}") from None
    if len(content) > LARGEST:
        raise _JobFileError(f"is larger than {LARGEST >> 10} KiB")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _JobFileError("is not UTF-8") from None


def _json(text: str) -> JsonValue:
    def once(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
        made = dict(pairs)
        if len(made) < len(pairs):
            names = [name for name, _ in pairs]
            double = next(name for name in names if names.count(name) > 1)
            raise _JobFileError(f"has {quoted(double)} twice in one map")
        return made

    def finite(word: str) -> JsonValue:
        if not math.isfinite(float(word)):
            raise _JobFileError(f"holds {word}, which is no number of JSON")
        return float(word)

    def whole(word: str) -> JsonValue:
        return int(word) if _INTEGER.fullmatch(word) else finite(word)

    try:
        value: JsonValue = json.loads(
            text, object_pairs_hook=once, parse_constant=finite, parse_float=finite, parse_int=whole
        )
    except json.JSONDecodeError as error:
        raise _JobFileError(f"is no JSON: line {error.lineno}: {error.msg}") from None
    return value


def _yaml(text: str) -> JsonValue:
    try:
        nodes = list(yaml.compose_all(text, Loader=yaml.SafeLoader))
    except yaml.MarkedYAMLError as error:
        raise _JobFileError(f"is no YAML: {_explained(error, text)}") from None
    except (yaml.YAMLError, ValueError) as error:
        raise _JobFileError(f"is no YAML: {quoted(str(error).splitlines()[0])}") from None
    if len(nodes) != 1 or nodes[0] is None:
        raise _JobFileError(f"holds {len(nodes)} documents" if len(nodes) > 1 else "is empty")
    _count(nodes[0], {}, 0)
    return _value(nodes[0])


def _explained(error: yaml.MarkedYAMLError, text: str) -> str:
    if error.problem_mark is None:
        return str(error.problem)
    number = error.problem_mark.line
    named = "${" in "".join(text.splitlines()[number : number + 1])
    quotes = "; within { } and [ ] a ${…} has to stand in quotes" if named else ""
    return f"line {number + 1}: {error.problem}{quotes}"


def _count(node: yaml.Node, known: dict[int, int], depth: int) -> int:
    """How many values the node stands for, aliases written out. Raises _JobFileError for too many."""
    if id(node) in known:
        size = known[id(node)]
        if not size:
            raise _JobFileError(f"repeats itself without end, {_at(node)}")
        return size
    if depth > DEEPEST:
        raise _JobFileError(f"is nested too deeply, {_at(node)}")
    known[id(node)] = 0
    size = 1
    for inner in _inner(node):
        size += _count(inner, known, depth + 1)
        if size > MOST_VALUES:
            raise _JobFileError(f"writes out more than {MOST_VALUES} values, {_at(node)}")
    known[id(node)] = size
    return size


def _inner(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [part for pair in node.value for part in pair]
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def _value(node: yaml.Node) -> JsonValue:
    """The node as JSON would have it: no dates, no octals, no `yes` for true."""
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node)
    if node.tag not in {f"{_PLAIN}map", f"{_PLAIN}seq"}:
        raise _JobFileError(f"has a tag that a job has no use for, {_at(node)}: {quoted(node.tag)}")
    if isinstance(node, yaml.SequenceNode):
        return [_value(item) for item in node.value]
    return _mapping(node) if isinstance(node, yaml.MappingNode) else None


def _mapping(node: yaml.MappingNode) -> dict[str, JsonValue]:
    """A map; what is merged into it by `<<` comes below its own keys."""
    own: dict[str, JsonValue] = {}
    merged: dict[str, JsonValue] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise _JobFileError(f"has a key that is no text, {_at(key)}")
        if key.tag == f"{_PLAIN}merge":
            below = _value(value)
            for part in reversed(below) if isinstance(below, list) else [below]:
                if not isinstance(part, dict):
                    raise _JobFileError(f"merges what is no map, {_at(key)}")
                merged |= part
        elif key.value in own:
            raise _JobFileError(f"has {quoted(key.value)} twice in one map, {_at(key)}")
        else:
            own[key.value] = _value(value)
    return merged | own


def _scalar(node: yaml.ScalarNode) -> JsonValue:
    """A value in the type that it has in JSON, if it is written as JSON writes it; all else is text.

    So `0755` and `1.10` keep their spelling where a text is wanted.
    """
    text = str(node.value)
    if node.tag == f"{_PLAIN}str" or (node.style and node.tag in _SCALARS):
        return text
    if node.tag not in _SCALARS:
        raise _JobFileError(f"has a tag that a job has no use for, {_at(node)}: {quoted(node.tag)}")
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text) and math.isfinite(float(text)) and repr(float(text)) == text:
        return float(text)
    return text


def _at(node: yaml.Node) -> str:
    return f"line {node.start_mark.line + 1}"
