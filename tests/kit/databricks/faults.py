"""Rules by which a server misbehaves."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from threading import Lock
from typing import Final, Literal

from kit.databricks.values import Clock, JsonObject, SystemClock

Kind = Literal["drop-before", "drop-after", "status", "hang", "slow", "replace"]

FOREVER: Final = 10**9
"""As `times`: until the rules are cleared."""


@dataclass(frozen=True)
class Fault:
    """What happens to the next requests that match.

    kinds:
        drop-before: the connection is dropped and nothing was applied.
        drop-after: the request is applied, then the connection is dropped.
        status: `status`, `headers` and `body` are sent; a body of text goes as HTML. Nothing was applied,
            unless `applied` says so (a gateway that lost the answer).
        hang: nothing happens for `seconds` or until the server closes, then the connection is dropped.
        slow: the request is applied, and answered after `seconds`.
        replace: the answer goes through `replace` first, to lose fields or to say what no client knows.
    """

    method: str  # as `path`
    path: str  # the exact path, or a pattern of fnmatch
    kind: Kind
    times: int = 1
    skip: int = 0  # so many matching requests pass first
    lasting: float | None = (
        None  # instead of `times`: seconds of the server's clock since the first that it hit
    )
    phase: str = ""  # only while the newest run is in this life-cycle state
    status: int = 503
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | JsonObject = ""
    applied: bool = False
    seconds: float = 3600.0
    replace: Callable[[JsonObject], JsonObject] = dict

    def matches(self, method: str, path: str) -> bool:
        """Whether the rule is about this endpoint."""
        return fnmatchcase(method, self.method) and fnmatchcase(path, self.path)


@dataclass
class _Rule:
    fault: Fault
    seen: int = 0
    first_hit: float | None = None

    def hits(self, now: float) -> bool:
        """Count one matching request; whether the rule applies to it."""
        fault = self.fault
        if fault.lasting is None:
            if self.seen >= fault.skip + fault.times:
                return False
        elif self.first_hit is not None and now >= self.first_hit + fault.lasting:
            return False
        self.seen += 1
        if self.seen <= fault.skip:
            return False
        self.first_hit = now if self.first_hit is None else self.first_hit
        return True


class Faults:
    """The rules in force. The first one that matches and is not used up applies.

    Args:
        clock: what `lasting` goes by.
        phase: what `Fault.phase` is compared with.
    """

    def __init__(self, clock: Clock | None = None, phase: Callable[[], str] = str) -> None:
        self._lock = Lock()
        self._rules: list[_Rule] = []
        self._clock = clock or SystemClock()
        self._phase = phase

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
        now, phase = self._clock.now(), self._phase()
        with self._lock:
            for rule in self._rules:
                fault = rule.fault
                in_phase = not fault.phase or fault.phase == phase
                if in_phase and fault.matches(method, path) and rule.hits(now):
                    return fault
        return None
