"""The log is the user interface: one stream, whole lines, nothing secret, nothing that steers a terminal."""

from __future__ import annotations

import io
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, Final

from drone_plugin.clock import Clock, spell_duration

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from drone_plugin.redact import Redactor
    from drone_plugin.settings import LogLevel

LEVELS: Final[dict[LogLevel, int]] = {"error": 0, "warning": 1, "info": 2, "debug": 3}

_COLOURS = {"red": "31", "green": "32", "yellow": "33", "blue": "36", "dim": "2", "bold": "1"}
# What moves a cursor, sets a title or, as ESC ]1338; does, forges a Drone card. Colours, the group, may pass;
# no other escape character is left.
_CONTROL = re.compile(
    r"(\x1b\[[0-9;]*m)"
    r"|\x1b\][^\x07\x1b\n]*(?:\x07|\x1b\\)?"
    r"|\x1b\[[0-?]*[ -/]*[@-~]"
    r"|[\x00-\x08\x0b-\x1f\x7f-\x9f]"
)
_LINE_END = re.compile(r"\r\n|\n|\r(?!$)")
_BURST_LINES = 1000
_BURST_SECONDS = 1.0


class LineStream(io.TextIOBase):
    """A text stream that passes on whole lines: redacted, without control sequences, ended by a newline.

    Docker hands a log on by lines, and the runner loses an unfinished last one in most cases. A carriage
    return ends a line here, so that a progress bar shows at all.
    """

    def __init__(self, target: BinaryIO, redactor: Redactor, clock: Clock) -> None:
        self._target = target
        self._redactor = redactor
        self._clock = clock
        self._pending: list[str] = []
        self._recent: tuple[float, int] = (clock.monotonic(), 0)
        self._last_burst = float("-inf")

    def writable(self) -> bool:
        """True: the rest of the io protocol asks."""
        return True

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """UTF-8, whatever the image's locale is."""
        return "utf-8"

    def write(self, text: str) -> int:
        """Print what is complete in `text` and keep the rest until its line ends."""
        self._pending.append(text)
        # Only a text with an end of line, or one behind a carriage return, ends a line: pieces are just kept.
        if "\n" in text or "\r" in "".join(self._pending[-2:]):
            *lines, rest = _LINE_END.split("".join(self._pending))
            self._pending = [rest] if rest else []
            if lines:
                self._emit(lines)
        return len(text)

    def finish(self) -> None:
        """End a line that was begun."""
        line = "".join(self._pending)
        self._pending = []
        if line:
            self._emit([line.rstrip("\r")])

    def flush(self) -> None:
        """Nothing: lines are written out as they end."""

    def burst(self) -> bool:
        """Whether so much was written just now that a runner's log may still be behind."""
        return self._clock.monotonic() - self._last_burst < _BURST_SECONDS

    def _emit(self, lines: list[str]) -> None:
        # A secret of several lines is known by each of its lines, so redacting by line is enough. It may hold
        # control characters, and control characters may stand inside of it where they are printed.
        text = self._redactor(_CONTROL.sub(r"\1", self._redactor("\n".join(lines))))
        self._target.write(text.encode("utf-8", "backslashreplace") + b"\n")
        self._target.flush()
        since, count = self._recent
        now = self._clock.monotonic()
        self._recent = (since, count + len(lines)) if now - since < _BURST_SECONDS else (now, len(lines))
        if self._recent[1] > _BURST_LINES:
            self._last_burst = now


class Log:
    """What a plugin says. Each method prints whole lines at once."""

    def __init__(self, stream: LineStream, clock: Clock, *, colour: bool, level: LogLevel = "info") -> None:
        self.stream = stream
        self.level: LogLevel = level
        self._clock = clock
        self._colour = colour

    def outcome(self, text: str) -> None:
        """Why there was nothing to do: printed at every level, so that no step ends without a word."""
        self._print("error", text)

    def info(self, text: str) -> None:
        """What was decided or done, and why."""
        self._print("info", text)

    def success(self, text: str) -> None:
        """A good end."""
        self._print("info", text, "green")

    def debug(self, text: str) -> None:
        """What helps to find out why something went wrong."""
        self._print("debug", text, "dim")

    def warning(self, text: str) -> None:
        """Something is odd, and the step goes on."""
        self._print("warning", f"warning: {text}", "yellow")

    def error(self, lines: Iterable[str], hint: Iterable[str] = ()) -> None:
        """Why the step fails, then what to do."""
        for line in lines:
            self._print("error", f"error: {line}", "red")
        for line in hint:
            self._print("error", f"  {line}")

    def fields(self, rows: Iterable[tuple[str, str]], *, level: LogLevel = "info") -> None:
        """Names and values in two columns; rows without a value are left out."""
        shown = [(name, value) for name, value in rows if value]
        width = max((len(name) for name, _ in shown), default=0)
        for name, value in shown:
            if LEVELS[level] <= LEVELS[self.level]:
                self.stream.write(f"  {self._painted(name.ljust(width), 'dim')}  {value}\n")

    @contextmanager
    def section(self, title: str) -> Iterator[None]:
        """A phase that takes time: its name before, its duration after, also when it fails."""
        self._print("info", f"── {title}", "bold")
        start = self._clock.monotonic()
        outcome = "failed after"
        try:
            yield
            outcome = "took"
        finally:
            self._print("info", f"   {outcome} {spell_duration(self._clock.monotonic() - start)}", "dim")

    def _print(self, level: LogLevel, text: str, colour: str = "") -> None:
        if LEVELS[level] <= LEVELS[self.level]:
            for line in text.splitlines() or [""]:
                self.stream.write(self._painted(line, colour) + "\n")

    def _painted(self, text: str, colour: str) -> str:
        return f"\x1b[{_COLOURS[colour]}m{text}\x1b[0m" if self._colour and colour else text
