"""The scan of an item's bytes: whole while it is small, else block by block, in limited time."""

from __future__ import annotations

import codecs
import io
import itertools
import signal
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from secret_scan.engine.lines import OVERLAP
from secret_scan.engine.text import is_binary, text_of, unix_lines, wide_encoding
from secret_scan.names import find_by_name, joined
from secret_scan.notebooks import cells

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import FrameType

    from secret_scan.engine.scan import TextScanner
    from secret_scan.values import Found

WHOLE = 8 << 20
"""Bytes of an item that is scanned in one piece."""

WHOLE_NOTEBOOK = 32 << 20
"""The same of a notebook, whose cells can only be told apart when all of it is there."""

BLOCK = 1 << 20
"""Characters of a larger item that are scanned at once."""

SECONDS = 60.0
"""How long a block, or a whole small item, may take. A common one takes a hundredth of a second."""

_MOST_BLOCKS = 10
"""How many times as long an item of many blocks may take."""


@dataclass(frozen=True)
class Unscannable:
    """An item that could not be scanned, or not to its end."""

    reason: str


class _LateError(Exception):
    """The time is up."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds


def scan_content(
    scanner: TextScanner, path: str, chunks: Iterable[bytes], seconds: float = SECONDS
) -> list[Found] | Unscannable:
    """The findings in the content that comes in chunks; one chunk is the whole of it."""
    iterator = iter(chunks)
    content = next(iterator, b"")
    if is_binary(content):
        return find_by_name(path, content)
    following = next(iterator, None)
    try:
        if following is None:
            with _time_limit(seconds):
                return joined(_scan_text(scanner, text_of(content), path), find_by_name(path, content))
        everything = itertools.chain((content, following), iterator)
        return _scan_blocks(scanner, path, everything, wide_encoding(content), seconds)
    except _LateError as late:
        return Unscannable(f"its scan took longer than {late.seconds:g} s")
    except MemoryError:
        return Unscannable("its scan took too much memory")


def _scan_text(scanner: TextScanner, text: str, path: str) -> list[Found]:
    """A notebook by its cells, everything else as it is."""
    if not path.endswith(".ipynb"):
        return scanner.scan(text, path)
    try:
        parts = [(cell, unix_lines(cell.text)) for cell in cells(text)]
    except ValueError:
        return scanner.scan(text, path)
    return [
        replace(one, cell=cell.name)
        for cell, part in parts
        for one in scanner.scan(part, path + cell.ending, first=cell.first_line)
    ]


def _scan_blocks(
    scanner: TextScanner, path: str, chunks: Iterable[bytes], encoding: str | None, seconds: float
) -> list[Found]:
    end = time.monotonic() + seconds * _MOST_BLOCKS
    found: dict[tuple[str, str, int], Found] = {}
    for text, line, column in _blocks(chunks, encoding):
        if time.monotonic() > end:
            raise _LateError(seconds * _MOST_BLOCKS)
        with _time_limit(seconds):
            for one in scanner.scan(text, path, first=line, column=column):
                found.setdefault((one.rule, one.value, one.line), one)
    return list(found.values())


def _blocks(chunks: Iterable[bytes], encoding: str | None) -> Iterator[tuple[str, int, int]]:
    """Text of whole lines as far as these end, the number of its first line, and what that has before it."""
    held, first, column = "", 1, 0
    for piece in _decoded(chunks, encoding):
        held += piece
        if len(held) < BLOCK:
            continue
        end = held.rfind("\n") + 1
        keep = end or len(held) - OVERLAP
        yield held[: end or len(held)], first, column
        if end:
            first, column = first + held.count("\n", 0, end), 0
        else:
            column += keep
        held = held[keep:]
    if held:
        yield held, first, column


def _decoded(chunks: Iterable[bytes], encoding: str | None) -> Iterator[str]:
    """The text, chunk by chunk; one that is not UTF-8 is read byte by byte, as `text_of` reads the whole."""

    def decoder() -> io.IncrementalNewlineDecoder:
        return io.IncrementalNewlineDecoder(
            codecs.getincrementaldecoder(encoding or "utf-8-sig")("replace" if encoding else "strict"),
            translate=True,
        )

    reader = decoder()
    for chunk in chunks:
        try:
            yield reader.decode(chunk)
        except UnicodeDecodeError:
            reader = decoder()
            yield text_of(chunk)
    try:
        yield reader.decode(b"", final=True)
    except UnicodeDecodeError:
        return  # half a character at the end


@contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    """Ends the block when its time is up: the `re` module looks for signals while it searches."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def late(_signal: int, _frame: FrameType | None) -> None:
        raise _LateError(seconds)

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
