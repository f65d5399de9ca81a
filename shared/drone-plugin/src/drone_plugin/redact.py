"""Secrets are replaced in everything that is printed or written, also where they were encoded on the way."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from drone_plugin.coloured import Coloured
from drone_plugin.literals import Literals
from drone_plugin.spellings import SHORTEST, as_bytes, base64_spellings, parts, spellings
from drone_plugin.wrapped import WrappedBase64

if TYPE_CHECKING:
    from collections.abc import Iterator

MASK = "******"
"""Drone's own mask, so that a log shows one kind of hole."""

__all__ = ["MASK", "SHORTEST", "Redactor", "spellings"]


class Redactor:
    """Knows secret values and removes each from a text, in every spelling of `spellings`.

    Text without a secret passes at some hundred megabytes a second, whatever the number of secrets is.
    """

    def __init__(self) -> None:
        self._forms: set[str] = set()
        self._base64: set[str] = set()
        self._searches: tuple[Literals, WrappedBase64, Coloured] | None = None
        self._lock = threading.RLock()

    def learn(self, value: str) -> bool:
        """From now on mask `value`; False when it is too short for that (see `SHORTEST`).

        Learn a secret as soon as it is known, also one that a server handed out at run time.
        """
        if len(value.strip()) < SHORTEST:
            return False
        with self._lock:
            known = len(self._forms)
            self._forms |= spellings(value)
            if len(self._forms) != known:
                for part in parts(value):
                    if len(part) >= SHORTEST:
                        self._base64 |= base64_spellings(as_bytes(part))
                self._searches = None  # made anew when they are needed: secrets come in groups
        return True

    def __call__(self, text: str) -> str:
        """`text` without any of the secrets."""
        spans = self.spans(text)
        if not spans:
            return text
        kept = []
        end = 0
        for start, stop in _merged(spans):
            kept += [text[end:start], MASK]
            end = stop
        return "".join([*kept, text[end:]])

    def surely_uncut(self, text: str) -> bool:
        """Whether `text` has colours alone for escape sequences, and they cut no secret; False if unsure."""
        return self._prepared()[2].hold_nothing(text)

    def _prepared(self) -> tuple[Literals, WrappedBase64, Coloured]:
        with self._lock:
            if self._searches is None:
                self._searches = Literals(self._forms), WrappedBase64(self._base64), Coloured(self._forms)
            return self._searches

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where secrets stand in `text`, as (start, end); they may overlap."""
        if not self._forms:
            return []
        literals, wrapped, _ = self._prepared()
        found = [span for form in literals.within(text) for span in _places(form, text)]
        return found + wrapped.spans(text)


def _places(form: str, text: str) -> Iterator[tuple[int, int]]:
    start = text.find(form)
    while start >= 0:
        yield start, start + len(form)
        start = text.find(form, start + 1)


def _merged(spans: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """One span for those that overlap: what two secrets share must leave the end of neither behind."""
    spans.sort()
    start, end = spans[0]
    for first, last in spans[1:]:
        if first < end:
            end = max(end, last)
        else:
            yield start, end
            start, end = first, last
    yield start, end
