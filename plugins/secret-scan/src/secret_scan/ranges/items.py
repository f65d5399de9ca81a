"""The items of commits: what they brought, one after the other, a few hundred of them in memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Final

from drone_plugin.git_objects import AT_ONCE, CommitHead, Entry
from secret_scan.ranges.content import BlobContent, MessageContent
from secret_scan.ranges.name_items import name_item
from secret_scan.values import Item

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from drone_plugin.git_objects import Kept
    from secret_scan.ranges.clone import Chosen, Clone

REMEMBERED: Final = 500_000
"""Pairs of name and content that are known to be scanned; then they are forgotten, and may be so again."""
AHEAD: Final = 2**20
"""Bytes that are read at once, before they are asked for."""
MESSAGE: Final = "commit message"


@dataclass
class CommitItems:
    """Reads the items of commits."""

    clone: Clone
    excluded: Callable[[str], bool]
    unreadable: list[tuple[str, str]]
    """Grows by what the clone lacks: its path, and the reason."""
    _seen: set[int] = field(default_factory=set)
    _head: CommitHead = field(default_factory=lambda: CommitHead("", ""))

    def read(self, chosen: Chosen) -> Iterator[Item]:
        """The messages, files and names of files that the commits brought, the oldest commit first.

        A file is named with the first of them that brought this content under this name. Raises
        MissingObjectError where the clone lacks what leads to the files.
        """
        yield from self._items(self.clone.git.log(*chosen.arguments))
        if chosen.files:
            # What none of the commits brought is older, and named with the newest, which has it.
            yield from self.files(self.clone.git.files(chosen.tip))

    def files(self, entries: Iterator[Entry]) -> Iterator[Item]:
        """Files that are named with the commit that was read last."""
        yield from self._items(entries)

    def _items(self, log: Iterable[CommitHead | Entry]) -> Iterator[Item]:
        wanted = filter(self._is_wanted, log)
        while some := list(islice(wanted, AT_ONCE)):
            ids = [part.sha if isinstance(part, CommitHead) else part.blob for part in some]
            found = self._kept(ids)
            ahead = self.clone.git.contents(_small(ids, found))
            for part, name, kept in zip(some, ids, found, strict=True):
                yield from self._item(part, kept, ahead.get(name))

    def _is_wanted(self, part: CommitHead | Entry) -> bool:
        if isinstance(part, CommitHead):
            return True
        if self.excluded(part.path):
            return False
        # Python's hash has 64 bits and a seed: nobody can make two pairs that are equal.
        key = hash((part.path, part.blob))
        if key in self._seen:
            return False
        if len(self._seen) >= REMEMBERED:
            self._seen.clear()
        self._seen.add(key)
        return True

    def _kept(self, ids: list[str]) -> list[Kept | None]:
        kept = self.clone.git.kept(ids)
        if missing := [name for name, found in zip(ids, kept, strict=True) if found is None]:
            self.clone.fetch_objects(missing)
            kept = self.clone.git.kept(ids)
        return kept

    def _item(self, part: CommitHead | Entry, kept: Kept | None, ahead: bytes | None) -> Iterator[Item]:
        git = self.clone.git
        if isinstance(part, CommitHead):
            self._head = part
            size = kept.size if kept else 0
            read = MessageContent(git, part.sha, ahead)
            yield Item(MESSAGE, "message", part.sha, part.author_date, part.sha, size, read)
            return
        commit, date = self._head.sha, self._head.author_date
        if part.is_new:
            yield from name_item(part.path, commit, date)
        if kept is None:
            reason = f"the clone lacks its content{f': {self.clone.failure}' if self.clone.failure else ''}"
            self.unreadable.append((part.path, reason))
        else:
            content = BlobContent(git, part.blob, ahead)
            yield Item(part.path, "blob", commit, date, part.blob, kept.size, content)


def _small(ids: list[str], found: list[Kept | None]) -> list[str]:
    """Those that can be held until they are asked for."""
    small: dict[str, None] = {}
    room = AHEAD
    for name, kept in zip(ids, found, strict=True):
        if kept and kept.size <= room and name not in small:
            small[name] = None
            room -= kept.size
    return list(small)
