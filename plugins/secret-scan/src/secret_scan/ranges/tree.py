"""Which files of the work tree are scanned."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from drone_plugin.globs import matcher
from secret_scan.ranges.file_content import FileContent
from secret_scan.ranges.name_items import name_item
from secret_scan.values import Item

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

NEVER_CONTENT = ".git"
"""A folder of this name is git's wherever it lies, and git takes none into a commit."""

OWN_FOLDER = ".drone-ml"
"""Hand-over files of this suite. Below another folder the name means nothing, and hides nothing."""


@dataclass
class Tree:
    """The files to scan as sorted relative paths, and the folders that cannot be read, with the reason."""

    files: list[str] = field(default_factory=list)
    unreadable: list[tuple[str, str]] = field(default_factory=list)


def read_tree(root: Path, exclude: Sequence[str]) -> Tree:
    """Every regular file below `root` that no glob excludes.

    Symbolic links are not followed, so the scan does not leave the tree; what a link points to inside of it
    is scanned in its own place. Pipes, sockets and devices are no content.
    """
    tree = Tree()
    excluded = matcher(exclude)
    pending = [""]  # by hand: the standard library's walk ends at the depth of the interpreter's stack
    while pending:
        folder = pending.pop()
        try:
            with os.scandir(root / folder) as entries:
                for entry in entries:
                    path = f"{folder}/{entry.name}" if folder else entry.name
                    if entry.is_dir(follow_symlinks=False):
                        if entry.name != NEVER_CONTENT and path != OWN_FOLDER:
                            pending.append(path)
                    elif entry.is_file(follow_symlinks=False) and not excluded(path):
                        tree.files.append(path)
        except FileNotFoundError:
            continue  # a step beside this one has removed it
        except OSError as error:
            tree.unreadable.append((folder or ".", error.strerror or type(error).__name__))
    tree.files.sort()
    return tree


def file_items(root: Path, tree: Tree) -> Iterator[Item]:
    """The files of the tree, and their names. One that a step beside this one has removed is left out."""
    for path in tree.files:
        yield from name_item(path)
        try:
            size = (root / path).lstat().st_size
        except FileNotFoundError:
            continue
        except OSError as error:
            tree.unreadable.append((path, error.strerror or type(error).__name__))
            continue
        yield Item(path, "file", size=size, read=FileContent(str(root), path))
