"""The log is the user interface: one line an event, at a level, in colour or as JSON."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from drone_plugin.cleaning import clean, uncoloured
from drone_plugin.clock import Clock, spell_duration
from drone_plugin.lines import LineStream
from drone_plugin.progress import EVERY, Progress

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from drone_plugin.settings import LogLevel

__all__ = ["LEVELS", "LineStream", "Log"]

LEVELS: Final[dict[LogLevel, int]] = {"error": 0, "warning": 1, "info": 2, "debug": 3}

_COLOURS = {"red": "31", "green": "32", "yellow": "33", "blue": "36", "dim": "2", "bold": "1"}
_FULL = (
    "so much is printed that Drone will soon drop the oldest lines of this log: "
    "the output of programs and debug lines are left out from here on"
)


class Log:
    """What a plugin says. Each method prints whole lines at once."""

    def __init__(self, stream: LineStream, clock: Clock, *, colour: bool, level: LogLevel = "info") -> None:
        self.stream = stream
        self.level: LogLevel = level
        self._clock = clock
        self._start = clock.monotonic()
        self._colour = colour
        self._json = False
        stream.on_full = lambda: self.warning(_FULL)

    def as_json(self) -> None:
        """From now on print each event as one JSON object, and each line that somebody else prints.

        Keys: `elapsed` (seconds since the start), `level` (`error`, `warning`, `info`, `debug`, or `output`
        of others), `message`; `fields`, an object, for names and values; `hint` beside an error.
        """
        self._json = True
        self.stream.shape = lambda line: self._object("output", line)

    def outcome(self, text: str) -> None:
        """Why there was nothing to do: printed at every level, so that no step ends without a word."""
        self._print("error", text)

    def relay(self, text: str) -> None:
        """What another program prints: left out first where a runner keeps no more of a log."""
        self._print("info", text, needed=False)

    def info(self, text: str) -> None:
        """What was decided or done, and why."""
        self._print("info", text)

    def success(self, text: str) -> None:
        """A good end."""
        self._print("info", text, "green")

    def debug(self, text: str) -> None:
        """What helps to find out why something went wrong."""
        self._print("debug", text, "dim", needed=False)

    def warning(self, text: str) -> None:
        """Something is odd, and the step goes on."""
        self._print("warning", text, "yellow", "warning: ")

    def error(self, lines: Iterable[str], hint: Iterable[str] = ()) -> None:
        """Why the step fails, then what to do."""
        redactor = self.stream.redactor
        texts, hints = redactor("\n".join(lines)), redactor("\n".join(hint))
        if self._json:
            self.stream.say(self._object("error", texts, {"hint": self._plain(hints)} if hints else {}))
            return
        for line in texts.split("\n"):
            self._print("error", line, "red", "error: ")
        for line in hints.splitlines():
            self._print("error", f"  {line}")

    def fields(self, rows: Iterable[tuple[str, str]], *, level: LogLevel = "info") -> None:
        """Names and values in two columns; rows without a value are left out."""
        if LEVELS[level] > LEVELS[self.level]:
            return
        shown = [(name, value) for name, value in rows if value]
        if self._json:
            self.stream.say(
                self._object(
                    level, "", {"fields": {self._plain(name): self._plain(value) for name, value in shown}}
                )
            )
            return
        width = max((len(name) for name, _ in shown), default=0)
        for name, value in shown:
            self.stream.say(f"  {self._painted(name.ljust(width), 'dim')}  {value}")

    def progress(self, what: str, total: int | None = None, *, every: float = EVERY) -> Progress:
        """How far `what` is: call it with what is done as often as you like, it prints now and then."""
        return Progress(self.info, self._clock, what, total, every)

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

    def _print(
        self, level: LogLevel, text: str, colour: str = "", before: str = "", *, needed: bool = True
    ) -> None:
        if LEVELS[level] > LEVELS[self.level]:
            return
        # A secret may go over several lines: masked before they are taken apart.
        masked = self.stream.redactor(text)
        if self._json:
            self.stream.say(self._object(level, masked), needed=needed)
            return
        for line in f"{before}{masked}".splitlines() or [""]:
            self.stream.say(self._painted(line, colour), needed=needed)

    def _object(self, level: str, message: str, more: Mapping[str, object] | None = None) -> str:
        elapsed = round(self._clock.monotonic() - self._start, 3)
        event = {"elapsed": elapsed, "level": level, "message": self._plain(message), **(more or {})}
        return json.dumps({name: value for name, value in event.items() if value != ""}, ensure_ascii=False)

    def _plain(self, text: str) -> str:
        return uncoloured(clean(text, self.stream.redactor))

    def _painted(self, text: str, colour: str) -> str:
        return f"\x1b[{_COLOURS[colour]}m{text}\x1b[0m" if self._colour and colour else text
