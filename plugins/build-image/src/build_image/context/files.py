"""The files of a context, opened so that nothing can lead out of it, and read so that nothing can change."""

from __future__ import annotations

import io
import os
import stat
import threading
import weakref
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from build_image.context.unreadable import changed, unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from build_image.context.entries import Entry

BUFFER: Final = 1 << 20
"""Bytes that are read at once."""

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# A pipe in the place of a file would let us wait for its writer.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class Files:
    """The files below a folder. No link is followed, in no component of a path; usable from any thread."""

    def __init__(self, above: Path, folder: Path) -> None:
        """`folder` is at or below `above`, of which alone the links have been followed already.

        Raises OSError where it cannot be opened.
        """
        self.root: Final = _descend(os.open(above, _FOLDER), folder.relative_to(above).parts)
        self._lock = threading.Lock()
        self._last = (self.root, "")
        self._opened: list[int] = [self.root]
        weakref.finalize(self, _close, self._opened)

    def open(self, path: str) -> int:
        """A descriptor of a regular file, to be closed by the caller. Raises OSError."""
        folder, _, name = path.rpartition("/")
        with self._lock:
            descriptor = os.open(name, _FILE, dir_fd=self._folder(folder))
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise OSError(0, "it is no longer a file")
        return descriptor

    def read_into(self, path: str, buffer: memoryview) -> int:
        """Read a file's start into `buffer`, and say how many bytes it took. Raises OSError."""
        descriptor = self.open(path)
        try:
            return os.readv(descriptor, [buffer])
        finally:
            os.close(descriptor)

    def chunks(self, entry: Entry) -> Iterator[bytes]:
        """The content of a file, which is what it was when the entry was made.

        Raises JobFailedError where it is not.
        """
        with self.stream(entry) as stream:
            while chunk := stream.read(BUFFER):
                yield chunk

    def stream(self, entry: Entry) -> io.BufferedReader:
        """As `chunks`, to read from; the error is raised by the read that shows it."""
        try:
            descriptor = self.open(entry.path)
        except OSError as error:
            raise unreadable(entry.path, error) from None
        return io.BufferedReader(_Checked(descriptor, entry), 1 << 16)

    def _folder(self, path: str) -> int:
        """The descriptor of a folder; that of the last one is kept, as files come folder by folder."""
        descriptor, last = self._last
        if path != last:
            opened = _descend(os.dup(self.root), path.split("/")) if path else self.root
            if descriptor != self.root:
                os.close(descriptor)
            self._opened[1:] = [opened] if path else []
            self._last = (opened, path)
        return self._last[0]


class _Checked(io.RawIOBase):
    """The content of an entry. It ends well only where it is the content that the entry was made of."""

    def __init__(self, descriptor: int, entry: Entry) -> None:
        super().__init__()
        self._descriptor = descriptor
        self._entry = entry
        self._digest = sha256()
        self._left = entry.size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override] # typeshed: any buffer
        view = memoryview(buffer)
        try:
            count = os.readv(self._descriptor, [view])
        except OSError as error:
            raise unreadable(self._entry.path, error) from None
        self._digest.update(view[:count])
        self._left -= count
        ended = not count and len(view)
        if self._left < 0 or (ended and self._digest.digest() != self._entry.sha256):
            raise changed(self._entry.path)
        return count

    def close(self) -> None:
        if not self.closed:
            os.close(self._descriptor)
        super().close()


def _descend(descriptor: int, names: tuple[str, ...] | list[str]) -> int:
    """The folder that is reached by `names` from the one of `descriptor`, which is closed."""
    for name in names:
        try:
            deeper = os.open(name, _FOLDER, dir_fd=descriptor)
        finally:
            os.close(descriptor)
        descriptor = deeper
    return descriptor


def _close(descriptors: list[int]) -> None:
    for descriptor in descriptors:
        os.close(descriptor)
