"""A client session of BuildKit: what a build may ask of the machine that it was started from.

The engine asks for files, secrets and logins while it builds (moby/buildkit session/). Whoever knows the
session's id can let a build of theirs on the same engine ask, too: it is as long as a key and belongs
into no log.
"""

from __future__ import annotations

import secrets as random
from typing import TYPE_CHECKING, Self

from build_image.buildkit.connection import Connection
from build_image.buildkit.filesync import FileSync
from build_image.buildkit.pump import SILENCE, Pump
from build_image.buildkit.services import Auth, Health, Secrets
from build_image.buildkit.transport import open_session

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import docker

    from build_image.buildkit.filesync import Traffic
    from build_image.buildkit.services import Credentials
    from build_image.buildkit.tree import Tree


class Session:
    """Open as long as the block is: in a thread of its own, so that the block can follow the build."""

    def __init__(
        self,
        api: docker.APIClient,
        *,
        trees: Mapping[str, Tree],
        secrets: Mapping[str, bytes] | None = None,
        credentials: Credentials | None = None,
        shared_key: str = "",
        silence: float = SILENCE,
    ) -> None:
        """`trees` by BuildKit's names, `context` and `dockerfile`; `secrets` by id.

        The engine keeps what it was sent under `shared_key`, and asks the next session with that key for
        the differences only. So it should name the origin of the trees, such as the repository and the
        folder. An engine that says nothing for `silence` seconds is lost.
        """
        self._api = api
        self._shared_key = shared_key
        self._silence = silence
        self._files = FileSync(trees)
        self._secrets = Secrets(secrets or {})
        self._auth = Auth(credentials or (lambda _: None))
        methods = {
            **Health().methods(),
            **self._files.methods(),
            **self._secrets.methods(),
            **self._auth.methods(),
        }
        self._methods = tuple(methods)
        self._connection = Connection(methods)
        self._pump: Pump | None = None
        self.id = random.token_hex(16)

    def __enter__(self) -> Self:
        """Open it.

        Raises SessionRefusedError where there are no sessions, and what requests raises without an
        engine.
        """
        upgraded = open_session(self._api, self.id, self._shared_key, self._methods)
        self._pump = Pump(self._connection, upgraded, silence=self._silence)
        self._pump.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End it at once; a build that still needs it fails."""
        if self._pump is not None:
            self._pump.stop()

    @property
    def traffic(self) -> Mapping[str, Traffic]:
        """What was sent of each tree so far. Newer engines ask for the Dockerfile each time."""
        return self._files.traffic

    @property
    def missing_secrets(self) -> frozenset[str]:
        """Ids of secrets that the Dockerfile asked for and that nobody gave."""
        return frozenset(self._secrets.missing)

    @property
    def hosts(self) -> frozenset[str]:
        """Registries that wanted a login."""
        return frozenset(self._auth.asked)

    def on_loss(self, action: Callable[[], None]) -> None:
        """Call `action` once, from the session's thread, if the engine is lost."""
        if self._pump is not None:
            self._pump.on_end(action)

    def raise_error(self) -> None:
        """Raise what went wrong on this side, such as a tree's own error, or the loss of the engine."""
        error = self._connection.failure or (self._pump.failure if self._pump else None)
        if error is not None:
            raise error
