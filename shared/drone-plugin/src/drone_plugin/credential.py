"""A credential, and the one place that it is for."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping

_PORTS: Final = {"http": 80, "https": 443}


def origin(url: str) -> str:
    """Scheme, host and port of an address, in one spelling."""
    parts = urlsplit(url)
    return (
        f"{parts.scheme}://{(parts.hostname or '').rstrip('.')}:{parts.port or _PORTS.get(parts.scheme, 0)}"
    )


@dataclass(frozen=True)
class Credential:
    """Headers that one server gets with every request, and no other server ever."""

    url: str
    """Any address of that server; scheme, host and port count."""
    headers: Mapping[str, str] = field(repr=False)

    @classmethod
    def basic(cls, url: str, username: str, password: str) -> Self:
        """A user name and a password."""
        return cls(url, {"Authorization": f"Basic {b64encode(f'{username}:{password}'.encode()).decode()}"})

    @classmethod
    def bearer(cls, url: str, token: str) -> Self:
        """A token as OAuth writes it."""
        return cls(url, {"Authorization": f"Bearer {token}"})

    def settle(self, url: str, headers: MutableMapping[str, str]) -> None:
        """Put it into the headers of a request to `url` if that is its place, else take it out of them.

        A request that follows a redirect still has the headers of the one before.
        """
        at_home = origin(url) == origin(self.url)
        for name, value in self.headers.items():
            if at_home:
                headers.setdefault(name, value)
            elif headers.get(name) == value:
                del headers[name]
