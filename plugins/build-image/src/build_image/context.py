"""The build context: what is sent to the engine, and what never is."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from docker.utils.build import create_archive, exclude_paths

from drone_plugin import JobFailedError, SettingsError, within

NEVER_SENT = frozenset({".git", ".drone-ml"})
"""Repository data and hand-over files: they differ between builds of the same content."""

DOCKERFILE_NAME = ".drone-ml.Dockerfile"
"""The Dockerfile travels under a name of ours, so that it may lie outside of the context."""

IGNORE_FILE = ".dockerignore"


@dataclass(frozen=True)
class Context:
    """Files to send, relative to `root`, and the texts of Dockerfile and ignore file that go with them."""

    root: Path
    files: tuple[str, ...]
    dockerfile: str
    ignore_file: str

    def archive(self) -> IO[bytes]:
        """The context as a tar file that is deleted when it is closed.

        Raises JobFailedError when a file cannot be read, or is gone by now.
        """
        target = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
        added = [(IGNORE_FILE, self.ignore_file), (DOCKERFILE_NAME, self.dockerfile)]
        try:
            create_archive(str(self.root), self.files, target, extra_files=added)
        except OSError as error:
            target.close()
            raise JobFailedError(f"the context cannot be read: {error}") from None
        return target


def plan_context(workspace: Path, context: str, dockerfile: str) -> Context:
    """Work out what the Dockerfile can see.

    The ignore file is `DOCKERFILE.dockerignore` beside the Dockerfile, else the context's `.dockerignore`.
    Raises SettingsError when a path is missing or leads out of the workspace.
    """
    root = _existing(workspace, "context", context)
    file = _existing(workspace, "dockerfile", dockerfile)
    if not root.is_dir():
        raise SettingsError(f"settings.context: {context} is not a folder")
    if not file.is_file():
        raise SettingsError(f"settings.dockerfile: {dockerfile} is not a file")
    of_context = _ignore_file(root / IGNORE_FILE, workspace)
    of_dockerfile = _ignore_file(file.with_name(file.name + IGNORE_FILE), workspace)
    patterns = _patterns(of_context if of_dockerfile is None else of_dockerfile)
    return Context(
        root,
        tuple(_visible(root, patterns)),
        _text(file, "settings.dockerfile"),
        _sent_ignore_file(of_context),
    )


def _visible(root: Path, patterns: list[str]) -> list[str]:
    """The paths below `root` that are sent, sorted; no pattern brings back what is never sent."""
    never = [f"{prefix}{name}" for name in sorted(NEVER_SENT) for prefix in ("", "**/")]
    try:
        found = exclude_paths(str(root), [*patterns, *never], DOCKERFILE_NAME)
    except (OSError, RecursionError) as error:
        raise JobFailedError(f"the context cannot be read: {error}") from None
    return sorted(path for path in found if NEVER_SENT.isdisjoint(Path(path).parts))


def _sent_ignore_file(of_context: str | None) -> str:
    """The ignore file that the engine gets: its builder takes out of the context what ours added to it.

    The builder removes the Dockerfile and the ignore file itself where that file says so, and nothing else
    (moby `builder/remotecontext/detect.go`).
    """
    if of_context is None:
        return f"{DOCKERFILE_NAME}\n{IGNORE_FILE}\n"
    return f"{of_context.rstrip()}\n{DOCKERFILE_NAME}\n"


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
    return _text(real, path.name)


def _patterns(text: str | None) -> list[str]:
    lines = (line.strip() for line in (text or "").removeprefix("\ufeff").splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def _text(file: Path, name: str) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{name}: {file.name} cannot be read as UTF-8 text: {error}") from None
