"""How an object of the repository is read: whole, or in pieces where no memory would hold it."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from drone_plugin.git import MissingObjectError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drone_plugin.git_objects import GitObjects


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
