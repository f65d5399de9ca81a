"""Text that a regular expression matches, drawn at random."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secret_scan.expressions import parsed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from secret_scan.expressions import Node

_PRINTABLE = frozenset(range(33, 127))
_MORE = 40
"""Repetitions beyond the least that are drawn at most."""


def sample(regex: str, random: Random) -> str:
    """A text that matches the expression, which looks nowhere around."""
    return _sequence(parsed(regex), random)


def _sequence(nodes: Sequence[Node], random: Random) -> str:
    return "".join(_one(node, random) for node in nodes)


def _one(node: Node, random: Random) -> str:
    if node.kind == "chars":
        return chr(random.choice(sorted(node.chars & _PRINTABLE or node.chars)))
    if node.kind == "repeat":
        times = random.randint(node.least, min(node.most, node.least + _MORE))
        return "".join(_sequence(node.parts[0], random) for _ in range(times))
    return _sequence(random.choice(node.parts), random) if node.parts else ""
