"""What is accepted at one state of the repository: its baselines, and the comments in its files."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from secret_scan.accepted import baseline as ours
from secret_scan.accepted import detect_secrets_file as theirs
from secret_scan.accepted.pragmas import NEXT_LINE, allows, allows_itself
from secret_scan.accepted.texts import LARGEST, blocks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from secret_scan.values import Finding, Item

    ReadFile: TypeAlias = Callable[[str], bytes | None]
    """A file of the state by its path; None where there is none, or none that can be read."""


@dataclass(frozen=True)
class Listed:
    """What the baselines of one state accept."""

    ours: tuple[ours.Baseline, ...] = ()
    theirs: tuple[theirs.TheirBaseline, ...] = ()
    warnings: tuple[str, ...] = ()

    def says(self, finding: Finding) -> str:
        """Why the finding is accepted, for people; empty where it is not."""
        for baseline in self.ours:
            entry = baseline.entry(finding)
            if entry:
                return f"{entry.label}: {entry.reason}" if entry.reason else entry.label
        return "in a baseline" if any(baseline.covers(finding) for baseline in self.theirs) else ""


def read_baselines(read: ReadFile, paths: Iterable[str], *, spelled: Callable[[str], str] = str) -> Listed:
    """The baselines at `paths`, each of either kind. One that is broken covers nothing, with a warning."""
    own: list[ours.Baseline] = []
    other: list[theirs.TheirBaseline] = []
    warnings: list[str] = []
    for path in paths:
        content = read(path)
        if content is None:
            continue
        try:
            baseline = _parsed(content)
        except ours.BaselineError as error:
            warnings.append(f"the baseline {spelled(path)} covers nothing: {error}")
            continue
        if isinstance(baseline, ours.Baseline):
            own.append(baseline)
        else:
            other.append(baseline)
            warnings += [f"the baseline {spelled(path)}: {warning}" for warning in baseline.warnings]
    return Listed(tuple(own), tuple(other), tuple(warnings))


def own_hashes(content: bytes) -> frozenset[str]:
    """The hashes and salts of a baseline: no secrets, random as they look. Raises BaselineError."""
    baseline = _parsed(content)
    if isinstance(baseline, ours.Baseline):
        return frozenset({*baseline.salts, *baseline.entries})
    return baseline.hashes


def _parsed(content: bytes) -> ours.Baseline | theirs.TheirBaseline:
    if len(content) > ours.LARGEST:
        raise ours.BaselineError(f"it is larger than {ours.LARGEST >> 20} MiB")
    text = content.decode("utf-8", "replace")
    return theirs.parse(text) if text.lstrip()[:1] == "{" else ours.parse(text)


@dataclass
class Comments:
    """The comments beside findings, each file read once. With `read`, the files of another state."""

    read: ReadFile | None = None
    _lines: dict[tuple[str, str, str], dict[str, list[str]]] = field(default_factory=dict)

    def allow(self, finding: Finding) -> bool:
        """Whether a comment allows the finding: in another state, the same secret in the same file."""
        found = finding.found
        if self.read is None:
            if allows_itself(found.text):
                return True
            lines = self._of(finding.item).get(found.cell, [])
            return allows(lines, found.line - 1)
        return any(
            allows(lines, index)
            for lines in self._of(finding.item).values()
            for index, line in enumerate(lines)
            if found.value in line or line.strip() == found.text.strip()
        )

    def _of(self, item: Item) -> dict[str, list[str]]:
        """The lines of an item, cell by cell; nothing where no comment could be about a line below."""
        key = (item.path, item.commit, item.blob) if self.read is None else (item.path, "", "")
        if key not in self._lines:
            content = self._content(item)
            if len(self._lines) > _KEPT:
                self._lines.clear()
            wanted = self.read is not None or _mentions(content, NEXT_LINE)
            self._lines[key] = blocks(item.path, content) if wanted else {}
        return self._lines[key]

    def _content(self, item: Item) -> bytes:
        if item.size > LARGEST:
            return b""
        if self.read is not None:
            return (self.read(item.path) if item.origin in {"file", "blob"} else None) or b""
        try:
            return item.read()
        except OSError:
            return b""


def _mentions(content: bytes, word: str) -> bool:
    """Whether the word may be in the content, whatever its encoding."""
    return word.encode() in content.lower().replace(b"\0", b"")


_KEPT = 50
"""Files whose lines are kept: findings come file by file."""
