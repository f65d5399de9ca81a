"""A regular expression, taken apart as far as it matters how long it takes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable

Kind: TypeAlias = Literal["chars", "repeat", "branch", "group", "look", "reference"]

EVERY: frozenset[int] = frozenset(range(256))
"""The characters that are told apart: enough to see whether two classes have one in common."""


@dataclass(frozen=True)
class Node:
    """A part of an expression."""

    kind: Kind
    """`look` takes no character: an anchor, or what looks around."""
    chars: frozenset[int] = frozenset()
    """Those that it stands for, if it is one character."""
    least: int = 1
    most: int = 1
    parts: tuple[tuple[Node, ...], ...] = ()
    """The sequences in it: of a branch each alternative, else one."""

    def all_chars(self) -> frozenset[int]:
        """Every character that can be in what it matches."""
        return self.chars.union(*(node.all_chars() for part in self.parts for node in part))


def parsed(regex: str) -> tuple[Node, ...]:
    """The expression's parts, by Python's own parser."""
    return _sequence(parser.parse(regex))


# What the parser gives has no types: an operation, and an operand of its own form for each.
def _sequence(items: Iterable[Any]) -> tuple[Node, ...]:
    return tuple(_node(code, operand) for code, operand in items)


def _node(code: object, operand: Any) -> Node:  # noqa: ANN401 - see above
    kind: Kind = _KINDS.get(code, "chars")
    if kind == "chars":
        return Node(kind, _chars(code, operand))
    if kind == "repeat":
        least, most, inner = operand
        return Node(kind, least=int(least), most=int(most), parts=(_sequence(inner),))
    return Node(kind, parts=tuple(map(_sequence, _inside(code, operand))))


_KINDS: dict[object, Kind] = {
    codes.MAX_REPEAT: "repeat",
    codes.MIN_REPEAT: "repeat",
    codes.POSSESSIVE_REPEAT: "repeat",
    codes.BRANCH: "branch",
    codes.SUBPATTERN: "group",
    codes.ATOMIC_GROUP: "group",
    codes.ASSERT: "look",
    codes.ASSERT_NOT: "look",
    codes.AT: "look",
    codes.GROUPREF: "reference",
    codes.GROUPREF_EXISTS: "reference",
}


def _inside(code: object, operand: Any) -> list[Any]:  # noqa: ANN401 - see above
    """The sequences in a branch, a group, or what looks around."""
    if code is codes.BRANCH:
        return list(operand[1])
    if code is codes.ATOMIC_GROUP:
        return [operand]
    return [operand[-1]] if _KINDS[code] != "reference" and code is not codes.AT else []


def _chars(code: object, operand: Any) -> frozenset[int]:  # noqa: ANN401 - see above
    if code is codes.LITERAL:
        return frozenset({operand}) & EVERY
    if code is codes.NOT_LITERAL:
        return EVERY - {operand}
    if code is codes.IN:
        chosen = frozenset(byte for byte in EVERY for kind, value in operand if _holds(kind, value, byte))
        return EVERY - chosen if operand[0][0] is codes.NEGATE else chosen
    return EVERY


_CATEGORIES = {
    codes.CATEGORY_DIGIT: r"\d",
    codes.CATEGORY_NOT_DIGIT: r"\D",
    codes.CATEGORY_SPACE: r"\s",
    codes.CATEGORY_NOT_SPACE: r"\S",
    codes.CATEGORY_WORD: r"\w",
    codes.CATEGORY_NOT_WORD: r"\W",
}


def _holds(kind: object, value: Any, byte: int) -> bool:  # noqa: ANN401 - see above
    """Whether a member of a class is this character."""
    if kind is codes.LITERAL:
        return bool(value == byte)
    if kind is codes.RANGE:
        return bool(value[0] <= byte <= value[1])
    return kind is codes.CATEGORY and bool(re.match(_CATEGORIES[value], chr(byte)))
