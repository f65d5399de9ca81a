"""A few threads for digests: hashing lets Python's lock go, so that several cores share it."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import TYPE_CHECKING, Final, Self, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

SIZE: Final = 2 << 20
"""Bytes of a batch."""

THREADS: Final = 4
"""The most that hash; one thread reads for all of them, which is as fast as three or four hash."""


@dataclass(slots=True)
class Batch:
    """Contents of files, one behind the other: `parts` has number, start and end of each."""

    buffer: memoryview
    end: int = 0
    parts: list[tuple[int, int, int]] = field(default_factory=list)

    def clear(self) -> None:
        """Make room for others."""
        self.end = 0
        self.parts = []


Job: TypeAlias = "Callable[[Batch], None]"


class Crew:
    """Threads that work on batches while their block lasts.

    The first error of a job is raised by the next call of a method, or at the end of the block.
    """

    def __init__(self) -> None:
        """The threads start with the jobs."""
        self._number = max(1, min(THREADS, os.cpu_count() or 1))
        self._jobs: SimpleQueue[tuple[Job, Batch] | None] = SimpleQueue()
        self._free: SimpleQueue[Batch] = SimpleQueue()
        self._made = 0
        self._threads: list[threading.Thread] = []
        self._failed: list[BaseException] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self._failed.append(error)  # what waits is not begun any more
            self._end()
        else:
            self.finish()

    def batch(self) -> Batch:
        """An empty batch, as soon as there is one: there are two more than threads."""
        self._raise()
        if self._made < self._number + 2:
            self._made += 1
            return Batch(memoryview(bytearray(SIZE)))
        batch = self._free.get()
        self._raise()
        batch.clear()
        return batch

    def do(self, job: Job, batch: Batch) -> None:
        """Have a thread do a job; the batch is the crew's from now on."""
        if len(self._threads) < self._number:
            self._threads.append(threading.Thread(target=self._work, daemon=True))
            self._threads[-1].start()
        self._jobs.put((job, batch))

    def finish(self) -> None:
        """Wait for all jobs. The crew takes no other."""
        self._end()
        self._raise()

    def _end(self) -> None:
        for _ in self._threads:
            self._jobs.put(None)
        while self._threads:
            self._threads.pop().join()

    def _work(self) -> None:
        while task := self._jobs.get():
            job, batch = task
            try:
                if not self._failed:
                    job(batch)
            except BaseException as error:  # noqa: BLE001 - raised again where the jobs come from
                self._failed.append(error)
            finally:
                self._free.put(batch)

    def _raise(self) -> None:
        if self._failed:
            raise self._failed[0]
