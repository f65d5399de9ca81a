"""Rules by which a workspace misbehaves."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from threading import Lock
from typing import Literal

from kit.databricks.values import JsonObject

Kind = Literal["drop-before", "drop-after", "status", "hang", "replace"]


@dataclass(frozen=True)
class Fault:
    """What happens to the next requests that match.

    kinds:
        drop-before: the connection is dropped and nothing was applied.
        drop-after: the request is applied, then the connection is dropped.
        status: `status`, `headers` and `body` are sent; a body of text goes as HTML. Nothing was applied,
            unless `applied` says so (a gateway that lost the answer).
        hang: nothing happens for `seconds` or until the workspace closes, then the connection is dropped.
        replace: the answer goes through `replace` first, to lose fields or to say what no client knows.
    """

    method: str
    path: str  # the exact path, or a pattern of fnmatch
    kind: Kind
    times: int = 1
    skip: int = 0  # so many matching requests pass first
    status: int = 503
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | JsonObject = ""
    applied: bool = False
    seconds: float = 3600.0
    replace: Callable[[JsonObject], JsonObject] = dict

    def matches(self, method: str, path: str) -> bool:
        """Whether the rule is about this endpoint."""
        return self.method == method and fnmatchcase(path, self.path)


@dataclass
class _Rule:
    fault: Fault
    seen: int = 0


class Faults:
    """The rules in force. The first one that matches and is not used up applies."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._rules: list[_Rule] = []

    def add(self, *faults: Fault) -> None:
        """Put rules in force, after those that are there."""
        with self._lock:
            self._rules += map(_Rule, faults)

    def clear(self) -> None:
        """Behave again."""
        with self._lock:
            self._rules.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """The rule for this request, which uses it up by one."""
        with self._lock:
            for rule in self._rules:
                fault = rule.fault
                if fault.matches(method, path) and rule.seen < fault.skip + fault.times:
                    rule.seen += 1
                    if rule.seen > fault.skip:
                        return fault
        return None
