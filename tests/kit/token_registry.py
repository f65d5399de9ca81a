"""A registry that is read with bearer tokens only, as Docker Hub, ghcr.io and Harbor are.

Source: CNCF Distribution, docs/spec/auth/token.md. Its token server takes both grants that clients use.
"""

import base64
import http.client
import json
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from kit import loopback
from kit.loopback import listening
from kit.registry import Registry
from kit.registry_client import Credentials

_TLS_HANDSHAKE = b"\x16"
PASSED_ON = ("Accept", "Range")


@dataclass
class TokenRegistry:
    """Where it is, and what happened there."""

    upstream: Registry
    login: Credentials
    url: str = ""
    token: str = field(default_factory=lambda: secrets.token_hex(16))
    given: int = 0
    """How many tokens were asked for with the right login."""
    refused: int = 0
    """How many were asked for without it."""

    @property
    def address(self) -> str:
        """Host and port."""
        return self.url.partition("//")[2]


@contextmanager
def token_registry(upstream: Registry, login: Credentials) -> Iterator[TokenRegistry]:
    """What `upstream` holds, for those who have a token."""
    registry = TokenRegistry(upstream, login)

    class Handler(_Handler):
        served = registry

    with listening(Handler) as registry.url:
        yield registry


class _Handler(loopback.Handler):
    served: TokenRegistry

    def handle(self) -> None:
        """Answer who tries TLS first as servers in Go do: an engine then takes the same host in clear."""
        if self.connection.recv(1, socket.MSG_PEEK) == _TLS_HANDSHAKE:
            self.wfile.write(
                b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTPS request to an HTTP server.\n"
            )
            return
        super().handle()

    def do_GET(self) -> None:  # noqa: N802 - the base class looks it up by this name
        if self.path.startswith("/token"):
            _, _, encoded = self.headers.get("Authorization", "").partition("Basic ")
            self._token(base64.b64decode(encoded).decode())
        elif self.headers.get("Authorization") == f"Bearer {self.served.token}":
            self._pass_on()
        else:
            self._challenge()

    do_HEAD = do_GET  # noqa: N815 - as above

    def do_POST(self) -> None:  # noqa: N802 - as above
        form = parse_qs(self.body().decode())
        self._token(":".join("".join(form.get(name, ())) for name in ("username", "password")))

    def _token(self, login: str) -> None:
        expected = self.served.login
        if login != f"{expected.username}:{expected.password}":
            self.served.refused += 1
            self._answer(401, b'{"errors": [{"code": "UNAUTHORIZED", "message": "incorrect username"}]}')
            return
        self.served.given += 1
        token = self.served.token
        self._answer(200, json.dumps({"token": token, "access_token": token, "expires_in": 300}).encode())

    def _challenge(self) -> None:
        name = self.path.removeprefix("/v2/").rpartition("/")[0].rpartition("/")[0]
        bearer = f'Bearer realm="{self.served.url}/token",service="test"'
        scope = f',scope="repository:{name}:pull"' if name else ""
        self._answer(401, b'{"errors": [{"code": "UNAUTHORIZED"}]}', {"WWW-Authenticate": bearer + scope})

    def _pass_on(self) -> None:
        upstream = http.client.HTTPConnection("127.0.0.1", self.served.upstream.port)
        headers = {name: self.headers[name] for name in PASSED_ON if name in self.headers}
        upstream.request(self.command, self.path, headers=headers)
        answer = upstream.getresponse()
        kept = {name: value for name, value in answer.getheaders() if name != "Content-Length"}
        length = answer.getheader("Content-Length", "0")
        self._answer(answer.status, answer.read(), kept, length)
        upstream.close()

    def _answer(
        self, status: int, body: bytes, headers: dict[str, str] | None = None, length: str = ""
    ) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": length or str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
