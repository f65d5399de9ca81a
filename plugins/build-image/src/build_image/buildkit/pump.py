"""The thread that moves bytes between a socket and a connection.

It is only one, because the socket may speak TLS, and OpenSSL takes no reader and writer at a time.
"""

from __future__ import annotations

import selectors
import socket
import ssl
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from build_image.buildkit.errors import EngineLostError

if TYPE_CHECKING:
    from collections.abc import Callable

    from build_image.buildkit.connection import Connection
    from build_image.buildkit.transport import Upgraded

SILENCE: Final = 120.0
"""Seconds. An engine calls the health service every one to five, so one that says nothing for this long
hangs, or is behind a network that dropped the connection without a word."""

_READ: Final = 64 * 1024
_WRITE: Final = 256 * 1024
_JOIN_SECONDS: Final = 5.0


class Pump:
    """Serves a connection until it is stopped, or ends."""

    def __init__(
        self,
        connection: Connection,
        upgraded: Upgraded,
        *,
        clock: Callable[[], float] = time.monotonic,
        silence: float = SILENCE,
    ) -> None:
        """The socket of `upgraded` belongs to the pump from here on."""
        self._connection = connection
        self._upgraded = upgraded
        self._link = upgraded.socket
        self._clock = clock
        self._silence = silence
        self._out = bytearray()
        self._wake, self._bell = socket.socketpair()
        self._thread = threading.Thread(target=self._run, name="buildkit-session", daemon=True)
        self._is_stopping = False
        self._lock = threading.Lock()
        self._on_end: list[Callable[[], None]] = []
        self.failure: Exception | None = None
        """Why it ended by itself."""

    def start(self) -> None:
        """Begin to serve."""
        self._link.settimeout(0)
        self._thread.start()

    def stop(self) -> None:
        """End the connection, promptly, whatever the engine does."""
        self._is_stopping = True
        with suppress(OSError):
            self._bell.send(b"\0")
        self._thread.join(_JOIN_SECONDS)
        self._bell.close()

    def on_end(self, action: Callable[[], None]) -> None:
        """Call `action` (from the pump's thread, or at once) when the connection ends by itself."""
        with self._lock:
            if self.failure is None:
                self._on_end.append(action)
                return
        action()

    def _run(self) -> None:
        try:
            self._serve()
        except Exception as error:  # noqa: BLE001 - whatever it is, the session's owner is told
            self._fail(error)
        finally:
            self._connection.close()
            self._wake.close()
            with suppress(OSError):
                self._link.shutdown(socket.SHUT_RDWR)
            self._link.close()

    def _fail(self, error: Exception) -> None:
        with self._lock:
            self.failure = error
            actions, self._on_end = self._on_end, []
        for action in actions:
            action()

    def _serve(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._wake, selectors.EVENT_READ)
            selector.register(self._link, selectors.EVENT_READ)
            if self._upgraded.received:
                self._connection.receive(self._upgraded.received)
            heard = self._clock()
            while not self._is_stopping:
                if self._connection.is_closed:
                    raise EngineLostError("the engine ended the session")
                self._write()
                wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if self._out else 0)
                selector.modify(self._link, wanted)
                ready = {key.fileobj: mask for key, mask in selector.select(self._silence)}
                if ready.get(self._link, 0) & selectors.EVENT_READ and self._read():
                    heard = self._clock()
                elif self._clock() - heard >= self._silence:
                    raise EngineLostError(f"the engine has said nothing for {self._silence:g} s")

    def _read(self) -> bool:
        """Take what has arrived; whether anything has."""
        has_arrived = False
        while True:
            try:
                data = self._link.recv(_READ)
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                return has_arrived
            except OSError as error:
                raise EngineLostError(
                    f"the connection to the engine broke: {error.strerror or error}"
                ) from error
            if not data:
                raise EngineLostError("the engine ended the session")
            has_arrived = True
            self._connection.receive(data)
            if len(data) < _READ and not isinstance(self._link, ssl.SSLSocket):
                return True

    def _write(self) -> None:
        """Send what the socket takes, and have something ready for the next time if there is more."""
        self._refill()
        if not self._out:
            return
        try:
            sent = self._link.send(self._out)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return
        except OSError as error:
            raise EngineLostError(f"the connection to the engine broke: {error.strerror or error}") from error
        del self._out[:sent]
        self._refill()

    def _refill(self) -> None:
        if len(self._out) < _WRITE:
            self._out += self._connection.send(_WRITE)
