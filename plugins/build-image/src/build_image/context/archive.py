"""A context as a tar file that says the same for the same content, whoever made it, where and when."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from build_image.context.entries import MTIME, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from build_image.context.entries import Entry
    from build_image.context.files import Files

BLOCK: Final = 512
PIECE: Final = 1 << 18
"""Bytes that are handed on at once: small files and headers are joined until there are as many."""

_NAME = 100
_OCTAL_SIZE = 1 << 33
_TYPES = {Kind.FILE: b"0", Kind.FOLDER: b"5", Kind.LINK: b"2"}


def tar(entries: Iterable[Entry], files: Files, added: Mapping[str, bytes]) -> Iterator[bytes]:
    """The archive, piece by piece: `added` are texts by name, which take the place of entries of that name.

    GNU's format: BuildKit takes the extended headers of POSIX's for the Dockerfile. Owners are root, as the
    classic builder makes them and BuildKit does not. Raises JobFailedError where a file is not what it was.
    """
    pieces, waiting = [], 0
    for chunk in _chunks(entries, files, added):
        pieces.append(chunk)
        waiting += len(chunk)
        if waiting >= PIECE:
            yield b"".join(pieces)
            pieces, waiting = [], 0
    yield b"".join(pieces)


def _chunks(entries: Iterable[Entry], files: Files, added: Mapping[str, bytes]) -> Iterator[bytes]:
    for name, text in added.items():
        yield _header(name, 0o644, b"0", len(text))
        yield text
        yield _padding(len(text))
    for entry in entries:
        if entry.path in added:
            continue
        name = f"{entry.path}/" if entry.kind is Kind.FOLDER else entry.path
        yield _header(name, entry.mode & 0o777, _TYPES[entry.kind], entry.size, entry.link)
        if entry.kind is Kind.FILE:
            yield from files.chunks(entry)
            yield _padding(entry.size)
    yield bytes(2 * BLOCK)


def _header(name: str, mode: int, kind: bytes, size: int, link: str = "") -> bytes:
    """The blocks in front of an entry's content; a name that is too long for its field has its own."""
    path, target = os.fsencode(name), os.fsencode(link)
    long = _long(path, b"L") + _long(target, b"K")
    return long + _block(path[:_NAME], mode, kind, size, target[:_NAME])


def _long(name: bytes, kind: bytes) -> bytes:
    if len(name) <= _NAME:
        return b""
    size = len(name) + 1
    return _block(b"././@LongLink", 0, kind, size, b"") + name + b"\0" + _padding(size)


def _block(name: bytes, mode: int, kind: bytes, size: int, link: bytes) -> bytes:
    length = b"%011o\0" % size if size < _OCTAL_SIZE else b"\x80" + size.to_bytes(11, "big")
    start = b"%s%07o\0%07o\0%07o\0%s%011o\0" % (name.ljust(_NAME, b"\0"), mode, 0, 0, length, MTIME)
    end = b"%s%s%s" % (kind, link.ljust(_NAME, b"\0"), b"ustar  \0".ljust(255, b"\0"))
    # The sum is taken with its own field full of spaces.
    checksum = sum(start) + sum(end) + 8 * ord(" ")
    return b"%s%06o\0 %s" % (start, checksum, end)


def _padding(size: int) -> bytes:
    return bytes(-size % BLOCK)
