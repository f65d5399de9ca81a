"""Progress of long work as whole lines, now and then: a build log has no cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drone_plugin.clock import Clock, spell_duration

if TYPE_CHECKING:
    from collections.abc import Callable

EVERY = 30.0
"""Seconds between two lines. A step that is silent looks stuck; one that talks hides what matters."""


class Progress:
    """Says how far something is, at most once in `every` seconds, however often it is told."""

    def __init__(
        self, say: Callable[[str], None], clock: Clock, what: str, total: int | None, every: float
    ) -> None:
        self._say = say
        self._clock = clock
        self._what = what
        self._total = total
        self._every = every
        self._start = self._said = clock.monotonic()

    def __call__(self, done: int, text: str = "") -> None:
        """`done` of the total are done; `text` says more: a state, a name."""
        now = self._clock.monotonic()
        if now - self._said < self._every:
            return
        self._said = now
        parts = [f"{self._what}: {self._share(done)}", self._time(done, now - self._start), text]
        self._say(", ".join(filter(None, parts)))

    def _share(self, done: int) -> str:
        return f"{done} of {self._total} ({100 * done // self._total} %)" if self._total else str(done)

    def _time(self, done: int, seconds: float) -> str:
        if self._total and done:
            return f"about {spell_duration(seconds / done * max(0, self._total - done))} left"
        return f"after {spell_duration(seconds)}"
