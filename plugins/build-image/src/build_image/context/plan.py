"""Which files a build gets to see."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO, Final, TypeAlias

from build_image.context.archive import tar
from build_image.context.files import Files
from build_image.context.hashing import hashed
from build_image.context.ignore import Ignore, read_ignore
from build_image.context.unreadable import unreadable
from build_image.context.walk import walk
from build_image.dockerfile.parse import Dockerfile
from drone_plugin import SettingsError, within

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from build_image.context.entries import Entry, Found

Look: TypeAlias = "Callable[[Sequence[Found], Files, str], None]"
"""What is shown all that was found, before any of it is read, and the ignore file's name; it may raise."""

DOCKERFILE_NAME: Final = ".drone-ml.Dockerfile"
"""The Dockerfile travels under a name of ours, so that it may lie outside of the context."""

IGNORE_FILE: Final = ".dockerignore"

LONGEST_TEXT: Final = 1 << 20
"""Bytes of a Dockerfile or an ignore file: what is longer was named by mistake."""


@dataclass(frozen=True)
class Context:
    """What a build is given: the Dockerfile, and the entries of the folder `root` that are not ignored.

    The entries are in the order of BuildKit's transfer: a folder, then what is in it, names by their bytes.
    """

    root: Path
    dockerfile: Dockerfile
    entries: tuple[Entry, ...]
    ignored: Ignore
    files: Files = field(repr=False, compare=False)
    _of_context: str | None = field(default=None, repr=False)

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(entry.size for entry in self.entries)

    def largest(self, number: int = 5) -> tuple[tuple[str, int], ...]:
        """The largest files and folders of the context's first level, with their bytes."""
        sizes: Counter[str] = Counter()
        for entry in self.entries:
            sizes[entry.path.partition("/")[0]] += entry.size
        return tuple(sizes.most_common(number))

    def open(self, entry: Entry) -> BinaryIO:
        """A file's content, for any thread.

        What is read is what was hashed: else, at the latest at its end, reading raises JobFailedError.
        """
        return self.files.stream(entry)

    def archive(self, dockerfile: str | None = None) -> Iterator[bytes]:
        """The context as a tar file for the classic builder, with the Dockerfile as `DOCKERFILE_NAME`.

        `dockerfile` is a text in place of the file's own. Raises JobFailedError, as `open` does.
        """
        text = self.dockerfile.text if dockerfile is None else dockerfile
        added = {IGNORE_FILE: _sent_ignore_file(self._of_context), DOCKERFILE_NAME: text}
        return tar(
            self.entries, self.files, {name: added[name].encode("utf-8", "surrogateescape") for name in added}
        )


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
    name, own = f"{file.name}{IGNORE_FILE}", _ignore_file(file.with_name(file.name + IGNORE_FILE), workspace)
    name, ignored = (IGNORE_FILE, of_context or "") if own is None else (name, own)
    ignore = read_ignore(ignored, name)
    try:
        files = Files(workspace.resolve(), root)
    except OSError as error:
        raise unreadable(context, error) from None
    found = list(walk(files.root, ignore))
    look(found, files, name)
    return Context(root, Dockerfile(dockerfile, text), hashed(found, files), ignore, files, of_context)


def _sent_ignore_file(of_context: str | None) -> str:
    """The ignore file that the classic builder gets: it takes out of the context what ours added to it.

    It removes the Dockerfile and the ignore file itself where that file says so, and nothing else (moby
    `builder/remotecontext/detect.go`).
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
