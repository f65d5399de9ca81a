"""When a request is made again, and how long to wait before."""

from __future__ import annotations

import random
import re
import time
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

from drone_plugin.clock import Clock, SystemClock

if TYPE_CHECKING:
    from collections.abc import Callable

RETRIED: Final = frozenset({429, 502, 503, 504})
"""Answers that mean "not now"."""
IDEMPOTENT: Final = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"})
"""Methods that do the same when done twice: a lost answer does not tell whether the request was applied."""

_SECONDS = re.compile(r"\d{1,9}", re.ASCII)


@dataclass(frozen=True)
class Retry:
    """How stubborn to be."""

    budget: float = 60.0
    """Seconds that one call may take in all: attempts, waits and redirects."""
    attempts: int = 5
    first: float = 0.5
    """Seconds before the second attempt; twice as many before each further one; less up to half by chance."""
    longest: float = 15.0
    every_method: bool = False
    """POST and PATCH, too: for servers that recognise a repeated request by a key in it."""

    def allows(self, method: str, attempt: int) -> bool:
        """Whether a request may be made again after `attempt` attempts."""
        return attempt < self.attempts and (self.every_method or method.upper() in IDEMPOTENT)


@dataclass(frozen=True)
class Waiting:
    """The doors to time and chance."""

    clock: Clock = field(default_factory=SystemClock)
    now: Callable[[], float] = time.time
    """Seconds since 1970: for a server that says "not before" a date."""
    chance: Callable[[], float] = random.random
    """A number from 0 to 1: many steps that failed together should not come back together."""

    def pause(self, retry: Retry, attempt: int, retry_after: str) -> float:
        """Seconds to wait after `attempt` attempts; what the server asks for, when that is more."""
        own = min(retry.longest, retry.first * 2.0 ** (attempt - 1)) * (1 - self.chance() / 2)
        return max(own, asked_pause(retry_after, self.now()))


def asked_pause(retry_after: str, now: float) -> float:
    """The seconds of a Retry-After header (a number or an HTTP date); 0 when it says nothing sensible."""
    text = retry_after.strip()
    if _SECONDS.fullmatch(text):
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now)
    except (ValueError, OverflowError):
        return 0.0
