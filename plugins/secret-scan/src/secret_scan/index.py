"""The index of a repository, which the next commit is made of, by the git of whoever commits."""

from __future__ import annotations

import errno
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from drone_plugin.process import CommandError
from secret_scan.accepted.baseline import LARGEST
from secret_scan.ranges.name_items import name_item
from secret_scan.values import Item

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from drone_plugin.pipes import Pipe, Pipes

_OF_GIT: Final = ("GIT_INDEX_FILE", "GIT_DIR", "GIT_WORK_TREE", "GIT_PREFIX")
"""What git tells its hooks: `git commit -a` stages in an index of its own."""
_CHANGED: Final = ("diff", "--cached", "--raw", "--no-abbrev", "--no-renames", "--no-ext-diff")
_FILES: Final = frozenset({"100644", "100755", "120000"})
_LONGEST: Final = 100 << 20
"""Bytes of a list of files."""
_ARGUMENTS: Final = 100_000
"""Characters of paths in one command; systems take a megabyte, some less."""
_AT_ONCE: Final = 256
"""Ids that are asked about before the first answer is read: both fit into a pipe."""


@contextmanager
def open_index(pipes: Pipes) -> Iterator[Index]:
    """The index of the repository that `pipes` work in, as long as the block lasts."""
    with ExitStack() as stack:
        yield Index(pipes, stack)


class Index:
    """What is staged. Three programs of git tell it all, however many files there are."""

    def __init__(self, pipes: Pipes, stack: ExitStack) -> None:
        """Made by `open_index`."""
        self._pipes = pipes
        self._stack = stack
        self._open: dict[str, Pipe] = {}

    def items(self, paths: Sequence[str]) -> Iterator[Item]:
        """The files among the paths; all that the commit changes where none are given. Raises PluginError."""
        staged = list(self._listed(paths) if paths else self._changed())
        for (path, blob), size in zip(staged, self._sizes([blob for _, blob in staged]), strict=True):
            yield from name_item(path)
            yield Item(path, "file", blob=blob, size=size, read=_Blob(self, blob))

    def read(self, path: str) -> bytes | None:
        """One file, or the beginning of one too large for a baseline; None where none is staged."""
        pieces = None if "\n" in path else self.pieces(f":{path}")
        return None if pieces is None else _beginning(pieces, LARGEST + 1)

    def pieces(self, name: str) -> Iterator[bytes] | None:
        """An object in pieces, which must all be taken; None where there is none."""
        pipe = self._pipe("--batch")
        pipe.write(name.encode("utf-8", "surrogateescape") + b"\n")
        size = _size(pipe.line())
        return None if size is None else _taken(pipe, size)

    def _listed(self, paths: Sequence[str]) -> Iterator[tuple[str, str]]:
        for some in _in_commands(paths):
            for record in self._git("ls-files", "--stage", "-z", "--", *some).split(b"\0"):
                about, _, name = record.partition(b"\t")
                mode, _, rest = about.decode("ascii", "replace").partition(" ")
                if mode in _FILES:
                    yield name.decode("utf-8", "surrogateescape"), rest.partition(" ")[0]

    def _changed(self) -> Iterator[tuple[str, str]]:
        records = iter(self._git(*_CHANGED, "-z", "--diff-filter=d").split(b"\0"))
        for about in filter(None, records):  # :mode mode id id status
            _, mode, _, blob, _ = about.decode("ascii", "replace").split(" ")
            name = next(records, b"").decode("utf-8", "surrogateescape")
            if mode in _FILES and blob.strip("0"):
                yield name, blob

    def _sizes(self, blobs: Sequence[str]) -> Iterator[int]:
        for start in range(0, len(blobs), _AT_ONCE):
            some = blobs[start : start + _AT_ONCE]
            pipe = self._pipe("--batch-check")
            pipe.write("".join(f"{blob}\n" for blob in some).encode())
            yield from [_size(pipe.line()) or 0 for _ in some]

    def _pipe(self, how: str) -> Pipe:
        if how not in self._open:
            opened = self._pipes.open(["git", "cat-file", how], pass_on=_OF_GIT)
            self._open[how] = self._stack.enter_context(opened)
        return self._open[how]

    def _git(self, *arguments: str) -> bytes:
        command = ["git", "--literal-pathspecs", *arguments]
        return self._pipes.run(command, pass_on=_OF_GIT, limit=_LONGEST).stdout


@dataclass(frozen=True)
class _Blob:
    """The content of a staged file."""

    index: Index
    name: str

    def __call__(self) -> bytes:
        """All of it; raises OSError."""
        return b"".join(self.pieces())

    def pieces(self) -> Iterator[bytes]:
        """The same, bit by bit; all pieces must be taken before anything else is read."""
        try:
            pieces = self.index.pieces(self.name)
            if pieces is None:
                raise OSError(errno.EIO, "the repository lacks its content")
            yield from pieces
        except CommandError as error:
            raise OSError(errno.EIO, error.message) from None


def _taken(pipe: Pipe, size: int) -> Iterator[bytes]:
    yield from pipe.pieces(size)
    pipe.read(1)


def _beginning(pieces: Iterator[bytes], limit: int) -> bytes:
    """At most so many bytes; the others are read, as something else is to be after them."""
    content = bytearray()
    for piece in pieces:
        content += piece[: limit - len(content)]
    return bytes(content)


def _size(answer: bytes) -> int | None:
    """From `id kind size`, or `name missing`."""
    size = answer.rpartition(b" ")[2]
    return int(size) if size.isdigit() else None


def _in_commands(paths: Iterable[str]) -> Iterator[list[str]]:
    """The paths, as many at once as a command takes."""
    some: list[str] = []
    room = _ARGUMENTS
    for path in paths:
        if some and room < len(path):
            yield some
            some, room = [], _ARGUMENTS
        some.append(path)
        room -= len(path) + 1
    if some:
        yield some
