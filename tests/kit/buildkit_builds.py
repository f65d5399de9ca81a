"""Real builds through a session of BuildKit, as tests want them."""

import io
import os
import stat
import tarfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final

import docker
from docker.errors import ImageNotFound

from build_image.buildkit import Build, Event, Output, Recipe, Session, Stat, TextTree, Tree, Vertex
from build_image.buildkit.services import Credentials

NOTHING: Final[Mapping[str, bytes]] = {}


class FolderTree:
    """A folder of the disk, as it is."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def stats(self) -> Iterable[Stat]:
        """Everything in it, in the order of the protocol."""
        return self._below("")

    def open(self, path: str) -> BinaryIO:
        """A file of it."""
        return (self.root / path).open("rb")

    def _below(self, folder: str) -> Iterator[Stat]:
        for entry in sorted((self.root / folder).iterdir(), key=os.fsencode):
            path = f"{folder}{entry.name}"
            found = entry.lstat()
            link = str(entry.readlink()) if stat.S_ISLNK(found.st_mode) else ""
            yield Stat(path, found.st_mode, found.st_size, found.st_mtime_ns, link)
            if stat.S_ISDIR(found.st_mode):
                yield from self._below(f"{path}/")


def archive_of(files: Mapping[str, bytes]) -> bytes:
    """A tar of a few small files."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


@dataclass
class Built:
    """What came out of a build."""

    image_id: str
    session: Session
    build: Build
    events: list[Event] = field(default_factory=list)

    @property
    def steps(self) -> dict[str, Vertex]:
        """The last state of each step, by its name."""
        return {event.name: event for event in self.events if isinstance(event, Vertex)}

    @property
    def output(self) -> str:
        """All that RUN instructions wrote."""
        return b"".join(event.data for event in self.events if isinstance(event, Output)).decode()


@dataclass
class Builds:
    """Builds under one name on one engine, each to its end."""

    api: docker.APIClient
    tag: str

    def __call__(
        self,
        dockerfile: str,
        context: Tree | None = None,
        *,
        secrets: Mapping[str, bytes] = NOTHING,
        credentials: Credentials | None = None,
        shared_key: str = "",
        no_cache: bool = False,
        follow: Callable[[Event], object] = lambda _: None,
    ) -> Built:
        """Build a Dockerfile that needs no network."""
        text = TextTree({"Dockerfile": dockerfile.encode("utf-8", "surrogateescape")})
        recipe = Recipe(tags=(self.tag,), network="none", no_cache=no_cache)
        session = Session(
            self.api,
            trees={"context": context or TextTree({}), "dockerfile": text},
            secrets=secrets,
            credentials=credentials,
            shared_key=shared_key,
        )
        events: list[Event] = []
        with session, Build(self.api, recipe, session=session) as build:
            for event in build:
                follow(event)
                events.append(event)
        return Built(build.image_id, session, build, events)

    def remove(self) -> None:
        """Remove what was built, if anything was."""
        with suppress(ImageNotFound):
            self.api.remove_image(self.tag, force=True)
