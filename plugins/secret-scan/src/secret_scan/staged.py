"""What is staged for a commit: the index, or the work tree where pre-commit has made it the same."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol

from drone_plugin import environment
from drone_plugin.process import CommandError, Processes
from secret_scan.accepted.baseline import LARGEST
from secret_scan.accepted.files import regular_content
from secret_scan.ranges.tree import Tree, file_items
from secret_scan.values import Item

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_OF_GIT: Final = ("GIT_INDEX_FILE", "GIT_DIR", "GIT_WORK_TREE", "GIT_PREFIX")
"""What git tells its hooks: `git commit -a` stages in an index of its own."""
_LARGEST: Final = 100 << 20
_FILES: Final = frozenset({"100644", "100755", "120000"})


class Staged(Protocol):
    """Files that are about to be committed."""

    def items(self, paths: Sequence[str]) -> Iterator[Item]:
        """Those of the paths that are."""

    def read(self, path: str) -> bytes | None:
        """One file; None where there is none."""


def staged(folder: Path) -> Staged:
    """The source of what is staged; pre-commit puts away whatever is not, for as long as its hooks run."""
    env = environment.current()
    if env.get("PRE_COMMIT") or not (folder / ".git").exists():
        return WorkTree(folder)
    return Index(Processes(env, folder, redact=str))


@dataclass(frozen=True)
class WorkTree:
    """The files themselves."""

    folder: Path

    def items(self, paths: Sequence[str]) -> Iterator[Item]:
        """See Staged; links are not followed."""
        files = [path for path in paths if not (self.folder / path).is_symlink()]
        return file_items(self.folder, Tree([path for path in files if (self.folder / path).is_file()]))

    def read(self, path: str) -> bytes | None:
        """See Staged."""
        return regular_content(self.folder / path, LARGEST + 1)


@dataclass(frozen=True)
class Index:
    """The index of the repository, by the git of whoever commits."""

    processes: Processes

    def items(self, paths: Sequence[str]) -> Iterator[Item]:
        """See Staged; all that the commit changes where no paths are given."""
        for path in paths or self._changed():
            for record in self._git("ls-files", "--stage", "-z", "--", path).split(b"\0"):
                about, _, name = record.partition(b"\t")
                mode, _, rest = about.decode("ascii", "replace").partition(" ")
                if mode in _FILES:
                    shown, blob = name.decode("utf-8", "surrogateescape"), rest.partition(" ")[0]
                    yield Item(shown, "file", blob=blob, read=partial(self._git, "cat-file", "blob", blob))

    def read(self, path: str) -> bytes | None:
        """See Staged."""
        try:
            return self._git("cat-file", "blob", f":{path}")
        except CommandError:
            return None

    def _changed(self) -> list[str]:
        names = self._git("diff", "--cached", "--name-only", "--diff-filter=d", "--no-ext-diff", "-z")
        return [name.decode("utf-8", "surrogateescape") for name in names.split(b"\0") if name]

    def _git(self, *arguments: str) -> bytes:
        command = ["git", "--literal-pathspecs", *arguments]
        return self.processes.run(command, pass_on=_OF_GIT, limit=_LARGEST).stdout
