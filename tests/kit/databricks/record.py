"""The requests that a workspace has seen."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import cast

from kit.databricks.values import JsonObject


@dataclass(frozen=True)
class Request:
    """One request as it came in, whatever became of it. The credential is left out of the headers."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str] = field(repr=False)
    body: bytes
    authorization: str = field(default="", repr=False)
    target: str = ""  # path and query as they were sent
    at: float = 0.0  # when it came in, by the server's clock

    @property
    def bearer(self) -> str | None:
        """The bearer token; None without one."""
        scheme, _, token = self.authorization.partition(" ")
        return token.strip() if scheme.lower() == "bearer" else None

    @property
    def authorized(self) -> bool:
        """Whether a bearer token was sent: not whether it was accepted."""
        return self.bearer is not None

    def json(self) -> JsonObject:
        """The body of a request whose endpoint takes an object; empty without a body."""
        return cast("JsonObject", json.loads(self.body)) if self.body else {}


class Record:
    """A list that many connections append to; reading takes a copy."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._requests: list[Request] = []

    def add(self, request: Request) -> None:
        """Append one."""
        with self._lock:
            self._requests.append(request)

    def snapshot(self) -> list[Request]:
        """All requests so far, oldest first."""
        with self._lock:
            return list(self._requests)

    def to(self, method: str, path: str) -> Iterator[Request]:
        """The requests to one endpoint; `path` is compared by its end, so it may leave out the version."""
        return (r for r in self.snapshot() if r.method == method and r.path.endswith(path))
