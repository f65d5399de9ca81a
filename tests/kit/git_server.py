"""A real git server: `git http-backend` behind a small HTTP server that can ask for a login."""

import base64
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from kit import loopback
from kit.loopback import listening
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

    with listening(Handler, authority) as server.url:
        yield server


class _Handler(loopback.Handler):
    served: GitServer

    def _answer(self) -> None:
        served, body = self.served, self.body()
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

    # The base class looks a method up by this name.
    do_GET = do_POST = _answer  # noqa: N815 - see above

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
