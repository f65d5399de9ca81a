"""Processes that scan: each is handed content through a pipe, and is replaced when it dies."""

from __future__ import annotations

import contextlib
import faulthandler
import gc
import mmap
import multiprocessing
import os
import signal
from collections import deque
from dataclasses import dataclass, field, replace
from multiprocessing import connection
from typing import TYPE_CHECKING, Self

from secret_scan.engine.content import SECONDS, Unscannable, scan_content

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

    from secret_scan.engine.jobs import Job
    from secret_scan.engine.scan import TextScanner
    from secret_scan.values import Found

GRACE = 5.0
"""Seconds after which a process that does not keep to its time limit is ended."""


@dataclass
class _Worker:
    process: BaseProcess
    pipe: Connection
    at: mmap.mmap
    """Which job of its batch the process is at: what is told of it if it dies."""
    batch: list[Job] = field(default_factory=list)


class Pool:
    """Scans batches of jobs in `count` processes. A context manager: none outlives it."""

    def __init__(self, scanner: TextScanner, count: int, seconds: float = SECONDS) -> None:
        self._scanner = scanner
        self._seconds = seconds
        self._count = count
        self._workers: list[_Worker] = []
        self._again: deque[list[Job]] = deque()

    def __enter__(self) -> Self:
        for _ in range(self._count):
            self._workers.append(self._start())
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            _end(worker)
        self._workers = []

    def run(self, batches: Iterator[list[Job]]) -> Iterator[tuple[int, list[Found] | Unscannable]]:
        """The number of every job and what came of it, in no order.

        A batch is asked for when a process is free for it: what is in memory stays little.
        """
        while True:
            for position, worker in enumerate(self._workers):
                if worker.batch:
                    continue
                batch = self._again.popleft() if self._again else next(batches, None)
                if batch is None:
                    break
                if not _send(worker, batch):
                    yield self._died(position, worker)
            busy = [worker for worker in self._workers if worker.batch]
            if not busy and not self._again:
                return
            ready = connection.wait([worker.pipe for worker in busy])
            for position, worker in enumerate(self._workers):
                if worker.pipe in ready:
                    yield from self._receive(position, worker)

    def _receive(self, position: int, worker: _Worker) -> Iterator[tuple[int, list[Found] | Unscannable]]:
        try:
            results: list[list[Found] | Unscannable] = worker.pipe.recv()
        except (EOFError, OSError):
            yield self._died(position, worker)
            return
        batch, worker.batch = worker.batch, []
        yield from zip((job.number for job in batch), results, strict=True)

    def _died(self, position: int, worker: _Worker) -> tuple[int, Unscannable]:
        """What is told of the job that a process was at; the others of its batch are done again."""
        worker.process.join()
        late = worker.process.exitcode == _LATE
        at = worker.at[0]
        batch = worker.batch
        _end(worker)
        self._workers[position] = self._start()
        if rest := batch[:at] + batch[at + 1 :]:
            self._again.append(rest)
        what = f"took longer than {self._seconds:g} s" if late else "ended its process: out of memory?"
        return batch[at].number, Unscannable(f"its scan {what}")

    def _start(self) -> _Worker:
        # A copy of this process: what is imported and compiled is there already.
        context = multiprocessing.get_context("fork")
        ours, theirs = context.Pipe()
        at = mmap.mmap(-1, 1)
        process = context.Process(target=_serve, args=(self._scanner, theirs, at, self._seconds), daemon=True)
        process.start()
        theirs.close()
        return _Worker(process, ours, at)


_LATE = 1
"""The exit code of a process that its watchdog has ended."""


def _send(worker: _Worker, batch: list[Job]) -> bool:
    """Hand over a batch; false if the process is gone."""
    worker.batch = batch if len(batch) > 1 else [replace(batch[0], content=b"")]  # one is never sent again
    try:
        worker.pipe.send([(job.path, isinstance(job.content, bytes)) for job in batch])
        for job in batch:
            if isinstance(job.content, bytes):
                worker.pipe.send_bytes(job.content)
                continue
            for piece in filter(None, job.content):
                worker.pipe.send_bytes(piece)
            worker.pipe.send_bytes(b"")
    except OSError:
        return False
    return True


def _end(worker: _Worker) -> None:
    worker.pipe.close()
    worker.process.kill()
    worker.process.join()
    worker.process.close()
    worker.at.close()


def _serve(scanner: TextScanner, pipe: Connection, at: mmap.mmap, seconds: float) -> None:
    """The life of a process: until the pipe ends, as it does with the process at its other end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    gc.freeze()  # what the other process holds is never given back here
    # Nor may it be held open: the pipes of the others, and those of git, which end with their last copy.
    os.closerange(3, pipe.fileno())
    os.closerange(pipe.fileno() + 1, os.sysconf("SC_OPEN_MAX"))
    with contextlib.suppress(EOFError, OSError), open(os.devnull, "w", encoding="utf-8") as nowhere:  # noqa: PTH123 - a device
        watchdog = _Watchdog(seconds + GRACE, nowhere.fileno())
        while True:
            pipe.send(list(_results(scanner, pipe, at, seconds, watchdog)))
    os._exit(0)


def _results(
    scanner: TextScanner, pipe: Connection, at: mmap.mmap, seconds: float, watchdog: _Watchdog
) -> Iterator[list[Found] | Unscannable]:
    """What comes of each job of the next batch."""
    heads: list[tuple[str, bool]] = pipe.recv()
    # All of them before the first is looked at: whoever sends them has other processes to serve.
    contents = [pipe.recv_bytes() for _, whole in heads if whole]
    for number, (path, whole) in enumerate(heads):
        at[0] = number
        pieces = iter((contents[number],)) if whole else iter(pipe.recv_bytes, b"")
        chunks = watchdog.over(pieces)
        yield scan_content(scanner, path, chunks, seconds)
        for _ in chunks:
            pass  # what it did not want to see
    watchdog.rest()


@dataclass(frozen=True)
class _Watchdog:
    """Ends this process when it has been at something for too long."""

    seconds: float
    nowhere: int
    """A descriptor for what it would have to say."""

    def over(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """The chunks; so many seconds may pass after each, but any time before it comes."""
        while chunk := self._next(chunks):
            faulthandler.dump_traceback_later(self.seconds, exit=True, file=self.nowhere)
            yield chunk

    def _next(self, chunks: Iterator[bytes]) -> bytes:
        self.rest()
        return next(chunks, b"")

    @staticmethod
    def rest() -> None:
        """Let any time pass."""
        faulthandler.cancel_dump_traceback_later()
