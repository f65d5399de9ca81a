"""Paths of a Dockerfile's COPY, with the symbolic links that they go through.

Source: tonistiigi/fsutil followlinks.go. The engine names the paths that it needs (`followpaths`), and
the client is to send what they are, what a link among them points to, and the link itself.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Final

from build_image.context.patterns import PatternError, compiled

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from build_image.buildkit.tree import Stat

_WILD: Final = frozenset("*?[")


def follow_links(paths: Iterable[str], entries: Sequence[Stat]) -> list[str]:
    """The paths that `paths` come to, sorted, none of them below another; empty for the whole tree.

    Wildcards stay as they are, and the links that they match are followed, too.
    """
    links = _Links(entries)
    for path in paths:
        links.follow(path)
    return _outermost(sorted(links.resolved))


class _Links:
    def __init__(self, entries: Sequence[Stat]) -> None:
        self._targets = {entry.path: entry.link for entry in entries if entry.is_link}
        self.resolved: set[str] = set()

    def follow(self, path: str) -> None:
        """Add what `path` comes to. A link that leads back to itself ends where it was met before."""
        current = ""
        parts = path.strip("/").split("/")
        for at, part in enumerate(parts, 1):
            current = _joined(current, part)
            rest = "/".join(parts[at:])
            targets = self._targets_of(current)
            if (targets or not rest) and current in self.resolved:
                return
            if targets or not rest:
                self.resolved.add(current)
            if targets:
                for target in targets:
                    self.follow(_joined(target, rest))
                return

    def _targets_of(self, path: str) -> list[str]:
        """Where a link points to, or all the links that a wildcard in the last component matches."""
        folder, name = posixpath.split(path)
        if not _is_wild(name):
            return [_target(path, self._targets[path])] if path in self._targets else []
        try:
            matches = compiled(name)
        except PatternError:
            return []
        return [
            _target(link, target)
            for link, target in self._targets.items()
            if posixpath.dirname(link) == folder and matches(posixpath.basename(link))
        ]


def _target(link: str, target: str) -> str:
    """What a link comes to, from the root of the tree: no `..` leads out of it, as in the image."""
    return _joined("" if target.startswith("/") else posixpath.dirname(link), target)


def _joined(folder: str, path: str) -> str:
    """`path` in `folder`, without `.` and `..`; empty for the root."""
    return posixpath.normpath(f"/{folder}/{path}").strip("/")


def _is_wild(name: str) -> bool:
    escaped = False
    for char in name:
        if not escaped and char in _WILD:
            return True
        escaped = char == "\\" and not escaped
    return False


def _outermost(paths: list[str]) -> list[str]:
    """Without those that are below another one. Of a sorted list; empty where the root is among them."""
    kept: list[str] = []
    for path in paths:
        if not path:
            return []
        if not (kept and path.startswith(f"{kept[-1]}/")):
            kept.append(path)
    return kept
