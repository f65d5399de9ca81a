"""The engine: scans items, in this process or in several."""

from __future__ import annotations

import itertools
import os
from typing import TYPE_CHECKING, Protocol, cast, runtime_checkable

from secret_scan.engine.content import (
    BLOCK,
    SECONDS,
    WHOLE,
    WHOLE_NOTEBOOK,
    Unscannable,
    scan_content,
)
from secret_scan.engine.jobs import LARGEST_BATCH, Job
from secret_scan.engine.scan import TextScanner
from secret_scan.engine.text import is_binary
from secret_scan.names import find_by_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from secret_scan.detectors import Detector
    from secret_scan.values import Found, Item

WORTH_PROCESSES = 1_500_000
"""Bytes that take longer to scan than processes take to start."""

_EACH = 1000
"""Bytes that are scanned in the time that an item takes by itself."""

_AHEAD = 5000
"""Items that are looked at before the first is scanned, to begin with the biggest."""

_AHEAD_BYTES = 16 << 20
"""Of objects of a repository, which are read together, and may be here already."""

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
        content = _Content(item)
        try:
            result = scan_content(self._scanner, item.path, content.pieces(), self._seconds)
        finally:
            content.finish()
        return content.failure or result

    def scan_all(self, items: Iterable[Item]) -> Iterator[tuple[Item, list[Found] | Unscannable]]:
        """Every item with what came of it, in no order; items are taken and read as they are needed."""
        iterator = iter(items)
        while ahead := _ahead(iterator):
            if self._jobs > 1 and sum(item.size + _EACH for item in ahead) >= WORTH_PROCESSES:
                self._scanner.prepare()
                yield from self._in_processes(ahead, iterator)
                return
            for item in ahead:
                yield item, self.scan(item)

    def _in_processes(
        self, ahead: list[Item], items: Iterator[Item]
    ) -> Iterator[tuple[Item, list[Found] | Unscannable]]:
        from secret_scan.engine.pool import Pool  # noqa: PLC0415 - a hook is quicker without it

        pending: dict[int, _Content] = {}
        done: list[tuple[Item, list[Found] | Unscannable]] = []
        with Pool(self._scanner, self._jobs, self._seconds) as pool:
            for number, result in pool.run(_batches(ahead, items, pending, done)):
                content = pending.pop(number)
                yield content.item, content.failure or result
                while done:
                    yield done.pop()
        yield from done


def _ahead(items: Iterator[Item]) -> list[Item]:
    """The next items, as many as may be looked at together: some hold their content already."""
    ahead: list[Item] = []
    held = 0
    for item in items:
        ahead.append(item)
        held += item.size if item.blob else 0
        if len(ahead) == _AHEAD or held >= _AHEAD_BYTES:
            break
    return ahead


def _batches(
    ahead: list[Item],
    items: Iterator[Item],
    pending: dict[int, _Content],
    done: list[tuple[Item, list[Found] | Unscannable]],
) -> Iterator[list[Job]]:
    """The items, read, the biggest first of those that are looked at together."""
    numbers = itertools.count()
    while ahead:
        ahead.sort(key=lambda item: -item.size)
        batch: list[Job] = []
        size = 0
        for item in ahead:
            content = _Content(item)
            pieces = content.pieces()
            first = next(pieces, b"")
            if content.failure or is_binary(first):
                content.finish()
                done.append((item, content.failure or find_by_name(item.path, first)))
                continue
            number = next(numbers)
            pending[number] = content
            if content.large:
                yield [Job(number, item.path, itertools.chain((first,), pieces))]
                continue
            batch.append(Job(number, item.path, first))
            size += len(first)
            if size >= _BATCH or len(batch) == LARGEST_BATCH:
                yield batch
                batch, size = [], 0
        if batch:
            yield batch
        ahead = _ahead(items)


@runtime_checkable
class _InPieces(Protocol):
    """What can be read without having all of it in memory."""

    def pieces(self) -> Iterator[bytes]:
        """The content, bit by bit; raises OSError."""


class _Content:
    """The content of an item, read once: whole while it is small."""

    def __init__(self, item: Item) -> None:
        self.item = item
        self.large = item.size > (WHOLE_NOTEBOOK if item.path.endswith(".ipynb") else WHOLE)
        self.failure: Unscannable | None = None
        self._rest: Iterator[bytes] = iter(())

    def pieces(self) -> Iterator[bytes]:
        """Where reading fails, `failure` says so, and there are no more."""
        try:
            yield from self._pieces()
        except FileNotFoundError:
            return  # a step beside this one has removed the file
        except OSError as error:
            self.failure = Unscannable(error.strerror or str(error) or type(error).__name__)

    def _pieces(self) -> Iterator[bytes]:
        if not self.large:
            yield self.item.read()
        elif isinstance(source := cast("object", self.item.read), _InPieces):
            self._rest = source.pieces()
            yield from self._rest
        else:
            view = memoryview(self.item.read())
            for start in range(0, len(view), BLOCK):
                yield bytes(view[start : start + BLOCK])

    def finish(self) -> None:
        """Read an object of git to its end, before which nothing else can be read of the repository."""
        if self.item.blob:
            try:
                for _ in self._rest:
                    pass
            except OSError as error:
                self.failure = Unscannable(error.strerror or str(error))
