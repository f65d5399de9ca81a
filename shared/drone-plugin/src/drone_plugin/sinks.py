"""Where the output of a program goes: all of it, its end, or its lines."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

TAIL: Final = 64 * 2**10
"""Bytes of the end of an output that are kept for the message of a failure."""
LONGEST_LINE: Final = 2**20
"""Bytes of one line that are kept, so that a secret in what is shown of it is whole when it is looked for."""

_LINE_END = re.compile(rb"\r\n|\n|\r(?!$)")


class OverflowingError(Exception):
    """It printed more than its caller takes."""

    def __init__(self, limit: int) -> None:
        """`limit` is in bytes."""
        super().__init__(limit)
        self.limit = limit


class Whole:
    """Keeps all, up to a limit."""

    def __init__(self, limit: int) -> None:
        """`limit` is in bytes."""
        self._data = bytearray()
        self._limit = limit

    def __call__(self, data: bytes) -> None:
        """The next piece."""
        if len(self._data) + len(data) > self._limit:
            raise OverflowingError(self._limit)
        self._data += data

    def value(self) -> bytes:
        """What is kept."""
        return bytes(self._data)


class Tail:
    """Keeps the end."""

    def __init__(self) -> None:
        self._data = bytearray()

    def __call__(self, data: bytes) -> None:
        """The next piece."""
        self._data += data
        if len(self._data) > 2 * TAIL:
            del self._data[:-TAIL]

    def value(self) -> bytes:
        """What is kept."""
        return bytes(self._data[-TAIL:])


class Lines:
    """Cuts pieces into lines; of one without an end, what is beyond `LONGEST_LINE` is dropped."""

    def __init__(self, say: Callable[[str], None]) -> None:
        """`say` gets each line as text, without its end."""
        self._pending = b""
        self._say = say

    def __call__(self, data: bytes) -> None:
        """The next piece."""
        if len(self._pending) >= LONGEST_LINE and not _LINE_END.search(data):
            return
        *lines, rest = _LINE_END.split(self._pending + data)
        for line in lines:
            self._say(line.decode("utf-8", "replace"))
        self._pending = rest[:LONGEST_LINE]

    def finish(self) -> None:
        """Say the last line, when it has no end."""
        if self._pending:
            self._say(self._pending.rstrip(b"\r").decode("utf-8", "replace"))
            self._pending = b""
