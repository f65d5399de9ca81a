"""Which proxy a request goes through, read once from the environment."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from drone_plugin.environment import Environment

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Proxies:
    """Proxies by scheme, and the hosts that are asked directly."""

    by_scheme: Mapping[str, str] = field(default_factory=dict, repr=False)
    exceptions: tuple[str, ...] = ()

    @classmethod
    def read(cls, environment: Environment) -> Self:
        """From `https_proxy` and `http_proxy` (for that scheme), else `all_proxy`; not for `no_proxy`.

        Each in lower case first, as curl does, then in upper case. What is set but empty is as good as unset.
        """

        def get(name: str) -> str:
            return (environment.get(name) or environment.get(name.upper()) or "").strip()

        proxies = {scheme: get(f"{scheme}_proxy") or get("all_proxy") for scheme in _PORTS}
        exceptions = tuple(
            part.strip() for part in get("no_proxy").replace(" ", ",").split(",") if part.strip()
        )
        return cls({scheme: proxy for scheme, proxy in proxies.items() if proxy}, exceptions)

    def for_url(self, url: str) -> str:
        """The proxy's address, or "" for a request that goes straight to its host."""
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".")
        port = parts.port or _PORTS.get(parts.scheme, 0)
        if any(_covers(exception.lower(), host, port) for exception in self.exceptions):
            return ""
        return self.by_scheme.get(parts.scheme, "")

    def secrets(self) -> Iterator[str]:
        """Passwords in the addresses, as they stand there and as they are meant: for the redactor."""
        for proxy in self.by_scheme.values():
            password = urlsplit(proxy if "//" in proxy else f"//{proxy}").password
            if password:
                yield from {password, unquote(password)}


def _covers(exception: str, host: str, port: int) -> bool:
    """Whether an entry of `no_proxy` means the host: `*`, an address, a network, or a domain and those below.

    A domain may begin with `.` or `*.`, and end with a port.
    """
    if exception == "*":
        return True
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(exception, strict=False)
    except ValueError:
        pass  # a name on one side, or on both
    name, _, its_port = exception.rpartition(":") if exception.count(":") == 1 else (exception, "", "")
    if its_port and its_port != str(port):
        return False
    domain = name.removeprefix("*").lstrip(".")
    return bool(domain) and (host == domain or host.endswith(f".{domain}"))
