"""The messages by which files are compared and sent.

Source: tonistiigi/fsutil types/wire.proto and types/stat.proto; the mode is Go's `io/fs.FileMode`, not
Unix's.
"""

from __future__ import annotations

import stat
from enum import IntEnum
from typing import TYPE_CHECKING, Final

from build_image.buildkit.protobuf import bytes_field, message_field, number_field, text_field

if TYPE_CHECKING:
    from build_image.buildkit.tree import Stat


class Kind(IntEnum):
    """What a packet is for."""

    STAT = 0
    """An entry of the tree; the one without an entry ends them."""
    REQUEST = 1
    """The engine wants the content of the entry with this number, counted from 0."""
    DATA = 2
    """Some of the content; an empty one ends it."""
    FINISH = 3
    """The engine has everything; the answer is the same."""
    ERROR = 4
    """The other side gave up; the data say why."""


_FORMATS: Final = {stat.S_IFREG: 0, stat.S_IFDIR: 1 << 31, stat.S_IFLNK: 1 << 27}
_BITS: Final = {stat.S_ISUID: 1 << 23, stat.S_ISGID: 1 << 22, stat.S_ISVTX: 1 << 20}

END_OF_STATS: Final = b""
"""A packet of kind STAT without an entry: all of its fields are what absent ones mean."""

FINISH: Final = number_field(1, Kind.FINISH)


def stat_packet(entry: Stat) -> bytes:
    """An entry of the tree. Owner and group are root's, wherever the files come from."""
    size = len(entry.link.encode("utf-8", "surrogateescape")) if entry.is_link else entry.size
    fields = (
        text_field(1, entry.path),
        number_field(2, go_mode(entry.mode)),
        number_field(5, 0 if entry.is_folder else size),
        number_field(6, entry.mtime_ns),
        text_field(7, entry.link),
    )
    return message_field(2, b"".join(fields))


def data_packet(number: int, data: bytes) -> bytes:
    """Some of the content of entry `number`, or, empty, its end."""
    return number_field(1, Kind.DATA) + number_field(3, number) + bytes_field(4, data)


def error_packet(text: str) -> bytes:
    """That the tree cannot be sent, and why."""
    return number_field(1, Kind.ERROR) + text_field(4, text)


def go_mode(mode: int) -> int:
    """A mode of Unix as Go has it. Raises ValueError for what a context cannot hold, such as a socket."""
    try:
        out = _FORMATS[stat.S_IFMT(mode)] | mode & 0o777
    except KeyError:
        raise ValueError(f"mode {mode:o} is no file, folder or symbolic link") from None
    return out | sum(go for unix, go in _BITS.items() if mode & unix)
