"""Which files of the work tree are scanned."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
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
    excluded = [glob_pattern(glob) for glob in exclude]
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
                    elif entry.is_file(follow_symlinks=False) and not _matches(path, excluded):
                        tree.files.append(path)
        except FileNotFoundError:
            continue  # a step beside this one has removed it
        except OSError as error:
            tree.unreadable.append((folder or ".", error.strerror or type(error).__name__))
    tree.files.sort()
    return tree


def _matches(path: str, patterns: Sequence[re.Pattern[str]]) -> bool:
    return any(pattern.fullmatch(path) for pattern in patterns)


def glob_pattern(glob: str) -> re.Pattern[str]:
    """A path pattern: `*` and `?` stay within a folder, `**` crosses them, a final `/` means all below."""
    text = glob.removeprefix("./") + ("**" if glob.endswith("/") else "")
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", text)
    meaning = {"**/": r"(?:.*/)?", "**": r".*", "*": r"[^/]*", "?": r"[^/]"}
    return re.compile("".join(meaning.get(part) or re.escape(part) for part in parts), re.DOTALL)
