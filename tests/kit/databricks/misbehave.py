"""Answers that go through the rules of a server first."""

import json
from collections.abc import Callable
from threading import Event

from kit.databricks.faults import Fault, Faults
from kit.databricks.record import Record, Request
from kit.databricks.values import JsonObject
from kit.databricks.wire import Reply


class Misbehaving:
    """What a server does with a request: keep a record, look at the rules, serve."""

    def __init__(
        self, faults: Faults, serve: Callable[[Request], Reply], record: Record | None = None
    ) -> None:
        self.record = record or Record()
        self._faults = faults
        self._serve = serve
        self._closing = Event()

    def close(self) -> None:
        """Let nothing hang any longer."""
        self._closing.set()

    def answer(self, request: Request) -> Reply | None:
        """The answer; None drops the connection."""
        self.record.add(request)
        fault = self._faults.take(request.method, request.path)
        return self._serve(request) if fault is None else self._spoil(fault, request)

    def _spoil(self, fault: Fault, request: Request) -> Reply | None:
        reply = self._serve(request) if _is_applied(fault) else None
        match fault.kind:
            case "hang":
                self._closing.wait(fault.seconds)
            case "slow":
                self._closing.wait(fault.seconds)
                return reply
            case "status":
                return _status(fault)
            case "replace" if reply:
                changed = fault.replace(json.loads(reply.body))
                return Reply(reply.status, json.dumps(changed).encode(), reply.headers)
        return None


def json_reply(status: int, body: JsonObject, **headers: str) -> Reply:
    """An answer that holds an object."""
    return Reply(status, json.dumps(body).encode(), {"Content-Type": "application/json", **headers})


def _is_applied(fault: Fault) -> bool:
    return fault.kind in {"drop-after", "slow", "replace"} or (fault.kind == "status" and fault.applied)


def _status(fault: Fault) -> Reply:
    if isinstance(fault.body, str):
        return Reply(fault.status, fault.body.encode(), {"Content-Type": "text/html", **fault.headers})
    return json_reply(fault.status, fault.body, **fault.headers)
