"""The objects of the repository in the workspace: commits with what they brought, and contents by id."""

from __future__ import annotations

import os
import re
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from drone_plugin.git import FETCH_SECONDS, Git, MissingObjectError
from drone_plugin.git_login import NO_LOGIN, askpass
from drone_plugin.git_private import NoRepositoryError, private_repository
from drone_plugin.process import CommandError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from drone_plugin.errors import PluginError
    from drone_plugin.git_login import Login, Remote
    from drone_plugin.pipes import Pipe, Pipes

AT_ONCE: Final = 256
"""Objects that are asked about before the first answer is read: both fit into a pipe."""
_SMALL = ("-c", "core.bigFileThreshold=4m", "-c", "core.deltaBaseCacheLimit=16m")
"""What is larger is streamed by git, too, where it is stored whole; and little is remembered of the rest."""
_LOG = (
    *("log", "--raw", "--diff-merges=combined", "-r", "--root", "-z", "--no-abbrev", "--no-renames"),
    *("--no-ext-diff", "--no-textconv", "--no-show-signature", "--no-notes", "--no-mailmap", "--no-color"),
    *("--ignore-submodules=none", "--reverse", "--topo-order", "--format=tformat:%H %aI"),
)
_ID = re.compile(rb"(?:[0-9a-f]{40}|[0-9a-f]{64})")
_SUBMODULE = "160000"


@dataclass(frozen=True)
class CommitHead:
    """A commit; what it brought follows it."""

    sha: str
    author_date: str
    """In ISO 8601; empty where the commit has none that can be read."""


@dataclass(frozen=True)
class Entry:
    """A file as a commit brought it, or has it."""

    path: str
    """Bytes that are no UTF-8 are in it as surrogates."""
    blob: str
    """The id of the content. That of a symbolic link is where it points to."""
    is_new: bool
    """Whether there was nothing of this name before, in any parent."""


@dataclass(frozen=True)
class Kept:
    """What the repository has under an id."""

    kind: str
    """`blob`, `commit`, `tree` or `tag`."""
    size: int


class GitObjects(Git):
    """The repository of the workspace with its objects, as long as the block of `open_git_objects` lasts."""

    def __init__(self, pipes: Pipes, private: Path, workspace: Path, variables: Mapping[str, str]) -> None:
        """Made by `open_git_objects`."""
        super().__init__(pipes, private, workspace, variables)
        self._pipes = pipes
        self._open = ExitStack()
        self._checks: Pipe | None = None
        self._contents: Pipe | None = None

    def log(self, *which: str) -> Iterator[CommitHead | Entry]:
        """Each commit of `which` (as `git log` takes it), the oldest first, then the files that it brought.

        A commit brings what differs from every parent, and the first one of a history, or of one that is cut,
        all that it has. Submodules are left out. Raises MissingObjectError.
        """
        pipe = self._pipe(*_LOG, *which, "--")
        records = pipe.records()
        try:
            for record in records:
                text = record.lstrip(b"\n")
                if text.startswith(b":"):
                    yield from _entry(text, next(records, b""))
                elif text:
                    sha, _, date = text.decode("ascii", "replace").partition(" ")
                    yield CommitHead(sha, date)
        except CommandError as error:
            raise _lacking(error) from None
        finally:
            pipe.close()

    def files(self, commit: str) -> Iterator[Entry]:
        """All files of a commit, but for submodules. Raises MissingObjectError."""
        pipe = self._pipe("ls-tree", "-r", "-z", "--full-tree", "--end-of-options", commit)
        try:
            for record in pipe.records():
                about, _, path = record.partition(b"\t")
                mode, _, blob = about.decode("ascii", "replace").split(" ", 2)
                if mode != _SUBMODULE:
                    yield Entry(_path(path), blob, is_new=True)
        except CommandError as error:
            raise _lacking(error) from None
        finally:
            pipe.close()

    def kept(self, ids: Sequence[str]) -> list[Kept | None]:
        """What there is under each id; None for what the repository lacks."""
        if self._checks is None:
            self._checks = self._pipe("cat-file", "--batch-check")
        answers: list[Kept | None] = []
        for start in range(0, len(ids), AT_ONCE):
            asked = ids[start : start + AT_ONCE]
            self._checks.write("".join(f"{_sound(name)}\n" for name in asked).encode())
            answers += [_kept(self._checks.line()) for _ in asked]
        return answers

    def contents(self, ids: Sequence[str]) -> dict[str, bytes]:
        """Several objects, whole. What cannot be read is left out.

        To ask for one and wait for it takes several times as long as to read it.
        """
        found: dict[str, bytes] = {}
        for start in range(0, len(ids), AT_ONCE):
            asked = [_sound(name) for name in ids[start : start + AT_ONCE]]
            try:
                pipe = self._ask_for(*asked)
                found |= {name: content for name in asked if (content := _answer(pipe)) is not None}
            except CommandError:
                self._restart()  # one of them is damaged, and nobody says which
        return found

    def content(self, name: str) -> bytes:
        """The whole object of this id. Raises MissingObjectError."""
        return b"".join(self.pieces(name))

    def pieces(self, name: str) -> Iterator[bytes]:
        """The same in pieces, for what no memory would hold; all of them must be taken."""
        try:
            pipe = self._ask_for(_sound(name))
            kept = _kept(pipe.line())
            if kept is None:
                raise MissingObjectError(f"the clone lacks the object {name}")
            yield from pipe.pieces(kept.size)
            pipe.read(1)
        except CommandError as error:
            self._restart()
            raise MissingObjectError(f"the object {name} cannot be read: {error.message}") from None

    def file(self, commit: str, path: str) -> bytes | None:
        """The file at `path` in a commit, or None where it has none. Raises MissingObjectError."""
        asked = ("ls-tree", "-z", "--full-tree", "--end-of-options", commit, "--", path)
        found = self.run(*asked).stdout.partition(b"\t")[0].decode("ascii", "replace").split(" ")
        return self.content(found[2]) if found[1:2] == ["blob"] else None

    def cut(self) -> frozenset[str]:
        """The commits whose parents the clone does not have, as its history is cut."""
        file = self._private / "shallow"
        return frozenset(file.read_text("ascii").split()) if file.exists() else frozenset()

    def fetch_objects(self, ids: Sequence[str], remote: Remote, login: Login = NO_LOGIN) -> None:
        """Fetch what the clone lacks by its ids, as far as the server hands it out. Raises PluginError."""
        asked = ("fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head")
        names = [_sound(name) for name in ids]
        variables = askpass(self._private, remote, login)
        self.run(*asked, "--", remote.url, *names, variables=variables, timeout=FETCH_SECONDS)
        self._restart()

    def close(self) -> None:
        """End the programs that answer."""
        self._open.close()

    def _restart(self) -> None:
        """Objects that came later are looked for by a program that starts later."""
        for pipe in (self._checks, self._contents):
            if pipe is not None:
                pipe.close()
        self._checks = self._contents = None

    def _ask_for(self, *names: str) -> Pipe:
        if self._contents is None:
            self._contents = self._pipe("cat-file", "--batch")
        self._contents.write("".join(f"{name}\n" for name in names).encode())
        return self._contents

    def _pipe(self, *arguments: str) -> Pipe:
        surrounded = self._surrounded({})
        return self._open.enter_context(self._pipes.open(self._command((*_SMALL, *arguments)), **surrounded))


@contextmanager
def open_git_objects(
    pipes: Pipes, workspace: Path, *, variables: Mapping[str, str] | None = None
) -> Iterator[GitObjects]:
    """As `open_git`, with the objects."""
    with ExitStack() as stack:
        try:
            private = stack.enter_context(private_repository(pipes, workspace))
            _look_through(workspace / ".git")
        except PermissionError as error:
            raise _unreadable(str(error.filename)) from None
        git = GitObjects(pipes, private, workspace, variables or {})
        stack.callback(git.close)
        try:
            git.run("rev-parse", "--git-dir")
        except CommandError as error:
            raise NoRepositoryError(f"{workspace} is no sound clone: {error.message}") from None
        yield git


def _look_through(folder: Path) -> None:
    """Raises NoRepositoryError for what git would wait for, or silently take for nothing.

    A pipe in the place of an object or a ref would be waited for. One that this user may not read is to git
    as if it were not there.
    """
    pending = [folder / "objects", folder / "refs"]
    while pending:
        with suppress(FileNotFoundError), os.scandir(pending.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    pending.append(Path(entry.path))
                elif not entry.is_file() and not entry.is_dir() and Path(entry.path).exists():
                    raise NoRepositoryError(f"{entry.path} is not what git writes there")
                elif not os.access(entry.path, os.R_OK) and not entry.is_symlink():
                    raise _unreadable(entry.path)


def _unreadable(path: str) -> NoRepositoryError:
    return NoRepositoryError(
        f"{path} cannot be read by user {os.getuid()}",
        hint="let the step run as root, as the clone step does",
    )


def _entry(record: bytes, path: bytes) -> Iterator[Entry]:
    """The file of `:mode… id… status`: a mode and an id for each parent, and those of the result."""
    about = record.decode("ascii", "replace")
    parents = len(about) - len(about.lstrip(":"))
    parts = about.lstrip(":").split(" ")
    mode, ids, status = parts[parents], parts[parents + 1 : -1], parts[-1]
    gone = mode == "000000"
    if not gone and mode != _SUBMODULE and ids[-1] not in ids[:-1]:
        yield Entry(_path(path), ids[-1], is_new="A" in status)


def _path(path: bytes) -> str:
    return path.decode("utf-8", "surrogateescape")


def _sound(name: str) -> str:
    if not _ID.fullmatch(name.encode()):
        raise MissingObjectError(f"{name!r} is no name of an object")
    return name


def _kept(answer: bytes) -> Kept | None:
    """From `id kind size`, or `id missing`."""
    _, _, about = answer.decode("ascii", "replace").partition(" ")
    kind, _, size = about.partition(" ")
    return Kept(kind, int(size)) if size.isdigit() else None


def _answer(pipe: Pipe) -> bytes | None:
    kept = _kept(pipe.line())
    if kept is None:
        return None
    content = pipe.read(kept.size)
    pipe.read(1)
    return content


def _lacking(error: CommandError) -> PluginError:
    return MissingObjectError(
        f"the clone lacks part of its history: {error.message}",
        hint="let the clone step fetch everything: no depth, no partial clone",
    )
