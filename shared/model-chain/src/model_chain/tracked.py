"""Whether git tracks a file, without running git: a repository's configuration can make git run programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drone_plugin import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def is_tracked(workspace: Path, path: str) -> bool:
    """Whether the index of the repository at `workspace` holds `path` (relative, with slashes).

    An entry for a folder above it, a submodule or a link, holds it as well.
    False where there is no repository. Raises SettingsError when the index cannot be read: not knowing is no
    reason to trust.
    """
    index = _index_file(workspace)
    if index is None or not index.is_file():
        return False
    parts = path.casefold().split("/")
    holding = {"/".join(parts[:end]) for end in range(1, len(parts) + 1)}
    return any(name.casefold() in holding for name in _names(index))


def _index_file(workspace: Path) -> Path | None:
    """The index, also of a linked work tree, whose `.git` is a file that names the folder."""
    git = workspace / ".git"
    if git.is_dir():
        return git / "index"
    if git.is_file():
        target = git.read_text(encoding="utf-8", errors="replace").removeprefix("gitdir:").strip()
        return workspace / target / "index"
    return None


def _names(index: Path) -> Iterator[str]:
    # Imported late: only a step that reads a hand-over file pays for it.
    from dulwich.index import Index  # noqa: PLC0415

    try:
        names = list(Index(str(index)))
    except Exception as error:  # noqa: BLE001 - whatever a hostile index makes the parser raise
        raise SettingsError(
            f"git's index cannot be read ({error}), so it is unknown what is committed"
        ) from None
    return (name.decode("utf-8", "replace") for name in names)
