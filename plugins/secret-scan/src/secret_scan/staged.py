"""What is staged for a commit: the index, or the work tree where pre-commit has made it the same."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from drone_plugin import environment
from secret_scan.accepted.baseline import LARGEST
from secret_scan.accepted.reading import regular_content
from secret_scan.ranges.tree import Tree, file_items

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from secret_scan.values import Item


class Staged(Protocol):
    """Files that are about to be committed."""

    def items(self, paths: Sequence[str]) -> Iterator[Item]:
        """Those of the paths that are."""

    def read(self, path: str) -> bytes | None:
        """One file; None where there is none."""


@contextmanager
def open_staged(folder: Path, *, work_tree: bool = False) -> Iterator[Staged]:
    """The source of what is staged, as long as the block lasts.

    pre-commit puts away whatever is not, for as long as its hooks run: then, and where `work_tree` says that
    it is so, the files themselves are.
    """
    env = environment.current()
    if work_tree or env.get("PRE_COMMIT") or not (folder / ".git").exists():
        yield WorkTree(folder)
        return
    from drone_plugin.pipes import Pipes  # noqa: PLC0415 - without a program to talk to, a hook is quicker
    from secret_scan.index import open_index  # noqa: PLC0415 - as above

    with open_index(Pipes(env, folder, redact=str)) as index:
        yield index


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
