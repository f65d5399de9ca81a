"""One secret, one block: the same value at many places, and what several rules say of the same place."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from secret_scan.accepted.baseline import path_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from secret_scan.accepted.judge import Judged, State
    from secret_scan.values import Finding

_GENERIC = re.compile(r"assigned|entropy|keyword")

_MOST_COMPARED = 200
"""Secrets of one line that are compared with one another: a line of data may have thousands."""


@dataclass(frozen=True)
class Secret:
    """A secret, at the place that is shown."""

    finding: Finding
    state: State
    note: str
    places: tuple[Finding, ...]
    """Where else the same rule has found it in this file: on other lines, and in other commits."""
    rules: tuple[Finding, ...]
    """What other rules say of the same place."""


def is_generic(rule: str) -> bool:
    """Whether the rule guesses by name or entropy: a rule that knows the form says more."""
    return bool(_GENERIC.search(rule))


def grouped(judged: Iterable[Judged], states: Sequence[State]) -> list[Secret]:
    """The secrets in one of the states, by path and line."""
    same: dict[tuple[str, str, str], list[Judged]] = {}
    for one in judged:
        if one.state in states:
            found = one.finding.found
            same.setdefault((path_of(one.finding.item), found.rule, found.value), []).append(one)
    shown = [min(places, key=_earliest) for places in same.values()]
    places = {id(one): places for one, places in zip(shown, same.values(), strict=True)}
    clusters: dict[tuple[object, ...], list[list[Judged]]] = {}
    for one in sorted(shown, key=_telling):
        found, item = one.finding.found, one.finding.item
        here = clusters.setdefault((item.path, item.commit, item.blob, found.cell, found.line), [])
        near = here if len(here) < _MOST_COMPARED else ()
        cluster = next((cluster for cluster in near if _overlap(cluster[0], one)), None)
        if cluster:
            cluster.append(one)
        else:
            here.append([one])
    secrets = [
        Secret(
            first.finding,
            first.state,
            first.note,
            tuple(other.finding for other in sorted(places[id(first)], key=_earliest) if other is not first),
            tuple(other.finding for other in more),
        )
        for here in clusters.values()
        for first, *more in here
    ]
    return sorted(secrets, key=lambda secret: _order(secret.finding))


def kinds(secrets: Iterable[Secret]) -> list[tuple[str, int]]:
    """How many secrets there are of each kind, the most first."""
    counted = Counter(secret.finding.found.kind for secret in secrets)
    return sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))


def _overlap(first: Judged, other: Judged) -> bool:
    value, further = first.finding.found.value, other.finding.found.value
    return further in value or (is_generic(other.finding.found.rule) and value in further)


def _telling(one: Judged) -> tuple[bool, int, str]:
    found = one.finding.found
    return is_generic(found.rule), -len(found.value), found.rule


def _earliest(one: Judged) -> tuple[str, str, tuple[str, str, int, int, str]]:
    """The commit that brought it comes first; the work tree, which has no date, too."""
    return one.finding.item.author_date, one.finding.item.commit, _order(one.finding)


def _order(finding: Finding) -> tuple[str, str, int, int, str]:
    found = finding.found
    return finding.item.path, found.cell, found.line, found.column, found.rule
