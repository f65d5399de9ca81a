"""A front before a real MLflow server that can be slow, unavailable or dead, or lose an answer.

    with MlflowFront(mlflow_server.url) as front:
        front.faults.add(unavailable())                        # 503 to everything, until front.faults.clear()
        front.faults.add(slow(2.0, "*/runs/log-batch"))        # one answer, or more with times=
        front.faults.add(lost("*/runs/create"))                # created, but nobody hears of it
        front.stop()                                           # connection refused; front.start() ends it
        front.requests                                         # what was asked, oldest first

The rules are those of `kit.databricks.faults`. The front serves under the machine's name as the server does,
so containers reach it, too; give its `url` wherever the server's belongs.
"""

from types import TracebackType
from typing import Self

import requests

from kit.address import free_port, host_name
from kit.databricks.faults import FOREVER, Fault, Faults
from kit.databricks.misbehave import Misbehaving
from kit.databricks.record import Request
from kit.databricks.wire import Reply, Server

_PER_CONNECTION = frozenset({"connection", "content-length", "host", "keep-alive", "transfer-encoding"})
_DECODED = frozenset({"content-encoding"})
_LONGEST_ANSWER = 60


class MlflowFront:
    """Passes every request on to `server`, unless a rule says otherwise."""

    def __init__(self, server: str, *, port: int = 0) -> None:
        self.server = server.rstrip("/")
        self.port = port or free_port()
        self.url = f"http://{host_name()}:{self.port}"
        self.faults = Faults()
        self._misbehaving = Misbehaving(self.faults, self._pass_on)
        self._running: Server | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def requests(self) -> list[Request]:
        """All requests so far, oldest first, those that a rule stopped included."""
        return self._misbehaving.record.snapshot()

    def start(self) -> None:
        """Answer (again)."""
        self._misbehaving = Misbehaving(self.faults, self._pass_on, self._misbehaving.record)
        self._running = Server(self.port, self._misbehaving.answer)

    def stop(self) -> None:
        """Be dead: connections are dropped, new ones refused."""
        self._misbehaving.close()
        if self._running:
            self._running.close()
            self._running = None

    def _pass_on(self, request: Request) -> Reply:
        headers = {name: value for name, value in request.headers.items() if name not in _PER_CONNECTION}
        if request.authorization:
            headers["authorization"] = request.authorization
        with requests.Session() as session:
            session.trust_env = False
            answer = session.request(
                request.method,
                f"{self.server}{request.target}",
                headers=headers,
                data=request.body,
                timeout=_LONGEST_ANSWER,
                allow_redirects=False,
            )
        kept = {n: v for n, v in answer.headers.items() if n.lower() not in _PER_CONNECTION | _DECODED}
        return Reply(answer.status_code, answer.content, kept)


def unavailable(path: str = "*", *, times: int = FOREVER, skip: int = 0, status: int = 503) -> Fault:
    """The server answers with an error; with 503 unless `status` is another."""
    page = f"<html><h1>{status}</h1></html>"
    return Fault("*", path, "status", times=times, skip=skip, status=status, body=page)


def slow(seconds: float, path: str = "*", *, times: int = 1, skip: int = 0) -> Fault:
    """The request is applied, and answered after so many real seconds."""
    return Fault("*", path, "slow", times=times, skip=skip, seconds=seconds)


def lost(path: str = "*", *, times: int = 1, skip: int = 0) -> Fault:
    """The request is applied, but the connection breaks before the answer."""
    return Fault("*", path, "drop-after", times=times, skip=skip)


def silent(path: str = "*", *, times: int = FOREVER, skip: int = 0) -> Fault:
    """The connection is accepted and nothing ever comes."""
    return Fault("*", path, "hang", times=times, skip=skip)
