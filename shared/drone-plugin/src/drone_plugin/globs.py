"""Patterns of paths, as `.gitignore` and Drone's own `paths` have them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def glob_pattern(glob: str) -> re.Pattern[str]:
    """A path pattern: `*` and `?` stay within a folder, `**` crosses them, a final `/` means all below."""
    text = glob.removeprefix("./") + ("**" if glob.endswith("/") else "")
    text = re.sub(r"(?:\*\*/){2,}", "**/", re.sub(r"\*{3,}", "**", text))
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", text)
    meaning = {"**/": r"(?:.*/)?", "**": r".*", "*": r"[^/]*", "?": r"[^/]"}
    return re.compile("".join(meaning.get(part) or re.escape(part) for part in parts), re.DOTALL)


def matcher(globs: Iterable[str]) -> Callable[[str], bool]:
    """Whether any of the globs matches a path that is relative to the workspace."""
    patterns = [glob_pattern(glob) for glob in globs]
    return lambda path: any(pattern.fullmatch(path) for pattern in patterns)
