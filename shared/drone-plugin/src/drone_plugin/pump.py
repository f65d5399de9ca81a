"""The pipes of a running process, read and written as they get ready, until it ends or its time is up."""

from __future__ import annotations

import os
import selectors
import signal
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Final

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    from drone_plugin.clock import Clock

    Sink = Callable[[bytes], None]

POLL: Final = 0.05
"""Seconds between two looks at the clock."""
GRACE: Final = 2.0
"""Seconds between asking a group of processes to end and ending it."""
_PIECE = 64 * 2**10


class OutOfTimeError(Exception):
    """The process was still running when its time was up."""


class Pump:
    """Moves bytes between a process and its caller, in the caller's thread: a signal's exception gets out."""

    def __init__(self, process: subprocess.Popen[bytes], clock: Clock, timeout: float) -> None:
        """`timeout` is in seconds of `clock`, from now."""
        self._process = process
        self._clock = clock
        self._deadline = clock.monotonic() + timeout
        self._selector = selectors.DefaultSelector()
        self._input = memoryview(b"")
        self._end = _end_of(process)
        if self._end is not None:
            self._selector.register(self._end, selectors.EVENT_READ, (lambda: False, self._end))

    def feed(self, data: bytes) -> None:
        """What to write to the standard input, before it is closed."""
        if self._process.stdin is not None:
            self._input = memoryview(data)
            self._register(self._process.stdin, selectors.EVENT_WRITE, self._write)

    def read(self, pipe: IO[bytes] | None, sink: Sink) -> None:
        """Hand on what comes out of `pipe`."""
        if pipe is not None:
            self._register(pipe, selectors.EVENT_READ, lambda: self._read(pipe, sink))

    def run(self) -> None:
        """Return when the process has ended and what it wrote is read.

        Processes that it left behind may hold its pipes open: they are not waited for. Raises OutOfTimeError.
        """
        while not has_ended(self._process):
            if self._clock.monotonic() >= self._deadline:
                raise OutOfTimeError
            self._move(POLL)
        while self._move(0):
            pass

    def close(self) -> None:
        """Give the pipes back."""
        self._selector.close()
        if self._end is not None:
            os.close(self._end)
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()

    def _register(self, pipe: IO[bytes], event: int, move: Callable[[], bool]) -> None:
        os.set_blocking(pipe.fileno(), False)
        self._selector.register(pipe, event, (move, pipe))

    def _move(self, timeout: float) -> bool:
        """Move what can be moved; False when there was nothing."""
        moved = False
        for key, _ in self._selector.select(timeout):
            move, pipe = key.data
            if move():
                moved = True
            else:
                self._selector.unregister(pipe)
        return moved

    def _read(self, pipe: IO[bytes], sink: Sink) -> bool:
        try:
            data = os.read(pipe.fileno(), _PIECE)
        except BlockingIOError:
            return True
        sink(data)
        return bool(data)

    def _write(self) -> bool:
        pipe = self._process.stdin
        if pipe is None:
            return False
        with suppress(BrokenPipeError):
            written = pipe.write(self._input[:_PIECE]) or 0
            self._input = self._input[written:]
            if self._input:
                return True
        with suppress(BrokenPipeError):
            pipe.close()
        return False


def _end_of(process: subprocess.Popen[bytes]) -> int | None:
    """What gets ready to be read when `process` ends, or None where the system has no such thing."""
    try:
        return os.pidfd_open(process.pid)
    except (AttributeError, OSError):
        return None


def has_ended(process: subprocess.Popen[bytes]) -> bool:
    """Whether it has ended. It is left to be collected, so that its number stays its group's."""
    if process.returncode is not None:
        return True
    try:
        return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    except ChildProcessError:  # somebody else collected it
        return True


def end_group(process: subprocess.Popen[bytes]) -> int:
    """End what is left of the group of `process`, and return the exit code of `process`.

    A process that still runs is asked first (SIGTERM) and has two seconds to clean up.
    """
    if not has_ended(process):
        _signal(process, signal.SIGTERM)
        with suppress(TimeoutError):
            _await_end(process, GRACE)
    _signal(process, signal.SIGKILL)
    return process.wait()


def _await_end(process: subprocess.Popen[bytes], seconds: float) -> None:
    """Real seconds: these guard against a process that does not want to end, whatever the clock is."""
    with selectors.DefaultSelector() as nothing:
        for _ in range(int(seconds / POLL)):
            if has_ended(process):
                return
            nothing.select(POLL)
    raise TimeoutError


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)
