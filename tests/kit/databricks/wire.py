"""HTTP as far as a test server needs it: keep-alive connections that can be dropped or left hanging."""

import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from urllib.parse import parse_qsl, urlsplit

from kit.databricks.record import Request


@dataclass(frozen=True)
class Reply:
    """One answer."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


Answer = Callable[[Request], Reply | None]  # None: the connection is dropped


class Server(ThreadingHTTPServer):
    """Serves until `close`, which ends every connection and every thread."""

    daemon_threads = False  # they are joined at the end
    request_queue_size = 128

    def __init__(self, port: int, answer: Answer, now: Callable[[], float] = time.time) -> None:
        self.answer = answer
        self.now = now
        self._lock = Lock()
        self._open: set[socket.socket] = set()
        super().__init__(("0.0.0.0", port), _Handler)  # noqa: S104 - training containers call from their bridge
        self._thread = Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, name="databricks")
        self._thread.start()

    def get_request(self) -> tuple[socket.socket, tuple[str, int]]:
        """Accept a connection and remember it."""
        connection, address = super().get_request()
        with self._lock:
            self._open.add(connection)
        return connection, address

    def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
        """Forget a connection that is done."""
        with self._lock:
            if isinstance(request, socket.socket):
                self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(
        self, request: socket.socket | tuple[bytes, socket.socket], client_address: object
    ) -> None:
        """Keep quiet: what `answer` raises is kept by the workspace, the rest are clients that went away."""

    def close(self) -> None:
        """Stop serving, drop every connection, join every thread."""
        self.shutdown()
        with self._lock:
            for connection in self._open:
                drop(connection)
        self._thread.join()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "databricks"
    sys_version = ""
    disable_nagle_algorithm = True  # headers and body are two writes: 40 ms per answer otherwise
    server: Server

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that the base class gives it
        """Say nothing: the workspace keeps a record."""

    def _serve(self) -> None:
        url = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        reply = self.server.answer(
            Request(
                method=self.command,
                path=url.path,
                query=dict(parse_qsl(url.query, keep_blank_values=True)),
                authorization=headers.pop("authorization", ""),
                headers=headers,
                body=self._body(headers),
                target=self.path,
                at=self.server.now(),
            )
        )
        if reply is None:
            self.close_connection = True
            drop(self.connection)
            return
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body)

    def _body(self, headers: Mapping[str, str]) -> bytes:
        """What was sent: `requests` sends an empty file in chunks."""
        if headers.get("transfer-encoding", "").lower() != "chunked":
            return self.rfile.read(int(headers.get("content-length", 0)))
        chunks = []
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass  # trailers
        return b"".join(chunks)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815 - names given by the base class


def drop(connection: socket.socket) -> None:
    """End a connection at once, in the middle of whatever it does."""
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it is gone already
