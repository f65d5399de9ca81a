"""The scan of an item's bytes: whole while it is small, else block by block, in limited time."""

from __future__ import annotations

import codecs
import io
import signal
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from secret_scan.engine.lines import OVERLAP
from secret_scan.engine.text import is_binary, marked_encoding, text_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import FrameType

    from secret_scan.engine.scan import TextScanner
    from secret_scan.values import Found

WHOLE = 8 << 20
"""Bytes of an item that is scanned in one piece, as INI or YAML if it is that."""

BLOCK = 1 << 20
"""Characters of a larger item that are scanned at once, as plain lines."""

LARGEST = 100 << 20
"""Bytes of an item that is scanned at all: what a forge takes at most."""

SECONDS = 60.0
"""How long a block, or a whole small item, may take. A common one takes a hundredth of a second."""


@dataclass(frozen=True)
class Unscannable:
    """An item that could not be scanned, or not to its end."""

    reason: str


class _LateError(Exception):
    """The time is up."""


def scan_content(
    scanner: TextScanner, path: str, chunks: Iterable[bytes], seconds: float = SECONDS
) -> list[Found] | Unscannable:
    """The findings in the content that comes in chunks; one chunk is the whole of it."""
    iterator = iter(chunks)
    content = next(iterator, b"")
    if is_binary(content):
        return []
    following = next(iterator, None)
    try:
        if following is None:
            with _time_limit(seconds):
                return scanner.scan(text_of(content), path)
        found: list[Found] = []
        for text, first, column in _blocks(_joined(content, following, iterator), marked_encoding(content)):
            with _time_limit(seconds):
                found += scanner.scan(text, path, first=first, column=column)
    except _LateError:
        return Unscannable(f"its scan took longer than {seconds:g} s")
    except MemoryError:
        return Unscannable("its scan took too much memory")
    return list({(one.rule, one.value, one.line): one for one in reversed(found)}.values())[::-1]


def _joined(first: bytes, second: bytes, rest: Iterable[bytes]) -> Iterator[bytes]:
    yield first
    yield second
    yield from rest


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
            codecs.getincrementaldecoder(encoding or "utf-8-sig")(), translate=True
        )

    reader = decoder()
    for chunk in chunks:
        try:
            yield reader.decode(chunk)
        except UnicodeDecodeError:
            reader = decoder()
            yield text_of(chunk) if encoding is None else chunk.decode("latin-1")
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
        raise _LateError

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
