"""The walk through a context: everything that is not ignored, in the order in which BuildKit wants it."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Final

from build_image.context.entries import Found, Kind
from build_image.context.unreadable import shown, unreadable
from drone_plugin import JobFailedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from build_image.context.ignore import ByPattern, Ignore

NEVER_SENT: Final = frozenset({".git", ".drone-ml"})
"""Repository data and hand-over files: they differ between builds of the same content."""

DEEPEST: Final = 250
"""Folders in one another: each of them costs the walk an open descriptor, and a process has 1024."""

_NAMES = {
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def walk(root: int, ignore: Ignore) -> Iterator[Found]:
    """What is below the folder of the descriptor `root`: a folder first, then what is in it, names by bytes.

    No link is followed. A folder that is left out is there if something below it is brought back.
    Raises JobFailedError where something cannot be read, or is nothing that an image can hold.
    """
    return _Walk(ignore).below(root, "", ())


class _Walk:
    """One walk; `_due` are the folders that were left out and have not shown anything yet."""

    def __init__(self, ignore: Ignore) -> None:
        self._ignore = ignore
        self._due: list[str] = []

    def below(self, folder: int, prefix: str, above: ByPattern) -> Iterator[Found]:
        try:
            with os.scandir(folder) as children:
                found = sorted(children, key=_by_bytes)
        except OSError as error:
            raise unreadable(prefix.rstrip("/") or ".", error) from None
        for child in found:
            if child.name in NEVER_SENT:
                continue
            path = f"{prefix}{child.name}"
            out, results = self._ignore.look(path, above)
            if child.is_dir(follow_symlinks=False):
                yield from self._folder(folder, child, path, out, results)
            elif not out:
                yield from self._owed()
                yield _found(folder, child, path)

    def _folder(
        self,
        parent: int,
        child: os.DirEntry[str],
        path: str,
        out: bool,  # noqa: FBT001 - the answer of `look`, with the rest of it
        results: ByPattern,
    ) -> Iterator[Found]:
        if out and not self._ignore.may_return_below(path):
            return
        if path.count("/") >= DEEPEST:
            raise JobFailedError(
                f"the context has {DEEPEST} folders in one another at {shown(path)}",
                hint="name them in .dockerignore if the image does not need them",
            )
        if out:
            self._due.append(path)
        else:
            yield from self._owed()
            yield Found(path, Kind.FOLDER)
        try:
            folder = os.open(child.name, _FOLDER, dir_fd=parent)
        except OSError as error:
            raise unreadable(path, error) from None
        try:
            yield from self.below(folder, f"{path}/", results)
        finally:
            os.close(folder)
        if self._due and self._due[-1] == path:
            self._due.pop()

    def _owed(self) -> Iterator[Found]:
        """The folders that something lies in after all."""
        for path in self._due:
            yield Found(path, Kind.FOLDER)
        self._due.clear()


def _by_bytes(child: os.DirEntry[str]) -> bytes:
    return os.fsencode(child.name)


def _found(folder: int, child: os.DirEntry[str], path: str) -> Found:
    """What a child of `folder` is that is no folder itself."""
    try:
        status = child.stat(follow_symlinks=False)
        if stat.S_ISREG(status.st_mode):
            return Found(path, Kind.FILE, bool(status.st_mode & stat.S_IXUSR), status.st_size)
        if stat.S_ISLNK(status.st_mode):
            return Found(path, Kind.LINK, link=os.readlink(child.name, dir_fd=folder))
    except OSError as error:
        raise unreadable(path, error) from None
    raise JobFailedError(
        f"the context holds {shown(path)}, {_NAMES.get(stat.S_IFMT(status.st_mode), 'no file')}: "
        "an image cannot be given that",
        hint="remove it, or name it in .dockerignore",
    )
