"""What a context holds: files, folders and links, with as much of them as git keeps."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

MTIME: Final = 315_619_200
"""Seconds: 2 January 1980. Every entry has this time, so that an image says nothing about the clone it is of.

Zip files, as which Python packages leave an image, know no time before 1980 in any time zone.
"""

_NANOSECONDS = 1_000_000_000


class Kind(StrEnum):
    """What an entry is."""

    FILE = "file"
    FOLDER = "folder"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class Found:
    """An entry before its content is read; see `Entry`."""

    path: str
    kind: Kind
    executable: bool = False
    size: int = 0
    link: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A file, a folder or a link of a context.

    `path` is relative to the context, with `/`; bytes that are no UTF-8 are surrogates, as Python's file
    names have them. `size` is in bytes, `link` is where a link leads, `sha256` is a file's digest: 32 bytes.
    """

    path: str
    kind: Kind
    executable: bool = False
    size: int = 0
    link: str = ""
    sha256: bytes = b""

    @property
    def mode(self) -> int:
        """The `st_mode` to build with. It holds what git keeps, so that a runner's umask changes no image."""
        if self.kind is Kind.FILE:
            return stat.S_IFREG | (0o755 if self.executable else 0o644)
        return stat.S_IFDIR | 0o755 if self.kind is Kind.FOLDER else stat.S_IFLNK | 0o777

    @property
    def mtime_ns(self) -> int:
        """See `time_of`."""
        return time_of(self.sha256)


def time_of(sha256: bytes) -> int:
    """A time, in nanoseconds, of which the fraction stands for the content with this digest.

    BuildKit asks only for files whose size or time is not what it has of the last build. Layers keep whole
    seconds, so no image shows the fraction.
    """
    return MTIME * _NANOSECONDS + int.from_bytes(sha256[:8], "big") % _NANOSECONDS
