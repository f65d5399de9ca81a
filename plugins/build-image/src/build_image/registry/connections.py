"""Connections to servers: kept for the next request, checked against the step's authorities, by the proxy."""

from __future__ import annotations

import http.client
import select
import ssl
import threading
from base64 import b64encode
from contextlib import suppress
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, unquote, urlsplit

from drone_plugin.credential import origin
from drone_plugin.proxies import Proxies

if TYPE_CHECKING:
    from pathlib import Path

CONNECT_SECONDS: Final = 10.0


class ProxyFailedError(OSError):
    """The proxy is not there, or does not let us through."""


class Connections:
    """Open connections by server; any thread may take one and give it back."""

    def __init__(self, bundle: Path | None, proxies: Proxies | None = None) -> None:
        """`bundle` is a file of authorities, the system's if None; https alone goes through `proxies`.

        Without TLS a proxy would see a password, and could change what is read.
        """
        self._bundle = bundle
        self._proxies = proxies or Proxies()
        self._context: ssl.SSLContext | None = None
        self._lock = threading.Lock()
        self._idle: dict[str, list[http.client.HTTPConnection]] = {}
        self._open: set[http.client.HTTPConnection] = set()
        self._closed = False

    def take(self, url: str, patience: float) -> tuple[http.client.HTTPConnection, bool]:
        """A connection to the server of `url`, and whether it has served before.

        Raises OSError and HTTPException as the network does, ValueError for an address that is none.
        """
        while True:
            with self._lock:
                idle = self._idle.get(origin(url), [])
                kept = idle.pop() if idle else None
            if kept is None:
                return self._connect(url, patience), False
            if _is_quiet(kept):
                return kept, True
            self.drop(kept)

    def give(self, url: str, connection: http.client.HTTPConnection) -> None:
        """Keep a connection whose answer was read to its end."""
        with self._lock:
            keep = not self._closed
            if keep:
                self._idle.setdefault(origin(url), []).append(connection)
        if not keep:
            self.drop(connection)

    def drop(self, connection: http.client.HTTPConnection) -> None:
        """Close one."""
        with self._lock:
            self._open.discard(connection)
        connection.close()

    def close(self) -> None:
        """Close all, also those that other threads wait at: these get an OSError."""
        with self._lock:
            self._closed = True
            taken, self._open = self._open, set()
            self._idle.clear()
        for connection in taken:
            with suppress(OSError, AttributeError):  # closed by its own thread meanwhile
                connection.sock.shutdown(2)
            connection.close()

    def _connect(self, url: str, patience: float) -> http.client.HTTPConnection:
        parts, proxy = urlsplit(url), ""
        if parts.scheme == "https":
            proxy = self._proxies.for_url(url)
        connection = self._tunnelled(parts, proxy) if proxy else self._direct(parts)
        connection.timeout = min(CONNECT_SECONDS, patience)
        try:
            connection.connect()
        except ssl.SSLError:
            connection.close()
            raise
        except OSError as error:
            connection.close()
            if not proxy:
                raise
            raise ProxyFailedError(error.strerror or str(error)) from None
        with self._lock:
            closed = self._closed
            self._open.add(connection)
        if closed:
            self.drop(connection)
            raise ConnectionAbortedError("the step ends")
        return connection

    def _direct(self, parts: SplitResult) -> http.client.HTTPConnection:
        host = parts.hostname or ""
        if parts.scheme == "https":
            return http.client.HTTPSConnection(host, parts.port, context=self._tls())
        if parts.scheme == "http" and host:
            return http.client.HTTPConnection(host, parts.port)
        raise ValueError("is no http address")

    def _tunnelled(self, parts: SplitResult, proxy: str) -> http.client.HTTPConnection:
        at = urlsplit(proxy if "//" in proxy else f"//{proxy}")
        if at.scheme not in {"", "http"}:
            raise ProxyFailedError(f"it is spoken to by {at.scheme}, which this plugin cannot")
        connection = http.client.HTTPSConnection(at.hostname or "", at.port or 80, context=self._tls())
        headers = {}
        if at.username is not None:
            login = f"{unquote(at.username)}:{unquote(at.password or '')}"
            headers["Proxy-Authorization"] = f"Basic {b64encode(login.encode()).decode()}"
        connection.set_tunnel(parts.hostname or "", parts.port or 443, headers)
        return connection

    def _tls(self) -> ssl.SSLContext:
        with self._lock:
            if self._context is None:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
                if self._bundle is None:
                    context.load_default_certs()
                else:
                    context.load_verify_locations(self._bundle)
                context.set_alpn_protocols(["http/1.1"])
                self._context = context
            return self._context


def _is_quiet(connection: http.client.HTTPConnection) -> bool:
    """Whether the server has neither closed it nor said anything more."""
    if connection.sock is None:
        return False
    poll = select.poll()
    poll.register(connection.sock, select.POLLIN | select.POLLHUP | select.POLLERR)
    return not poll.poll(0)
