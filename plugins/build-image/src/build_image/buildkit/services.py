"""The small services of a session: health, secrets, and logins at registries.

Source: moby/buildkit session/secrets/secrets.proto, session/auth/auth.proto, session/auth/auth.go, and
grpc/health/v1/health.proto of the gRPC project.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeAlias

from build_image.buildkit.grpc import RpcError, Status, unary
from build_image.buildkit.protobuf import Message, WireError, bytes_field, number_field, text_field
from drone_plugin.images import DOCKER_HUB
from drone_plugin.registries import DOCKER_HUB_SERVER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from build_image.buildkit.grpc import Methods

Login: TypeAlias = tuple[str, str]
"""User name and password; a token goes in the place of the password."""

Credentials: TypeAlias = Callable[[str], Login | None]
"""The login for a registry by its host, None for none: it is asked without one then."""

DOCKER_HUB_NAMES: Final = (
    DOCKER_HUB_SERVER,
    DOCKER_HUB,
    f"index.{DOCKER_HUB}",
    f"https://index.{DOCKER_HUB}/v1/",
)
"""The names of one registry: BuildKit asks for the first, people and configuration files have the
others."""

_SERVING: Final = number_field(1, 1)


class Health:
    """Says that the client is there: the engine asks every few seconds, and ends a silent session."""

    def methods(self) -> Methods:
        """What is served."""
        return {"/grpc.health.v1.Health/Check": unary(lambda _: _SERVING)}


class Secrets:
    """The secrets that RUN instructions mount, by id."""

    def __init__(self, secrets: Mapping[str, bytes]) -> None:
        """Nothing of them is written anywhere."""
        self._secrets = secrets
        self.missing: set[str] = set()
        """Ids that the Dockerfile asked for and that nobody gave."""

    def methods(self) -> Methods:
        """What is served."""
        return {"/moby.buildkit.secrets.v1.Secrets/GetSecret": unary(self._get)}

    def _get(self, request: bytes) -> bytes:
        identity = _decoded(request).text(1)
        if identity not in self._secrets:
            self.missing.add(identity)
            raise RpcError(Status.NOT_FOUND, f"secret {identity}: not found")
        return bytes_field(1, self._secrets[identity])


class Auth:
    """Logins for the registries of base images and caches.

    The methods by which a client fetches tokens itself are left out: the engine then asks for user name
    and password, and fetches the token where the registry wants one.
    """

    def __init__(self, credentials: Credentials) -> None:
        """`credentials` is asked for the host that the engine is about to speak to, and for no other."""
        self._credentials = credentials
        self.asked: set[str] = set()
        """Hosts that wanted a login."""

    def methods(self) -> Methods:
        """What is served."""
        return {"/moby.filesync.v1.Auth/Credentials": unary(self._login)}

    def _login(self, request: bytes) -> bytes:
        host = _decoded(request).text(1)
        self.asked.add(host)
        names = DOCKER_HUB_NAMES if host in DOCKER_HUB_NAMES else (host,)
        for login in map(self._credentials, names):
            if login:
                username, password = login
                return text_field(1, username) + text_field(2, password)
        return b""


def _decoded(request: bytes) -> Message:
    try:
        return Message(request)
    except WireError as error:
        raise RpcError(Status.INVALID_ARGUMENT, str(error)) from error
