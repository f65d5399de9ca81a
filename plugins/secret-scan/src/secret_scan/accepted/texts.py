"""The text of an item as people see it: lines, in a notebook those of each cell."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGEST = 16 * 2**20
"""Bytes of a file that are looked at for comments: what is larger has none that count."""

# The longer marks first: that of UTF-32 begins like that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (codecs.BOM_UTF8, "utf-8-sig"),
)


def decoded(content: bytes) -> str:
    """The text of a file, whatever it is: by its mark, as UTF-8, else as Latin-1."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content.decode(encoding, "replace")
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content.decode("latin-1")


def blocks(_path: str, content: bytes) -> Iterator[tuple[str, list[str]]]:
    """The lines of the whole, named "", or of each cell of a notebook, named as findings name them."""
    text = decoded(content[:LARGEST])
    yield "", text.split("\n")
