"""What a build is given."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, BinaryIO, Final

from build_image.context.archive import tar

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from build_image.context.entries import Entry
    from build_image.context.files import Files
    from build_image.context.ignore import Ignore
    from build_image.dockerfile.parse import Dockerfile

DOCKERFILE_NAME: Final = ".drone-ml.Dockerfile"
"""The Dockerfile travels under a name of ours, so that it may lie outside of the context."""

IGNORE_FILE: Final = ".dockerignore"


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
    dockerfile_within: str = ""
    """The Dockerfile's path in the context; empty where it is outside."""
    own_ignore_file: str | None = field(default=None, repr=False)
    """The text of the context's `.dockerignore`, whether or not it counts."""
    _dockerfile_within: str = field(default="", repr=False)

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
        added = {IGNORE_FILE: _sent_ignore_file(self.own_ignore_file), DOCKERFILE_NAME: text}
        return tar(self.entries, self.files, {name: _bytes(added[name]) for name in added})

    def archive_for_buildkit(self, dockerfile: str | None = None) -> tuple[str, Iterator[bytes]]:
        """The context as a tar file for BuildKit without a session, and the name of the Dockerfile in it.

        BuildKit reads no ignore file of such a context, and hides nothing of it. So where the file itself is
        in it, and is what is to be built, no copy is added; else `COPY .` copies `DOCKERFILE_NAME`, too.
        """
        text = _bytes(self.dockerfile.text if dockerfile is None else dockerfile)
        digest = sha256(text).digest()
        if any(entry.path == self.dockerfile_within and entry.sha256 == digest for entry in self.entries):
            return self.dockerfile_within, tar(self.entries, self.files, {})
        return DOCKERFILE_NAME, tar(self.entries, self.files, {DOCKERFILE_NAME: text})


def _sent_ignore_file(of_context: str | None) -> str:
    """The ignore file that the classic builder gets: it takes out of the context what ours added to it.

    It removes the Dockerfile and the ignore file itself where that file says so, and nothing else (moby
    `builder/remotecontext/detect.go`).
    """
    if of_context is None:
        return f"{DOCKERFILE_NAME}\n{IGNORE_FILE}\n"
    return f"{of_context.rstrip()}\n{DOCKERFILE_NAME}\n"


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
