"""What may stand between a client and an engine: it refuses requests, cuts connections, or falls silent."""

import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Self

HEAD_BYTES = 65536


class EngineProxy:
    """A socket that leads to an engine's, but for the requests whose first line holds a part of `refused`."""

    def __init__(
        self, upstream: str, path: Path, refused: Mapping[str, tuple[int, str]] | None = None
    ) -> None:
        """`refused` has the status and the message of the answer."""
        self._upstream = upstream
        self._refused = refused or {}
        self._path = path
        self._listener = socket.socket(socket.AF_UNIX)
        self._open: set[socket.socket] = set()
        self._flows = threading.Event()
        self._flows.set()
        self.requests: list[str] = []
        """The first line of each connection's first request."""

    @property
    def host(self) -> str:
        """Where it listens, as DOCKER_HOST has it."""
        return f"unix://{self._path}"

    def __enter__(self) -> Self:
        """Listen."""
        self._listener.bind(str(self._path))
        self._listener.listen()
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Close everything."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._flows.set()
        self.cut()

    def cut(self) -> None:
        """End every connection, as a restarted proxy does."""
        for link in list(self._open):
            with suppress(OSError):
                link.shutdown(socket.SHUT_RDWR)

    def fall_silent(self) -> None:
        """Keep every connection, and let nothing through, as a network does that lost its way."""
        self._flows.clear()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._connect, args=(client,), daemon=True).start()

    def _connect(self, client: socket.socket) -> None:
        with client, socket.socket(socket.AF_UNIX) as server, suppress(OSError):
            head = client.recv(HEAD_BYTES)
            line = head.partition(b"\r\n")[0].decode()
            self.requests.append(line)
            answer = next((answer for part, answer in self._refused.items() if part in line), None)
            if answer:
                client.sendall(_refusal(*answer))
                return
            server.connect(self._upstream)
            # One request a connection, so that each first line is seen.
            server.sendall(
                head if b"Upgrade" in head else head.replace(b"\r\n", b"\r\nConnection: close\r\n", 1)
            )
            self._open |= {client, server}
            back = threading.Thread(target=self._copy, args=(server, client), daemon=True)
            back.start()
            self._copy(client, server)
            back.join()
            self._open -= {client, server}

    def _copy(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(HEAD_BYTES):
                self._flows.wait()
                target.sendall(data)
        with suppress(OSError):
            target.shutdown(socket.SHUT_WR)


def _refusal(status: int, message: str) -> bytes:
    body = f'{{"message": "{message}"}}'
    head = f"HTTP/1.1 {status} Refused\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return f"{head}Connection: close\r\n\r\n{body}".encode()
