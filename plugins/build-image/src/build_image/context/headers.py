"""The headers of a tar file in GNU's format.

BuildKit takes the extended headers of POSIX's for the Dockerfile, and GNU's know names of any length, too.
"""

from __future__ import annotations

import os
from typing import Final

from build_image.context.entries import MTIME

BLOCK: Final = 512

_NAME = 100
_OCTAL_SIZE = 1 << 33


def header(name: str, mode: int, kind: bytes, size: int, link: str = "") -> bytes:
    """The blocks in front of an entry's content; a name that is too long for its field has its own."""
    path, target = os.fsencode(name), os.fsencode(link)
    long = _long(path, b"L") + _long(target, b"K")
    return long + _block(path[:_NAME], mode, kind, size, target[:_NAME])


def padding(size: int) -> bytes:
    """What follows a content of so many bytes, up to the next block."""
    return bytes(-size % BLOCK)


def _long(name: bytes, kind: bytes) -> bytes:
    if len(name) <= _NAME:
        return b""
    size = len(name) + 1
    return _block(b"././@LongLink", 0, kind, size, b"") + name + b"\0" + padding(size)


def _block(name: bytes, mode: int, kind: bytes, size: int, link: bytes) -> bytes:
    length = b"%011o\0" % size if size < _OCTAL_SIZE else b"\x80" + size.to_bytes(11, "big")
    start = b"%s%07o\0%07o\0%07o\0%s%011o\0" % (name.ljust(_NAME, b"\0"), mode, 0, 0, length, MTIME)
    end = b"%s%s%s" % (kind, link.ljust(_NAME, b"\0"), b"ustar  \0".ljust(255, b"\0"))
    # The sum is taken with its own field full of spaces.
    checksum = sum(start) + sum(end) + 8 * ord(" ")
    return b"%s%06o\0 %s" % (start, checksum, end)
