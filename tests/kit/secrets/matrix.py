"""Kinds of secrets in each of the places in which they stand."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kit.secrets.draw import seeded
from kit.secrets.kinds import KINDS, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@dataclass(frozen=True)
class Planted:
    """A secret in a file of its own."""

    kind: Kind
    context: str
    path: str
    text: str = field(repr=False)
    value: str = field(repr=False)


@dataclass(frozen=True)
class Context:
    """A place, as a file of one kind."""

    name: str
    ending: str
    write: Callable[[str, str], str]
    """The file with a variable's name and value."""


def _notebook(name: str, value: str) -> str:
    source = [f"import os\nos.environ[{json.dumps(name)}] = {json.dumps(value)}\n"]
    cell = {
        "cell_type": "code",
        "execution_count": 1,
        "id": "a1b2",
        "metadata": {},
        "outputs": [],
        "source": source,
    }
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1)


def _yaml(name: str, value: str) -> str:
    if "\n" in value:
        return f"{name.lower()}: |\n" + "".join(f"  {row}\n" for row in value.split("\n"))
    return f"{name.lower()}: {value}\n"


CONTEXTS: tuple[Context, ...] = (
    Context("quoted", ".py", lambda name, value: f"{name} = {json.dumps(value)}\n"),
    Context("call", ".py", lambda name, value: f"client = connect({name.lower()}={json.dumps(value)})\n"),
    Context("keyword", ".py", lambda name, value: f"connect(\n    {name.lower()}={json.dumps(value)},\n)\n"),
    Context(
        ".env", ".env", lambda name, value: f"{name}={json.dumps(value) if chr(10) in value else value}\n"
    ),
    Context("yaml", ".yml", _yaml),
    Context("json", ".json", lambda name, value: json.dumps({"a": 1, name.lower(): value}, indent=2)),
    Context("bare", ".txt", lambda name, value: f"the {name} of the server is:\n{value}\n"),
    Context("notebook", ".ipynb", _notebook),
)


def matrix(seed: int = 1, kinds: tuple[Kind, ...] = KINDS) -> Iterator[Planted]:
    """Every kind in every context, each with a value of its own."""
    draw = seeded(seed)
    for number, kind in enumerate(kinds):
        for context in CONTEXTS:
            value = kind.draw(draw)
            path = f"{context.name.strip('.')}/{number:02}-{kind.rule}{context.ending}"
            yield Planted(kind, context.name, path, context.write(kind.name, value), value)


def write_matrix(folder: Path, seed: int = 1) -> tuple[Planted, ...]:
    """The matrix as files, for a scanner that reads a folder."""
    planted = tuple(matrix(seed))
    for each in planted:
        path = folder / each.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(each.text, encoding="utf-8")
    return planted
