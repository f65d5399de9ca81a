"""The build context: what is sent to the engine, and what never is."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from docker.utils.build import create_archive, exclude_paths

from drone_plugin import SettingsError

if TYPE_CHECKING:
    from pathlib import Path

NEVER_SENT = (".git", "**/.git", ".drone-ml", "**/.drone-ml")
"""Repository data and hand-over files: they differ between builds of the same content."""

DOCKERFILE_NAME = ".drone-ml.Dockerfile"
"""The Dockerfile travels under a name of ours, so that it may lie outside of the context."""


@dataclass(frozen=True)
class Context:
    """Files to send, relative to `root`, and the Dockerfile's text."""

    root: Path
    files: tuple[str, ...]
    dockerfile: str

    def archive(self) -> IO[bytes]:
        """The context as a tar file that is deleted when it is closed."""
        target = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
        create_archive(str(self.root), self.files, target, extra_files=[(DOCKERFILE_NAME, self.dockerfile)])
        return target


def plan_context(workspace: Path, context: str, dockerfile: str) -> Context:
    """Work out what the Dockerfile can see.

    The ignore file is `DOCKERFILE.dockerignore` beside the Dockerfile, else the context's `.dockerignore`.
    Raises SettingsError when a path is missing or leads out of the workspace.
    """
    root = _inside(workspace, "context", context)
    file = _inside(workspace, "dockerfile", dockerfile)
    if not root.is_dir():
        raise SettingsError(f"settings.context: {context} is not a folder")
    if not file.is_file():
        raise SettingsError(f"settings.dockerfile: {dockerfile} is not a file")
    own = file.with_name(file.name + ".dockerignore")
    ignore = own if own.is_file() else root / ".dockerignore"
    patterns = _patterns(ignore) if ignore.is_file() else []
    files = exclude_paths(str(root), [*patterns, *NEVER_SENT], DOCKERFILE_NAME)
    return Context(root, tuple(sorted(files)), _text(file, "settings.dockerfile"))


def _inside(workspace: Path, name: str, value: str) -> Path:
    """The path, with symbolic links resolved: a link must not reach what the workspace does not hold."""
    path = (workspace / value).resolve()
    if not path.is_relative_to(workspace.resolve()):
        raise SettingsError(f"settings.{name}: {value} leads out of the workspace")
    if not path.exists():
        raise SettingsError(f"settings.{name}: there is no {value} in the workspace")
    return path


def _patterns(ignore: Path) -> list[str]:
    lines = (line.strip() for line in _text(ignore, str(ignore.name)).removeprefix("\ufeff").splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def _text(file: Path, name: str) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{name}: {file.name} cannot be read as UTF-8 text: {error}") from None
