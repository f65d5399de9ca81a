"""The service by which the engine compares a tree with what it has, and fetches what differs.

Source: moby/buildkit session/filesync/filesync.go and tonistiigi/fsutil send.go and receive.go. We send
the tree's entries; the engine asks, by number, for the content of those whose size or time differ from
what it kept under the session's shared key; both go on at the same time in one stream. When the engine
has all of it, it says so.
"""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Final, NoReturn
from urllib.parse import unquote_plus

from build_image.buildkit.errors import ChangedFileError
from build_image.buildkit.follow import follow_links
from build_image.buildkit.grpc import RpcError, Status
from build_image.buildkit.packets import END_OF_STATS, FINISH, Kind, data_packet, stat_packet
from build_image.buildkit.protobuf import Message, WireError
from build_image.buildkit.selection import select
from build_image.context.patterns import PatternError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from build_image.buildkit.grpc import Exchange, Metadata, Methods
    from build_image.buildkit.tree import Stat, Tree

CHUNK: Final = 64 * 1024
"""Bytes of content in a packet."""


@dataclass(slots=True)
class Traffic:
    """What was sent of a tree."""

    entries: int = 0
    """Files, folders and links that the engine was told of."""
    files: int = 0
    """Files whose content it wanted."""
    content: int = 0
    """Bytes of their content."""


class FileSync:
    """Trees by the name that the engine calls them: `context` and `dockerfile`."""

    def __init__(self, trees: Mapping[str, Tree]) -> None:
        """Nothing else on this machine can be asked for."""
        self._trees = trees
        self.traffic: Mapping[str, Traffic] = {name: Traffic() for name in trees}

    def methods(self) -> Methods:
        """What is served."""
        return {"/moby.filesync.v1.FileSync/DiffCopy": self._diff_copy}

    def _diff_copy(self, metadata: Metadata) -> Exchange:
        name = "".join(_option(metadata, "dir-name")[:1])
        if name not in self._trees:
            raise RpcError(Status.NOT_FOUND, f"no access allowed to dir {name!r}")
        tree = self._trees[name]
        entries: Iterable[Stat] = tree.stats()
        includes = _option(metadata, "include-patterns")
        follow = _option(metadata, "followpaths")
        try:
            if follow:
                entries = list(entries)
                includes = [*includes, *follow_links(follow, entries)]
            chosen = select(entries, includes, _option(metadata, "exclude-patterns"))
        except PatternError as error:
            raise RpcError(Status.INVALID_ARGUMENT, f"a pattern of the ignore file {error}") from error
        return DiffCopy(tree, chosen, self.traffic[name])


def _option(metadata: Metadata, name: str) -> list[str]:
    """The values of an option, which newer engines escape where one of them is not ASCII."""
    values = metadata.get(name, ())
    is_escaped = metadata.get(f"{name}-encoded", ())[:1] in {("1",), ("true",)}
    return [unquote_plus(value, errors="surrogateescape") if is_escaped else value for value in values]


class DiffCopy:
    """One comparison of a tree."""

    def __init__(self, tree: Tree, entries: Iterable[Stat], traffic: Traffic) -> None:
        """`entries` of the tree in its order."""
        self._tree = tree
        self._entries = enumerate(entries)
        self._traffic = traffic
        self._files: dict[int, Stat] = {}
        self._wanted: deque[tuple[int, Stat]] = deque()
        self._current: _Transfer | None = None
        self._ends: deque[bytes] = deque([END_OF_STATS])
        self._has_walked = False
        self._is_complete = False

    def receive(self, message: bytes) -> None:
        """A request for content, the end of all, or that the engine gave up."""
        try:
            packet = Message(message)
            kind = Kind(packet.number(1))
        except (WireError, ValueError) as error:
            raise RpcError(Status.INVALID_ARGUMENT, f"no packet that is understood: {error}") from error
        if kind is Kind.REQUEST:
            self._want(packet.number(3))
        elif kind is Kind.FINISH:
            self._is_complete = True
            self._ends.append(FINISH)
        else:
            raise RpcError(Status.UNKNOWN, f"error from receiver: {packet.text(4) or kind.name}")

    def end(self) -> None:
        """The engine sends no more."""

    def next_message(self) -> bytes | None:
        """Content that is wanted, before entries that are not told yet: both sides have something to do."""
        if self._current is None and self._wanted:
            number, entry = self._wanted.popleft()
            self._current = _Transfer(number, entry, self._tree.open(entry.path))
            self._traffic.files += 1
        if self._current is not None:
            return self._content(self._current)
        for number, entry in self._entries:
            if entry.is_file:
                self._files[number] = entry
            self._traffic.entries += 1
            return stat_packet(entry)
        return self._ends.popleft() if self._ends else None

    @property
    def is_finished(self) -> bool:
        """Whether the engine has everything, and was told that we know."""
        return self._is_complete and not self._ends

    def close(self) -> None:
        """Close the file that is being sent."""
        if self._current is not None:
            with suppress(OSError):
                self._current.reader.close()
            self._current = None

    def _want(self, number: int) -> None:
        entry = self._files.pop(number, None)
        if entry is None:
            raise RpcError(Status.INVALID_ARGUMENT, f"invalid file id {number}")
        self._wanted.append((number, entry))

    def _content(self, transfer: _Transfer) -> bytes:
        data = transfer.read()
        self._traffic.content += len(data)
        if not data:
            self.close()
        return data_packet(transfer.number, data)


@dataclass(slots=True)
class _Transfer:
    """A file that is being sent."""

    number: int
    entry: Stat
    reader: BinaryIO
    sent: int = 0

    def read(self) -> bytes:
        """The next bytes; empty at the end. Raises ChangedFileError where that comes too soon or too late."""
        data = self.reader.read(CHUNK)
        self.sent += len(data)
        if self.sent > self.entry.size or (not data and self.sent < self.entry.size):
            self._complain()
        return data

    def _complain(self) -> NoReturn:
        raise ChangedFileError(
            f"{self.entry.path} changed while it was sent: it has no longer {self.entry.size} bytes"
        )
