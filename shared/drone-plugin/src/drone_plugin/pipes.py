"""Programs that are talked to, or read bit by bit, while a block lasts: for what no memory would hold."""

from __future__ import annotations

import os
import select
import selectors
from contextlib import contextmanager, suppress
from typing import IO, TYPE_CHECKING, Final, Unpack

from drone_plugin.clock import spell_duration
from drone_plugin.errors import TimeLimitError
from drone_plugin.process import CommandError, Finished, Processes
from drone_plugin.pump import GRACE, end_group, has_ended
from drone_plugin.sinks import Tail

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator, Sequence

    from drone_plugin.process import Options

SILENCE: Final = 120.0
"""Seconds that a program may take for its next byte, when its caller does not say."""
_PIECE: Final = 64 * 2**10
_MOMENT: Final = 0.001


class Pipe:
    """Both ends of a running program. What it complains of is kept for the message of its failure."""

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        silence: float,
        spelled: str,
        redact: Callable[[str], str],
    ) -> None:
        """Made by `Pipes.open`; `spelled` is its command without secrets."""
        self._process = process
        self._silence = silence
        self._spelled = spelled
        self._redact = redact
        self._errors = Tail()
        self._buffer = bytearray()
        self._ended = False
        self._selector = selectors.DefaultSelector()
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                os.set_blocking(pipe.fileno(), False)
                self._selector.register(pipe, selectors.EVENT_READ)
        if process.stdin is not None:
            os.set_blocking(process.stdin.fileno(), False)

    def write(self, data: bytes) -> None:
        """Send `data`. What comes meanwhile is kept, so neither side waits for the other.

        Raises TimeLimitError, and CommandError when the program has ended.
        """
        stdin, rest = self._process.stdin, memoryview(data)
        if stdin is None or stdin.closed:
            raise self._failure()
        self._selector.register(stdin, selectors.EVENT_WRITE)
        try:
            while rest:
                if stdin in self._ready():
                    rest = rest[os.write(stdin.fileno(), rest[:_PIECE]) :]
        except BrokenPipeError:
            raise self._failure() from None
        finally:
            self._selector.unregister(stdin)

    def line(self) -> bytes:
        """Its next line, without the end. Raises as `write`."""
        while (end := self._buffer.find(b"\n")) < 0:
            self._more()
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        return line

    def pieces(self, size: int) -> Iterator[bytes]:
        """Its next `size` bytes, in pieces; all must be taken. Raises as `write`."""
        while size:
            if not self._buffer:
                self._more()
            piece = bytes(self._buffer[:size])
            del self._buffer[: len(piece)]
            size -= len(piece)
            yield piece

    def read(self, size: int) -> bytes:
        """Its next `size` bytes. Raises as `write`."""
        while len(self._buffer) < size:
            self._more()
        data = bytes(memoryview(self._buffer)[:size])
        del self._buffer[:size]
        return data

    def records(self, separator: bytes = b"\0") -> Iterator[bytes]:
        """All that it prints until it ends, cut at `separator`; the last record may lack its end.

        Raises CommandError for an exit code that is not 0, and TimeLimitError.
        """
        while not self._ended:
            *records, rest = self._buffer.split(separator)
            self._buffer = rest
            yield from map(bytes, records)
            self._wait()
        *records, rest = self._buffer.split(separator)
        yield from map(bytes, records if not rest else [*records, rest])
        self.finish()

    def finish(self) -> None:
        """Wait for its end. Raises CommandError for an exit code that is not 0, and TimeLimitError."""
        if self._process.stdin is not None:
            with suppress(BrokenPipeError):
                self._process.stdin.close()
        while not self._ended:
            self._buffer.clear()
            self._wait()
        if self._exit_code():
            raise self._failure()

    def close(self) -> None:
        """End it, if it still runs, and all that it started. Can be called again."""
        self._selector.close()
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()
        self._exit_code()

    def _more(self) -> None:
        self._wait()
        if self._ended:
            raise self._failure()

    def _wait(self) -> None:
        """Until its output has more, or has ended."""
        before = len(self._buffer)
        while len(self._buffer) == before and not self._ended:
            self._ready()

    def _ready(self) -> set[IO[bytes]]:
        """Take in what there is; which pipes were ready."""
        events = self._selector.select(self._silence)
        if not events:
            text = f"{self._spelled} said nothing for {spell_duration(self._silence)}"
            raise TimeLimitError(text)
        ready = {key.fileobj for key, _ in events}
        if self._process.stdout in ready and not self._take(self._process.stdout, self._buffer.extend):
            self._ended = True
        if self._process.stderr in ready:
            self._take(self._process.stderr, self._errors)
        return ready  # type: ignore[return-value] # only these three were registered

    def _take(self, pipe: IO[bytes] | None, sink: Callable[[bytes], None]) -> bool:
        if pipe is None:
            return False
        data = os.read(pipe.fileno(), _PIECE)
        sink(data)
        if not data:
            self._selector.unregister(pipe)
        return bool(data)

    def _exit_code(self) -> int:
        """Now that one of its pipes is closed: it is given the time to end by itself, and then made to."""
        if self._process.returncode is None:
            for _ in range(int(GRACE / _MOMENT)):
                if has_ended(self._process):
                    break
                select.select([], [], [], _MOMENT)
            end_group(self._process)
        return int(self._process.returncode)

    def _failure(self) -> CommandError:
        code = self._exit_code()
        while self._process.stderr in {key.fileobj for key, _ in self._selector.select(0)}:
            self._take(self._process.stderr, self._errors)
        said = self._errors.value()
        finished = Finished((self._spelled,), code, b"", said)
        last = self._redact(said.decode("utf-8", "replace")).strip().splitlines()[-1:]
        return CommandError(": ".join([f"{self._spelled} ended with exit code {code}", *last]), finished)


class Pipes(Processes):
    """The door to other programs, with one way more to run them."""

    @contextmanager
    def open(
        self, command: Sequence[str], *, silence: float = SILENCE, **options: Unpack[Options]
    ) -> Iterator[Pipe]:
        """Run `command` while the block lasts; it is ended with it.

        `stdin` is what it reads first, and more can be written; `timeout` and `accept` have no meaning here.
        Raises NoSuchCommandError.
        """
        first = options.get("stdin", b"")
        talking: Options = {**options, "stdin": first or b"\n"}  # a pipe, whatever is written to it
        pipe = Pipe(self._start(command, talking, merged=False), silence, self.spell(command), self._redact)
        try:
            if first:
                pipe.write(first)
            yield pipe
        finally:
            pipe.close()
