"""Files that another step or a person will read, written whole or not at all; and where a path leads."""

from __future__ import annotations

import os
from pathlib import Path


def write_whole(path: Path, text: str) -> None:
    """Put `text` at `path` through a temporary file beside it: a killed step leaves the old or the new state.

    A symbolic link at `path` is replaced, not followed. Raises OSError as the file system does.
    """
    # Not by mkstemp: a signal that comes between its end and ours would leave a file of unknown name behind.
    temporary = path.parent / f".{path.name}.{os.urandom(8).hex()}"
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        # 0600 would hide the file from a later step that runs as another user.
        temporary.chmod(0o644)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def is_inside(path: str, folder: Path) -> bool:
    """Whether `path` leads into `folder`, through links too; a path that leads nowhere sensible does."""
    try:
        return Path(path).resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError, ValueError):  # links in a circle, a NUL byte
        return True
