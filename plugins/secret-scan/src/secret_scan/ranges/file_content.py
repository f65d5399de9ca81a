"""How a file is read: whole, or in pieces where no memory would hold it."""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

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
