"""A real git server: `git http-backend` behind a small HTTP server that can ask for a login."""

import base64
import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from kit.tls import Authority


@dataclass
class GitServer:
    """What it serves, whom it lets in, and what it was asked."""

    root: Path
    login: tuple[str, str] | None = None
    redirect_to: str = ""
    """Where it sends every request, if anywhere."""
    url: str = ""
    requests: list[str] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    """User name and password of each request that had them."""


@contextmanager
def git_serving(server: GitServer, authority: Authority | None = None) -> Iterator[GitServer]:
    """Serve the repositories in `server.root` on loopback while the block runs; `server.url` is set."""

    class Handler(_Handler):
        served = server

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if authority:
        http.socket = authority.server_context().wrap_socket(http.socket, server_side=True)
    scheme = "https" if authority else "http"
    server.url = f"{scheme}://127.0.0.1:{http.server_address[1]}"
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        thread.join()
        http.server_close()


class _Handler(BaseHTTPRequestHandler):
    served: GitServer

    def do_GET(self) -> None:
        """A request of git's smart protocol."""
        self._answer(b"")

    def do_POST(self) -> None:
        """As GET, with a body."""
        self._answer(self.rfile.read(int(self.headers.get("Content-Length", 0))))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
        """Nothing: the requests are remembered."""

    def _answer(self, body: bytes) -> None:
        served = self.served
        served.requests.append(self.path)
        kind, _, credentials = self.headers.get("Authorization", "").partition(" ")
        login = base64.b64decode(credentials).decode() if kind == "Basic" else ""
        if login:
            served.logins.append(login)
        if served.redirect_to:
            self._reply(302, {"Location": f"{served.redirect_to}{self.path}"})
        elif served.login and login != ":".join(served.login):
            self._reply(401, {"WWW-Authenticate": 'Basic realm="git"'})
        else:
            self._hand_over(body)

    def _hand_over(self, body: bytes) -> None:
        place = urlsplit(self.path)
        variables = {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": str(self.served.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "PATH_INFO": place.path,
            "QUERY_STRING": place.query,
            "REQUEST_METHOD": self.command,
            "REMOTE_ADDR": "127.0.0.1",
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "HTTP_GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
        }
        # It fails after it told the client why.
        done = subprocess.run(
            ["git", "http-backend"], env=variables, input=body, capture_output=True, check=False
        )
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        status = headers.pop("Status", "200").split()[0]
        self._reply(int(status), headers, content)

    def _reply(self, status: int, headers: dict[str, str], content: bytes = b"") -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
