"""What the parts of a scan hand to each other: an item to read, a secret found, and the two together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

Origin: TypeAlias = Literal["file", "blob", "message", "ref", "name"]


@dataclass(frozen=True)
class Item:
    """One thing to scan: a file, a blob of a commit, a commit message, the name of a ref or of a file."""

    path: str
    origin: Origin
    commit: str = ""
    """The commit that brought it, the full id; empty for the work tree."""
    author_date: str = ""
    """When that commit was written, in ISO 8601."""
    blob: str = ""
    """The id of the git object that holds it."""
    size: int = 0
    """In bytes, as far as it is known without reading."""
    read: Callable[[], bytes] = field(default=bytes, compare=False, repr=False)


@dataclass(frozen=True)
class Found:
    """A secret in an item. Its value and its line are kept out of every representation."""

    rule: str
    """The stable id of the rule, as `databricks-token`."""
    kind: str
    """The same for people, as `Databricks Token`."""
    value: str = field(repr=False)
    """The whole secret."""
    line: int
    """From 1, in what the user sees: in a notebook within the cell."""
    column: int
    """From 1."""
    text: str = field(repr=False)
    """The whole line."""
    why: str
    """As `quoted, entropy 4.9`."""
    cell: str = ""
    """As `cell 3 output`; notebooks only."""


@dataclass(frozen=True)
class Finding:
    """A secret, and where it was."""

    found: Found
    item: Item
