"""How an item is read: whole, or in pieces where no memory would hold it."""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from drone_plugin.git import MissingObjectError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drone_plugin.git_objects import GitObjects

_PIECE = 2**20


@dataclass(frozen=True)
class FileContent:
    """A file of the work tree. It can be handed to another process."""

    root: str
    path: str

    def __call__(self) -> bytes:
        """All of it; raises OSError."""
        return b"".join(self.pieces())

    def pieces(self) -> Iterator[bytes]:
        """The same, bit by bit. A pipe or a link that has taken the file's place is not opened."""
        flags = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(Path(self.root, self.path), flags)
        with os.fdopen(descriptor, "rb", buffering=0) as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise OSError(errno.EINVAL, "it is no file any more")
            while piece := file.read(_PIECE):
                yield piece


class BlobContent:
    """An object of the repository, as long as that is open, and in this process alone."""

    def __init__(self, git: GitObjects, name: str, ahead: bytes | None = None) -> None:
        """`ahead` is what it holds, where that is known: it is given out once, and not kept."""
        self._git = git
        self._name = name
        self._ahead = ahead

    def __call__(self) -> bytes:
        """All of it; raises OSError."""
        ahead, self._ahead = self._ahead, None
        if ahead is not None:
            return ahead
        try:
            return self._git.content(self._name)
        except MissingObjectError as error:
            raise OSError(errno.EIO, error.message) from None

    def pieces(self) -> Iterator[bytes]:
        """The same, bit by bit; all pieces must be taken before anything else is read."""
        try:
            yield from self._git.pieces(self._name)
        except MissingObjectError as error:
            raise OSError(errno.EIO, error.message) from None


class MessageContent(BlobContent):
    """What people wrote into a commit or a tag: what follows its header."""

    def __call__(self) -> bytes:
        """All of it; raises OSError."""
        return super().__call__().partition(b"\n\n")[2]


@dataclass(frozen=True)
class NameContent:
    """A name, as a text to scan."""

    name: str

    def __call__(self) -> bytes:
        """Its bytes."""
        return self.name.encode("utf-8", "surrogateescape")
