"""Which files of the work tree are scanned."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SKIPPED_FOLDERS = frozenset({".git", ".drone-ml"})


def files_of(root: Path, exclude: Sequence[str]) -> Iterator[str]:
    """Every regular file below `root`, as a sorted relative path.

    Symbolic links are not followed, so the scan does not leave the tree; what a link points to inside of it
    is scanned in its own place. Pipes, sockets and devices are no content.
    """
    excluded = [glob_pattern(glob) for glob in exclude]
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in SKIPPED_FOLDERS)
        for name in sorted(names):
            path = Path(folder, name)
            relative = path.relative_to(root).as_posix()
            if not any(pattern.fullmatch(relative) for pattern in excluded) and _is_regular(path):
                yield relative


def _is_regular(path: Path) -> bool:
    return stat.S_ISREG(path.lstat().st_mode)


def glob_pattern(glob: str) -> re.Pattern[str]:
    """A path pattern: `*` and `?` stay within a folder, `**` crosses them, a final `/` means all below."""
    text = glob.removeprefix("./") + ("**" if glob.endswith("/") else "")
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", text)
    meaning = {"**/": r"(?:.*/)?", "**": r".*", "*": r"[^/]*", "?": r"[^/]"}
    return re.compile("".join(meaning.get(part) or re.escape(part) for part in parts), re.DOTALL)
