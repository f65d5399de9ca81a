"""What a session sends: a tree of files, which may but need not be a folder."""

from __future__ import annotations

import hashlib
import io
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Protocol

from build_image.context.entries import time_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True, slots=True)
class Stat:
    """A file, folder or symbolic link of a tree.

    The engine asks for the content of a file only where `size` or `mtime_ns` differ from what it has
    from the time before, so a changed file of equal size must have another `mtime_ns`.
    """

    path: str
    """Relative to the tree, with `/`; bytes that are no UTF-8 as `surrogateescape` has them."""
    mode: int
    """Type and permissions, as `os.stat` has them."""
    size: int = 0
    mtime_ns: int = 0
    link: str = ""
    """Where a symbolic link points to."""

    @property
    def is_file(self) -> bool:
        """Whether it has content."""
        return stat.S_ISREG(self.mode)

    @property
    def is_folder(self) -> bool:
        """Whether others may be in it."""
        return stat.S_ISDIR(self.mode)

    @property
    def is_link(self) -> bool:
        """Whether it stands for another one."""
        return stat.S_ISLNK(self.mode)


class Tree(Protocol):
    """Files, folders and links, in one state for as long as a session lasts."""

    def stats(self) -> Iterable[Stat]:
        """All of them: a folder before what is in it, what is in a folder by the bytes of its names."""

    def open(self, path: str) -> BinaryIO:
        """The content of a file; what it raises ends the build and is raised again to its caller."""


class TextTree:
    """A tree of a few small files that are nowhere on disk, such as a Dockerfile."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        """`files` by name, without folders."""
        self._files = dict(sorted(files.items(), key=lambda file: file[0].encode("utf-8", "surrogateescape")))

    def stats(self) -> Iterable[Stat]:
        """Ordinary files whose time stands for their content."""
        for name, content in self._files.items():
            yield Stat(name, stat.S_IFREG | 0o644, len(content), time_of(hashlib.sha256(content).digest()))

    def open(self, path: str) -> BinaryIO:
        """The content."""
        return io.BytesIO(self._files[path])
