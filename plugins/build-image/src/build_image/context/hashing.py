"""The digests of a context's files."""

from __future__ import annotations

import os
from hashlib import sha256
from typing import TYPE_CHECKING

from build_image.context.entries import Entry, Found, Kind
from build_image.context.files import BUFFER
from build_image.context.unreadable import unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from build_image.context.files import Files


def hashed(found: Iterable[Found], files: Files) -> Iterator[Entry]:
    """What was found, with the digests of its files. Raises JobFailedError where one cannot be read."""
    buffer = memoryview(bytearray(BUFFER))
    for item in found:
        if item.kind is not Kind.FILE:
            yield Entry(item.path, item.kind, link=item.link)
            continue
        try:
            size, digest = _digest(files.open(item.path), buffer)
        except OSError as error:
            raise unreadable(item.path, error) from None
        yield Entry(item.path, item.kind, item.executable, size, sha256=digest)


def _digest(descriptor: int, buffer: memoryview) -> tuple[int, bytes]:
    """Size and digest of what is read from a descriptor, which is closed."""
    digest, size = sha256(), 0
    try:
        while count := os.readv(descriptor, [buffer]):
            digest.update(buffer[:count])
            size += count
    finally:
        os.close(descriptor)
    return size, digest.digest()
