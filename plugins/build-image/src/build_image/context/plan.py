"""Which files a build gets to see."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, TypeAlias

from build_image.context.context import IGNORE_FILE, Context
from build_image.context.files import Files
from build_image.context.hashing import hashed
from build_image.context.ignore import read_ignore
from build_image.context.unreadable import unreadable
from build_image.context.walk import walk
from build_image.dockerfile.parse import Dockerfile
from drone_plugin import SettingsError, within

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from build_image.context.entries import Found

Look: TypeAlias = "Callable[[Sequence[Found], Files, str], None]"
"""What is shown all that was found, before any of it is read, and the ignore file's name; it may raise."""

LONGEST_TEXT: Final = 1 << 20
"""Bytes of a Dockerfile or an ignore file: what is longer was named by mistake."""


def _nothing(found: Sequence[Found], files: Files, ignore_file: str) -> None:
    """What looks at a context that nobody wants looked at."""


def plan_context(workspace: Path, context: str, dockerfile: str, look: Look = _nothing) -> Context:
    """Work out what the Dockerfile can see, and read it once.

    The ignore file is `DOCKERFILE.dockerignore` beside the Dockerfile, else the context's `.dockerignore`.
    Raises SettingsError when a path is missing or leads out of the workspace, or an ignore file is no such;
    JobFailedError when something in the context cannot be read or sent; and what `look` raises.
    """
    root = _existing(workspace, "context", context)
    file = _existing(workspace, "dockerfile", dockerfile)
    if not root.is_dir():
        raise SettingsError(f"settings.context: {context} is not a folder")
    if not file.is_file():
        raise SettingsError(f"settings.dockerfile: {dockerfile} is not a file")
    text = _text(file, "settings.dockerfile")
    of_context = _ignore_file(root / IGNORE_FILE, workspace)
    of_dockerfile = _ignore_file(workspace / f"{dockerfile}{IGNORE_FILE}", workspace)
    name = IGNORE_FILE if of_dockerfile is None else f"{dockerfile}{IGNORE_FILE}"
    ignore = read_ignore((of_context or "") if of_dockerfile is None else of_dockerfile, name)
    try:
        files = Files(workspace.resolve(), root)
    except OSError as error:
        raise unreadable(context, error) from None
    found = list(walk(files.root, ignore))
    look(found, files, name)
    within_context = file.relative_to(root).as_posix() if file.is_relative_to(root) else ""
    entries = hashed(found, files)
    return Context(root, Dockerfile(dockerfile, text), entries, ignore, files, within_context, of_context)


def _existing(workspace: Path, name: str, value: str) -> Path:
    path = within(workspace, value, name)
    if not os.path.exists(path):  # noqa: PTH110 - Path.exists raises for a name that is too long
        raise SettingsError(f"settings.{name}: there is no {value} in the workspace")
    return path


def _ignore_file(path: Path, workspace: Path) -> str | None:
    """The text of an ignore file; None where there is none, or it is no file of the workspace."""
    try:
        real = path.resolve()
    except RuntimeError:
        return None
    if not real.is_relative_to(workspace.resolve()) or not real.is_file():
        return None
    return _text(real, path.name, errors="surrogateescape")


def _text(file: Path, name: str, errors: str = "strict") -> str:
    try:
        with file.open("rb") as stream:
            data = stream.read(LONGEST_TEXT + 1)
        if len(data) > LONGEST_TEXT:
            raise SettingsError(
                f"{name}: {file.name} is longer than {LONGEST_TEXT >> 20} MiB; it is not what it is taken for"
            )
        return data.decode("utf-8", errors)
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{name}: {file.name} cannot be read as UTF-8 text: {error}") from None
