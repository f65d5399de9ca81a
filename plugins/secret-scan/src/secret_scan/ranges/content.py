"""How an item is read: whole, or in pieces where no memory would hold it."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

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
                raise OSError(None, "is no file any more")
            while piece := file.read(_PIECE):
                yield piece


@dataclass(frozen=True)
class BlobContent:
    """An object of the repository, as long as that is open, and in this process alone."""

    git: GitObjects
    blob: str

    def __call__(self) -> bytes:
        """All of it; raises MissingObjectError."""
        return self.git.content(self.blob)

    def pieces(self) -> Iterator[bytes]:
        """The same, bit by bit; all pieces must be taken before anything else is read."""
        return self.git.pieces(self.blob)


@dataclass(frozen=True)
class MessageContent:
    """What people wrote into a commit or a tag: what follows its header."""

    git: GitObjects
    commit: str

    def __call__(self) -> bytes:
        """All of it; raises MissingObjectError."""
        return self.git.content(self.commit).partition(b"\n\n")[2]


@dataclass(frozen=True)
class NameContent:
    """A name, as a text to scan."""

    name: str

    def __call__(self) -> bytes:
        """Its bytes."""
        return self.name.encode("utf-8", "surrogateescape")
