"""What is to be said of each finding: that it is new, known, allowed by a comment, or kept quiet just now."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from drone_plugin.globs import matcher
from secret_scan.accepted.acceptance import Comments, Listed, own_hashes
from secret_scan.accepted.baseline import LARGEST, BaselineError, path_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from secret_scan.values import Finding, Item

State = Literal["new", "newly suppressed", "known", "suppressed", "excluded"]
"""`known` by a baseline, `suppressed` by a comment, `newly suppressed` by what this very change brings."""


@dataclass(frozen=True)
class Judged:
    """A finding and what is to be said of it."""

    finding: Finding
    state: State
    note: str = ""
    """Who says so: the comment, or the label and the reason in the baseline."""


@dataclass(frozen=True)
class Accepted:
    """What one state of the repository accepts."""

    listed: Listed = field(default_factory=Listed)
    comments: tuple[Comments, ...] = field(default_factory=lambda: (Comments(),))
    """Those of the scanned versions themselves, and those of the newest, which speaks for the older ones."""

    def says(self, finding: Finding) -> tuple[State, str] | None:
        """The state of a finding that is accepted, and why."""
        if any(comments.allow(finding) for comments in self.comments):
            return "suppressed", "a comment allows it"
        why = self.listed.says(finding)
        return ("known", why) if why else None


@dataclass(frozen=True)
class Judge:
    """Judges findings by what is accepted now and, on a pull request, by what was before it."""

    now: Accepted
    before: Accepted | None = None
    """At the merge base of a pull request: what it brings itself counts for nothing."""
    excluded: Callable[[Finding], bool] = lambda _finding: False
    baselines: frozenset[str] = frozenset()
    """Paths whose own hashes are no secrets."""

    def all(self, findings: Iterable[Finding]) -> list[Judged]:
        """Each finding with its state, those left out that are the hashes of a baseline."""
        hashes: dict[Item, frozenset[str]] = {}
        judged = []
        for finding in findings:
            item = finding.item
            if item.path in self.baselines:
                if item not in hashes:
                    hashes[item] = _hashes(item)
                if finding.found.value in hashes[item]:
                    continue
            judged.append(self._one(finding))
        return list(_spread(judged))

    def _one(self, finding: Finding) -> Judged:
        if self.excluded(finding):
            return Judged(finding, "excluded", "exclude_rules")
        now = self.now.says(finding)
        if self.before is None:
            return Judged(finding, *now) if now else Judged(finding, "new")
        before = self.before.says(finding)
        if before:
            return Judged(finding, *before)
        return Judged(finding, "newly suppressed", now[1]) if now else Judged(finding, "new")


def exclusion(rules: Iterable[str]) -> Callable[[Finding], bool]:
    """Whether a finding is left out by `rule` or `rule:glob`."""
    globs: dict[str, list[str]] = {}
    for text in rules:
        rule, _, glob = text.partition(":")
        globs.setdefault(rule, []).append(glob or "**")
    matchers = {rule: matcher(of) for rule, of in globs.items()}

    def excluded(finding: Finding) -> bool:
        matches = matchers.get(finding.found.rule)
        return matches is not None and matches(path_of(finding.item))

    return excluded


def _spread(judged: list[Judged]) -> Iterator[Judged]:
    """What is accepted covers what stands within it, too: another rule's view of the same secret."""
    accepted: dict[tuple[Item, str, int], list[Judged]] = {}
    for one in judged:
        if one.state not in {"new", "excluded"}:
            accepted.setdefault(_place(one), []).append(one)
    for one in judged:
        value = one.finding.found.value
        wider = [other for other in accepted.get(_place(one), ()) if value in other.finding.found.value]
        yield Judged(one.finding, wider[0].state, wider[0].note) if one.state == "new" and wider else one


def _place(one: Judged) -> tuple[Item, str, int]:
    return one.finding.item, one.finding.found.cell, one.finding.found.line


def _hashes(item: Item) -> frozenset[str]:
    """What a baseline's own text holds by way of hashes and salts."""
    try:
        return own_hashes(item.read()) if item.size <= LARGEST else frozenset()
    except (OSError, BaselineError):
        return frozenset()
