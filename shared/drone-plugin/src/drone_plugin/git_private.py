"""A repository of our own that borrows objects and refs of the workspace's, and none of its configuration."""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from drone_plugin.errors import PluginError
from drone_plugin.surroundings import scratch_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drone_plugin.process import Processes

OPTIONS: Final = ("--no-pager", "--literal-pathspecs")

_CONFIG = """\
[core]
\trepositoryFormatVersion = {version}
\tbare = false
\thooksPath = /dev/null
\tfsmonitor = false
\tattributesFile = /dev/null
\texcludesFile = /dev/null
\tlogAllRefUpdates = false
\t# A graph file could tell lies about who is whose parent.
\tcommitGraph = false
\t# git would ask the workspace's repository, with its configuration, for its refs: they are linked already.
\talternateRefsCommand = true
[protocol]
\tallow = never
[protocol "http"]
\tallow = always
[protocol "https"]
\tallow = always
[gc]
\tauto = 0
[maintenance]
\tauto = false
[submodule]
\trecurse = false
{extensions}"""

_LONGEST_HEAD = 4096
_LARGEST_CONFIG = 2**20
_LONGEST_SHALLOW = 16 * 2**20
_BORROWED = ("refs", "packed-refs", "index")


class NoRepositoryError(PluginError):
    """The workspace is no clone of a repository."""


@contextmanager
def private_repository(processes: Processes, workspace: Path) -> Iterator[Path]:
    """The folder to use as GIT_DIR, for a block. Raises NoRepositoryError."""
    source = workspace / ".git"
    if not (source / "objects").is_dir() or "\n" in str(source):
        raise NoRepositoryError(f"{workspace} is no clone of a repository: it has no .git/objects")
    if (source / "reftable").exists():
        raise NoRepositoryError(f"{workspace} keeps its branches as a reftable, which is not supported yet")
    with tempfile.TemporaryDirectory(prefix="git-", dir=scratch_folder(workspace)) as folder:
        private = Path(folder)
        for name in ("objects/info", "objects/pack", "info"):
            (private / name).mkdir(parents=True)
        (private / "objects/info/alternates").write_text(f"{source.resolve() / 'objects'}\n", "utf-8")
        (private / "HEAD").write_bytes(_content(source / "HEAD", _LONGEST_HEAD))
        if (source / "shallow").exists():
            # A copy: fetching moves the cut, and the workspace's stays where it is.
            (private / "shallow").write_bytes(_content(source / "shallow", _LONGEST_SHALLOW))
        for name in _BORROWED:
            # A pipe would be waited for.
            if (source / name).exists() and not ((source / name).is_dir() or (source / name).is_file()):
                raise NoRepositoryError(f"{source / name} is not what git writes there")
            (private / name).symlink_to(source.resolve() / name)
        theirs = private / "theirs"
        theirs.write_bytes(_content(source / "config", _LARGEST_CONFIG))
        (private / "config").write_text(_config(processes, theirs), "utf-8")
        yield private


def _config(processes: Processes, theirs: Path) -> str:
    """Our configuration. The one thing that is read from theirs is which hash their objects are named by."""
    command = ["git", "config", "--file", str(theirs), "--no-includes", "extensions.objectFormat"]
    variables = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_DIR": "/dev/null"}
    asked = processes.run(command, cwd=Path("/"), variables=variables, accept=(0, 1, 3, 128), timeout=30)
    if asked.text == "sha256":
        return _CONFIG.format(version=1, extensions="[extensions]\n\tobjectFormat = sha256\n")
    return _CONFIG.format(version=0, extensions="")


def _content(path: Path, limit: int) -> bytes:
    """A file's bytes; of a plain file alone, since reading a pipe would wait for ever."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        raise NoRepositoryError(f"{path} cannot be read: {error.strerror}") from None
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode) or os.fstat(descriptor).st_size > limit:
            raise NoRepositoryError(f"{path} is not what git writes there")
        return file.read(limit)
