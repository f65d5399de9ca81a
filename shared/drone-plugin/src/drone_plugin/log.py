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
_CONTROL_BYTES = bytes([*range(9), *range(11, 32), 127])
_CONTROL_CHARACTER = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_LINE_END = re.compile(r"\r\n|\r(?!$)")
_BURST_LINES = 1000
_BURST_SECONDS = 1.0


class LineStream(io.TextIOBase):
    """A text stream that passes on whole lines: redacted, without control sequences, ended by a newline.

    Docker hands a log on by lines, and the runner loses an unfinished last one in most cases. A carriage
    return ends a line here, so that a progress bar shows at all.
    """

    def __init__(self, target: BinaryIO, redactor: Redactor, clock: Clock) -> None:
        self._target = target
        self.redactor = redactor
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
            whole = "".join(self._pending)
            if "\r" in whole:
                whole = _LINE_END.sub("\n", whole)
            lines, end, rest = whole.rpartition("\n")
            self._pending = [rest] if rest else []
            if end:
                self._emit(lines)
        return len(text)

    def finish(self) -> None:
        """End a line that was begun."""
        line = "".join(self._pending)
        self._pending = []
        if line:
            self._emit(line.rstrip("\r"))

    def flush(self) -> None:
        """Nothing: lines are written out as they end."""

    def burst(self) -> bool:
        """Whether so much was written just now that a runner's log may still be behind."""
        return self._clock.monotonic() - self._last_burst < _BURST_SECONDS

    def _emit(self, lines: str) -> None:
        self._target.write(_as_utf8(self._clean(lines)) + b"\n")
        self._target.flush()
        since, count = self._recent
        now = self._clock.monotonic()
        number = lines.count("\n") + 1
        self._recent = (since, count + number) if now - since < _BURST_SECONDS else (now, number)
        if self._recent[1] > _BURST_LINES:
            self._last_burst = now

    def _clean(self, lines: str) -> str:
        """Without secrets and without what steers a terminal.

        A secret may hold control characters, and control characters may stand inside of it where they are
        printed. Colours may stay, unless there is a secret that one of them cuts in two.
        """
        text = self.redactor(lines)
        if not _has_control(text):
            return text
        plain = _COLOUR.sub("", text)
        if _has_control(plain):
            text = self.redactor(_CONTROL.sub(r"\1", text))
            plain = _COLOUR.sub("", text)
        if not self.redactor.hides(plain):
            return text
        return "\n".join(self._without_colour(line) for line in text.split("\n"))

    def _without_colour(self, line: str) -> str:
        plain = _COLOUR.sub("", line)
        return self.redactor(plain) if self.redactor.hides(plain) else line


def _as_utf8(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace")


def _has_control(text: str) -> bool:
    """Whether there is more than plain text: for ASCII, much quicker than a pattern."""
    if text.isascii():
        return len(text.encode("ascii").translate(None, _CONTROL_BYTES)) != len(text)
    return bool(_CONTROL_CHARACTER.search(text))


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
        for line in self.stream.redactor("\n".join(lines)).split("\n"):
            self._print("error", f"error: {line}", "red")
        for line in self.stream.redactor("\n".join(hint)).splitlines():
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
            # A secret may go over several lines: masked before they are taken apart.
            for line in self.stream.redactor(text).splitlines() or [""]:
                self.stream.write(self._painted(line, colour) + "\n")

    def _painted(self, text: str, colour: str) -> str:
        return f"\x1b[{_COLOURS[colour]}m{text}\x1b[0m" if self._colour and colour else text
