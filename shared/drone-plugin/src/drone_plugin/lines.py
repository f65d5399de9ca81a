"""The stream under the log: whole lines, cleaned, and no more of them than a runner keeps."""

from __future__ import annotations

import io
import re
import threading
from typing import TYPE_CHECKING, BinaryIO

from drone_plugin.cleaning import clean

if TYPE_CHECKING:
    from collections.abc import Callable

    from drone_plugin.clock import Clock
    from drone_plugin.redact import Redactor

DRONE_KEEPS = 4_500_000
"""Bytes after which what can be done without is left out. Drone keeps 5 MiB of a step's log, the time and
number of each line included, and drops the *oldest* lines beyond (drone `livelog/livelog.go`)."""

_LINE_END = re.compile(r"\r\n|\r(?!$)")
_BURST_LINES = 1000
_BURST_SECONDS = 1.0


class LineStream(io.TextIOBase):
    """A text stream that passes on whole lines: redacted, without control sequences, ended by a newline.

    Docker hands a log on by lines, and the runner loses an unfinished last one in most cases. A carriage
    return ends a line here, so that a progress bar shows at all. What is written to it is somebody's output;
    what a plugin says itself goes through `say`. After `limit` bytes output is left out, the rest is not.
    """

    def __init__(
        self, target: BinaryIO, redactor: Redactor, clock: Clock, *, limit: int | None = None
    ) -> None:
        self.redactor = redactor
        self.shape: Callable[[str], str] = str
        """Makes what is printed of a line of output."""
        self.on_full: Callable[[], None] = lambda: None
        """Called once, when the limit is reached and a line is left out."""
        self._target = target
        self._clock = clock
        self._left = limit
        self._full = False
        self._pending: list[str] = []
        self._recent: tuple[float, int] = (clock.monotonic(), 0)
        self._last_burst = float("-inf")
        self._lock = threading.RLock()

    def writable(self) -> bool:
        """True: the rest of the io protocol asks."""
        return True

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """UTF-8, whatever the image's locale is."""
        return "utf-8"

    def write(self, text: str) -> int:
        """Print what is complete in `text` and keep the rest until its line ends."""
        with self._lock:
            self._pending.append(text)
            # Only a text with an end of line, or one behind a carriage return, ends a line: pieces are kept.
            if "\n" in text or "\r" in "".join(self._pending[-2:]):
                whole = "".join(self._pending)
                if "\r" in whole:
                    whole = _LINE_END.sub("\n", whole)
                lines, end, rest = whole.rpartition("\n")
                self._pending = [rest] if rest else []
                if end:
                    self._output(lines)
        return len(text)

    def say(self, lines: str, *, needed: bool = True) -> None:
        """Print whole lines of the plugin's own; those that are not `needed` only below the limit."""
        with self._lock:
            self.finish()
            if needed or self._has_room():
                self._emit(clean(lines, self.redactor))

    def put(self, data: bytes) -> None:
        """Write `data` as it is, from the start of a line and with nothing in between."""
        with self._lock:
            self.finish()
            self._send(data)
            self._last_burst = self._clock.monotonic()

    def finish(self) -> None:
        """End a line that was begun."""
        with self._lock:
            line = "".join(self._pending)
            self._pending = []
            if line:
                self._output(line.rstrip("\r"))

    def flush(self) -> None:
        """Nothing: lines are written out as they end."""

    def burst(self) -> bool:
        """Whether so much was written just now that a runner's log may still be behind."""
        return self._clock.monotonic() - self._last_burst < _BURST_SECONDS

    def _output(self, lines: str) -> None:
        if not self._has_room():
            return
        cleaned = clean(lines, self.redactor)
        if self.shape is not str:
            cleaned = "\n".join(map(self.shape, cleaned.split("\n")))
        self._emit(cleaned)

    def _has_room(self) -> bool:
        if self._left is None or self._left > 0:
            return True
        if not self._full:
            self._full = True
            self.on_full()
        return False

    def _emit(self, lines: str) -> None:
        self._send(lines.encode("utf-8", "backslashreplace") + b"\n")
        since, count = self._recent
        now = self._clock.monotonic()
        number = lines.count("\n") + 1
        self._recent = (since, count + number) if now - since < _BURST_SECONDS else (now, number)
        if self._recent[1] > _BURST_LINES:
            self._last_burst = now

    def _send(self, data: bytes) -> None:
        if self._left is not None:
            self._left -= len(data)
        self._target.write(data)
        self._target.flush()
