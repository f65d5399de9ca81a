"""The door to HTTP: requests that are made again within a budget of time, and no request too many."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPResponse, IncompleteRead
from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin, urlsplit

from build_image.registry.connections import Connections
from build_image.registry.spoken import Failure, is_final, spoken
from drone_plugin.clock import spell_duration
from drone_plugin.credential import origin
from drone_plugin.errors import UnreachableError
from drone_plugin.waiting import RETRIED, Retry, Waiting

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from email.message import Message
    from pathlib import Path

    from drone_plugin.proxies import Proxies

NOT_NOW: Final = RETRIED | {HTTPStatus.INTERNAL_SERVER_ERROR}
"""Answers that mean "not now": a registry says 500 for its storage's hiccups, too."""
READ_SECONDS: Final = 30.0
"""How long a server may be silent, when the caller does not say."""
LARGEST_BODY: Final = 32 * 2**20
"""Bytes of an answer; a manifest may have 4 MiB, and a configuration is smaller."""

_PIECE: Final = 2**16
_REDIRECTS: Final = 5


class BrokenOffError(Exception):
    """A request with a body that cannot be sent again got no answer."""

    def __init__(self, failure: Failure) -> None:
        """`failure` is the network's."""
        super().__init__(str(failure))
        self.failure = failure


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked, as often as it takes."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    again: bool = False
    """A POST or PATCH may be repeated, too."""
    patience: float = READ_SECONDS


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said."""

    url: str
    status: int
    headers: Message = field(repr=False)
    body: bytes = field(repr=False)
    attempts: int = 1
    seconds: float = 0.0
    """How long it took to get it, with the attempts before."""

    def header(self, name: str) -> str:
        """A header's value, empty where there is none."""
        return str(self.headers.get(name, ""))

    @property
    def tried(self) -> str:
        """` (3 attempts in 12 s)`, or nothing after the first."""
        return tried(self.attempts, self.seconds)


class Door:
    """Sends requests; safe to use from several threads at once."""

    def __init__(
        self,
        bundle: Path | None = None,
        *,
        proxies: Proxies | None = None,
        retry: Retry | None = None,
        waiting: Waiting | None = None,
        names: Mapping[str, str] | None = None,
    ) -> None:
        """`names` says how errors call a server, by its origin: `registry quay.io`."""
        self._connections = Connections(bundle, proxies)
        self.retry = retry or Retry()
        self.waiting = waiting or Waiting()
        self._names = names or {}

    def send(self, request: Request) -> Answer:
        """The answer; one of `NOT_NOW` only where the attempts, or the time of the budget, were not enough.

        A GET or HEAD follows redirects, and leaves the authorization behind where these lead to another
        server. Raises UnreachableError for no answer.
        """
        begun = self.waiting.clock.monotonic()
        for _ in range(_REDIRECTS):
            answer = self._repeat(request, begun)
            target = answer.header("Location")
            if request.method not in {"GET", "HEAD"} or answer.status not in _MOVED or not target:
                return answer
            target = urljoin(request.url, target)
            if request.url.startswith("https:") and not target.startswith("https:"):
                raise UnreachableError(f"{self.name(request.url)} redirects to an address without TLS")
            if origin(target) != origin(request.url):
                kept = {key: value for key, value in request.headers.items() if key != "Authorization"}
                request = replace(request, headers=kept)
            request = replace(request, url=target)
        raise UnreachableError(f"{self.name(request.url)} redirects without end")

    def send_stream(self, request: Request, body: Iterable[bytes]) -> Answer:
        """The answer to a request whose body is made while it is sent: once, and without a budget.

        Without a Content-Length among its headers it goes out in chunks. Raises BrokenOffError.
        """
        try:
            connection, _ = self._connections.take(request.url, request.patience)
            return self._once(connection, request, body, None)
        except (OSError, HTTPException, ValueError) as error:
            raise BrokenOffError(error) from None

    def close(self) -> None:
        """Close every connection; a request that another thread makes ends with an error."""
        self._connections.close()

    def name(self, url: str) -> str:
        """What errors call the server of an address."""
        return self._names.get(origin(url), origin(url))

    def unreachable(self, url: str, failure: Failure, attempts: int, seconds: float) -> UnreachableError:
        """The error for a failure of the network that stayed."""
        what, hint = spoken(failure)
        return UnreachableError(f"{self.name(url)} {what}{tried(attempts, seconds)}", hint=hint)

    def _repeat(self, request: Request, begun: float) -> Answer:
        clock, deadline = self.waiting.clock, begun + self.retry.budget
        retry = replace(self.retry, every_method=True) if request.again else self.retry
        for attempt in itertools.count(1):
            outcome: Answer | Failure
            try:
                outcome = self._attempt(request, deadline)
            except (OSError, HTTPException, ValueError) as error:
                outcome = error
            asked = ""
            if isinstance(outcome, Answer):
                if outcome.status not in NOT_NOW:
                    break
                asked = outcome.header("Retry-After")
            elif is_final(outcome):
                break
            pause = self.waiting.pause(retry, attempt, asked)
            if not retry.allows(request.method, attempt) or clock.monotonic() + pause >= deadline:
                break
            clock.sleep(pause)
        seconds = clock.monotonic() - begun
        if isinstance(outcome, Answer):
            return replace(outcome, attempts=attempt, seconds=seconds)
        raise self.unreachable(request.url, outcome, attempt, seconds)

    def _attempt(self, request: Request, deadline: float) -> Answer:
        """One request; over a kept connection a second one, where the server had closed that meanwhile."""
        while True:
            left = max(deadline - self.waiting.clock.monotonic(), 0.001)
            limited = replace(request, patience=min(request.patience, left))
            connection, kept = self._connections.take(request.url, limited.patience)
            try:
                return self._once(connection, limited, request.body, deadline)
            except ConnectionError:
                if not kept or not self.retry.allows(request.method, 0):
                    raise

    def _once(
        self,
        connection: HTTPConnection,
        request: Request,
        body: bytes | Iterable[bytes],
        deadline: float | None,
    ) -> Answer:
        whole = False
        try:
            connection.sock.settimeout(request.patience)
            sent = _send(connection, request, body)
            response = connection.getresponse()
            read = self._read(response, deadline)
            whole = sent and not response.will_close
            return Answer(request.url, response.status, response.headers, read)
        finally:
            if whole:
                self._connections.give(request.url, connection)
            else:
                self._connections.drop(connection)

    def _read(self, response: HTTPResponse, deadline: float | None) -> bytes:
        read = bytearray()
        while piece := response.read1(_PIECE):
            read += piece
            if len(read) > LARGEST_BODY:
                raise HTTPException(f"more than {LARGEST_BODY} bytes")
            if deadline is not None and self.waiting.clock.monotonic() >= deadline:
                raise TimeoutError
        if response.length:  # which `read1` does not check
            raise IncompleteRead(bytes(read), response.length)
        response.close()  # `read1` does not at the end, and the connection would refuse the next request
        return bytes(read)


_MOVED: Final = frozenset({301, 302, 303, 307, 308})


def tried(attempts: int, seconds: float) -> str:
    """` (3 attempts in 12 s)`, or nothing after the first."""
    return f" ({attempts} attempts in {spell_duration(seconds)})" if attempts > 1 else ""


def _send(connection: HTTPConnection, request: Request, body: bytes | Iterable[bytes]) -> bool:
    """Send a request; False where the server stopped reading, which it may do to answer at once."""
    parts = urlsplit(request.url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = dict(request.headers)
    chunked = not isinstance(body, bytes) and "Content-Length" not in headers
    if chunked:
        headers["Transfer-Encoding"] = "chunked"
    try:
        connection.request(request.method, target, body or None, headers, encode_chunked=chunked)
    except (BrokenPipeError, ConnectionResetError):
        return False
    return True
