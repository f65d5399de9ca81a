"""What the kit's servers on loopback have in common."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from kit.tls import Authority


class Handler(BaseHTTPRequestHandler):
    """Reads a request's body, and says nothing of its own."""

    def body(self) -> bytes:
        """What came with the request."""
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
        """Nothing: the requests are remembered."""


@contextmanager
def listening(handler: type[Handler], authority: Authority | None = None) -> Iterator[str]:
    """A server's address while the block runs: https where an authority vouches for it."""
    http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    if authority:
        http.socket = authority.server_context().wrap_socket(http.socket, server_side=True)
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"{'https' if authority else 'http'}://127.0.0.1:{http.server_address[1]}"
    finally:
        http.shutdown()
        thread.join()
        http.server_close()
