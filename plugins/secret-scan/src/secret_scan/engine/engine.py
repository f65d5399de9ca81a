"""The engine: scans items, in this process or in several."""

from __future__ import annotations

import itertools
import os
from typing import TYPE_CHECKING

from secret_scan.engine.content import BLOCK, LARGEST, SECONDS, WHOLE, Unscannable, scan_content
from secret_scan.engine.pool import LARGEST_BATCH, Job, Pool
from secret_scan.engine.scan import TextScanner

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from secret_scan.detectors import Detector
    from secret_scan.values import Found, Item

WORTH_PROCESSES = 1_500_000
"""Bytes that take longer to scan than processes take to start."""

_AHEAD = 5000
"""Items that are looked at before the first is scanned, to begin with the biggest."""

_BATCH = 256 << 10
"""Bytes that are handed to a process at once, so that not every small item is waited for."""

_MOST_PROCESSES = 4
"""More would find no memory: each takes some thirty megabytes."""


class Engine:
    """Scans items. Not for two threads at once."""

    def __init__(
        self,
        detectors: Sequence[Detector],
        *,
        jobs: int = 0,
        accelerated: bool = True,
        seconds: float = SECONDS,
    ) -> None:
        """In `jobs` processes, by default one per processor. Without acceleration it finds the same."""
        self._scanner = TextScanner(detectors, accelerated=accelerated)
        self._jobs = jobs or min(len(os.sched_getaffinity(0)), _MOST_PROCESSES)
        self._seconds = seconds

    def scan(self, item: Item) -> list[Found] | Unscannable:
        """The findings in one item, in this process."""
        content = _content(item)
        if isinstance(content, Unscannable):
            return content
        return scan_content(self._scanner, item.path, _chunked(content), self._seconds)

    def scan_all(self, items: Iterable[Item]) -> Iterator[tuple[Item, list[Found] | Unscannable]]:
        """Every item with what came of it, in no order; items are taken and read as they are needed."""
        iterator = iter(items)
        while ahead := list(itertools.islice(iterator, _AHEAD)):
            if self._jobs == 1 or sum(item.size for item in ahead) < WORTH_PROCESSES:
                for item in ahead:
                    yield item, self.scan(item)
            else:
                self._scanner.prepare()
                following = itertools.chain(ahead, iterator)
                yield from self._in_processes(following)

    def _in_processes(self, items: Iterator[Item]) -> Iterator[tuple[Item, list[Found] | Unscannable]]:
        pending: dict[int, Item] = {}
        failed: list[tuple[Item, Unscannable]] = []
        with Pool(self._scanner, self._jobs, self._seconds) as pool:
            for number, result in pool.run(_batches(items, pending, failed)):
                yield pending.pop(number), result
                while failed:
                    yield failed.pop()
        yield from failed


def _batches(
    items: Iterator[Item], pending: dict[int, Item], failed: list[tuple[Item, Unscannable]]
) -> Iterator[list[Job]]:
    """The items, read, the biggest first of those that are looked at together."""
    numbers = itertools.count()
    while ahead := list(itertools.islice(items, _AHEAD)):
        ahead.sort(key=lambda item: -item.size)
        batch: list[Job] = []
        size = 0
        for item in ahead:
            content = _content(item)
            if isinstance(content, Unscannable):
                failed.append((item, content))
                continue
            job = Job(next(numbers), item.path, content)
            pending[job.number] = item
            if batch and size + len(content) > _BATCH:
                yield batch
                batch, size = [], 0
            batch.append(job)
            size += len(content)
            if size >= _BATCH or len(batch) == LARGEST_BATCH:
                yield batch
                batch, size = [], 0
        if batch:
            yield batch


def _content(item: Item) -> bytes | Unscannable:
    """What is in the item. Nothing, where a step beside this one has removed the file meanwhile."""
    if item.size > LARGEST:
        return Unscannable(f"it is larger than {LARGEST >> 20} MiB")
    try:
        content = item.read()
    except FileNotFoundError:
        return b""
    except OSError as error:
        return Unscannable(error.strerror or str(error) or type(error).__name__)
    if len(content) > LARGEST:
        return Unscannable(f"it is larger than {LARGEST >> 20} MiB")
    return content


def _chunked(content: bytes) -> Iterator[bytes]:
    step = BLOCK if len(content) > WHOLE else WHOLE
    view = memoryview(content)
    for start in range(0, len(content), step):
        yield content if step == WHOLE else bytes(view[start : start + step])
