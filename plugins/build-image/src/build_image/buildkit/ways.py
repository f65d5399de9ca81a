"""The best way to build that an engine allows: a session, else one upload, else the classic builder."""

from __future__ import annotations

import base64
import json
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Self

from build_image.buildkit.build import BUILDKIT, CLASSIC, Build
from build_image.buildkit.errors import BuilderMissingError, SessionRefusedError
from build_image.buildkit.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    import docker

    from build_image.buildkit.recipe import Recipe
    from build_image.buildkit.services import Credentials
    from build_image.buildkit.tree import Tree

UPLOADS_TO_CONTAINERD: Final = (27, 5)
"""The first engine whose BuildKit finds an upload where containerd keeps the images (moby#47717, #49178)."""


class Way(StrEnum):
    """How the engine is asked to build, from the best way to the last resort."""

    SESSION = "BuildKit with a session"
    UPLOAD = "BuildKit with one upload"
    CLASSIC = "the classic builder"


LOST: Final[Mapping[Way, str]] = {
    Way.SESSION: "",
    Way.UPLOAD: "no build secrets, no login for private base images (the engine must have them already), and "
    "every file is sent each time",
    Way.CLASSIC: "no build secrets, no `RUN --mount`, no heredocs, stages one by one, and every file is "
    "sent each time",
}
"""What a user misses, for the log."""


@dataclass(frozen=True)
class Source:
    """What is built from, in both of the shapes that an engine may take it in."""

    trees: Mapping[str, Tree]
    """For a session: `context` and `dockerfile`."""
    archive: Callable[[], Iterable[bytes]]
    """For an upload: a tar of the context with the Dockerfile in it, anew for each call."""
    secrets: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    credentials: Credentials = lambda _: None
    hosts: tuple[str, ...] = ()
    """Registries of base images: the classic builder wants their logins beforehand."""
    shared_key: str = ""
    """See `Session`."""


class Builder:
    """Builds on an engine for as long as a block lasts, in the best way that it allows."""

    def __init__(self, api: docker.APIClient, source: Source, warn: Callable[[str], None]) -> None:
        """`warn` is told of each way that cannot be gone, and of what is lost with it."""
        self._api = api
        self._source = source
        self._warn = warn
        self._open = ExitStack()
        self.session: Session | None = None
        self.way = Way.SESSION

    def __enter__(self) -> Self:
        """Open a session if there are any.

        Raises SessionRefusedError where there are none and secrets are given: an image that was built without
        a secret that it was to have is another image. Raises what requests does without an engine.
        """
        source = self._source
        session = Session(
            self._api,
            trees=source.trees,
            secrets=source.secrets,
            credentials=source.credentials,
            shared_key=source.shared_key,
        )
        try:
            self.session = self._open.enter_context(session)
        except SessionRefusedError as error:
            if source.secrets:
                raise
            self._go(Way.UPLOAD if self._takes_uploads() else Way.CLASSIC, str(error))
        return self

    def __exit__(self, *_: object) -> None:
        """End the session."""
        self._open.close()

    @contextmanager
    def build(self, recipe: Recipe) -> Iterator[Build]:
        """Start a build, which is cancelled if the block is left before its end. Raises as `Build` does."""
        with ExitStack() as stack:
            yield self._started(recipe, stack)

    def _started(self, recipe: Recipe, stack: ExitStack) -> Build:
        try:
            return stack.enter_context(self._build(recipe))
        except BuilderMissingError as error:
            if self.way is Way.CLASSIC or self._source.secrets:
                raise
            self._go(Way.CLASSIC, str(error))
        return stack.enter_context(self._build(recipe))

    def _build(self, recipe: Recipe) -> Build:
        if self.way is Way.SESSION:
            return Build(self._api, recipe, session=self.session)
        archive = self._source.archive()
        if self.way is Way.UPLOAD:
            return Build(self._api, recipe, archive=archive, builder=BUILDKIT)
        return Build(self._api, recipe, archive=archive, builder=CLASSIC, headers=self._registry_config())

    def _go(self, way: Way, reason: str) -> None:
        self.way = way
        self._warn(f"{reason}; building with {way} instead: {LOST[way]}")

    def _takes_uploads(self) -> bool:
        """Whether BuildKit finds an upload here: older engines with containerd's image store lose it."""
        is_containerd = any(
            "io.containerd.snapshotter" in str(row) for row in self._api.info()["DriverStatus"] or ()
        )
        numbers = str(self._api.version()["Version"]).split(".")
        version = tuple(int(number) for number in numbers[:2] if number.isdigit())
        return not is_containerd or version >= UPLOADS_TO_CONTAINERD

    def _registry_config(self) -> dict[str, str]:
        """The header by which the classic builder gets logins (moby api/swagger.yaml)."""
        logins = {host: login for host in self._source.hosts if (login := self._source.credentials(host))}
        table = {
            "https://index.docker.io/v1/" if host == "docker.io" else host: {
                "username": name,
                "password": secret,
            }
            for host, (name, secret) in logins.items()
        }
        return (
            {"X-Registry-Config": base64.urlsafe_b64encode(json.dumps(table).encode()).decode()}
            if table
            else {}
        )
