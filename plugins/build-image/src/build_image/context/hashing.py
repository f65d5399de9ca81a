"""The digests of a context's files."""

from __future__ import annotations

import errno
import os
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from build_image.context.crew import SIZE, Crew
from build_image.context.entries import Entry, Found, Kind
from build_image.context.unreadable import changed, unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from build_image.context.crew import Batch
    from build_image.context.files import Files

LARGE: Final = SIZE // 4
"""Bytes from which a file is a job of its own."""

GROWTH: Final = 64 << 20
"""Bytes by which a file may have grown since it was found: one that is written to has no end."""


def hashed(found: Sequence[Found], files: Files) -> tuple[Entry, ...]:
    """What was found, with the digests of its files. Raises JobFailedError where one cannot be read."""
    hashing = _Hashing(found, files)
    with Crew() as crew:
        hashing.hash_all(crew)
    return tuple(
        Entry(item.path, item.kind, item.executable, size, item.link, digest)
        for item, (size, digest) in zip(found, hashing.results, strict=True)
    )


class _Hashing:
    """The work on one context; `results` are size and digest of each item that was found."""

    def __init__(self, found: Sequence[Found], files: Files) -> None:
        self._found = found
        self._files = files
        self.results = [(0, b"")] * len(found)

    def hash_all(self, crew: Crew) -> None:
        batch = crew.batch()
        for number, item in enumerate(self._found):
            if item.kind is not Kind.FILE:
                continue
            if item.size >= LARGE or not self._add(batch, number, item):
                crew.do(partial(self._hash_large, number), crew.batch())
            elif batch.end + LARGE > SIZE:
                crew.do(self._hash_small, batch)
                batch = crew.batch()
        self._hash_small(batch)

    def _add(self, batch: Batch, number: int, item: Found) -> bool:
        """Read a file into a batch; False if it is larger than it was."""
        view = batch.buffer[batch.end : batch.end + item.size + 1]
        try:
            count = self._files.read_into(item.path, view)
        except OSError as error:
            raise unreadable(item.path, error) from None
        if count <= item.size:
            batch.parts.append((number, batch.end, batch.end + count))
            batch.end += count
        return count <= item.size

    def _hash_small(self, batch: Batch) -> None:
        for number, start, end in batch.parts:
            self.results[number] = end - start, sha256(batch.buffer[start:end]).digest()

    def _hash_large(self, number: int, batch: Batch) -> None:
        found = self._found[number]
        digest, size = sha256(), 0
        try:
            descriptor = self._files.open(found.path)
            try:
                for piece in _pieces(descriptor, batch.buffer):
                    digest.update(piece)
                    size += len(piece)
                    if size > found.size + GROWTH:
                        raise changed(found.path)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise unreadable(found.path, error) from None
        self.results[number] = size, digest.digest()


def _pieces(descriptor: int, buffer: memoryview) -> Iterator[memoryview]:
    """What a descriptor has to read, in `buffer`.

    The holes of a sparse file are not read: they would take the place of all else that the system caches.
    """
    status = os.fstat(descriptor)
    is_sparse = status.st_blocks * 512 < status.st_size
    zeros = memoryview(bytes(SIZE if is_sparse else 0))
    at = 0
    while True:
        hole = (_next_data(descriptor, at, status.st_size) - at) if is_sparse else 0
        for start in range(0, hole, SIZE):
            yield zeros[: min(SIZE, hole - start)]
        count = os.preadv(descriptor, [buffer], at + hole)
        if not count:
            return
        yield buffer[:count]
        at += hole + count


def _next_data(descriptor: int, at: int, size: int) -> int:
    """Where the next bytes are that are more than a hole; `size` where none follow."""
    try:
        return os.lseek(descriptor, at, os.SEEK_DATA)
    except OSError as error:
        # ENXIO: none follow. Anything else comes of a file system that does not know holes.
        return max(at, size) if error.errno == errno.ENXIO else at
