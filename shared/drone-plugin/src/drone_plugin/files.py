"""Files that another step or a person will read, written whole or not at all; and where a path leads."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def write_whole(path: Path, text: str) -> None:
    """Put `text` at `path` through a temporary file beside it: a killed step leaves the old or the new state.

    A symbolic link at `path` is replaced, not followed. Raises OSError as the file system does.
    """
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        # mkstemp's 0600 would hide the file from a later step that runs as another user.
        os.chmod(temporary, 0o644)  # noqa: PTH101 - beside os.replace
        os.replace(temporary, path)  # noqa: PTH105 - the temporary name is a str
    except BaseException:
        os.unlink(temporary)  # noqa: PTH108 - as above
        raise


def is_inside(path: str, folder: Path) -> bool:
    """Whether `path` leads into `folder`, through links too; a path that leads nowhere sensible does."""
    try:
        return Path(path).resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError, ValueError):  # links in a circle, a NUL byte
        return True
