"""From the bytes of an item to text: every encoding that occurs, one kind of line break."""

from __future__ import annotations

_START = 8000
"""Bytes that tell whether a file is binary: git's own rule of thumb."""

# The longer marks first: that of UTF-32 begins like that of UTF-16.
_UNICODE_MARKS = {
    b"\xff\xfe\0\0": "utf-32",
    b"\0\0\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}


def is_binary(start: bytes) -> bool:
    """Whether the first bytes hold a NUL and are not marked as UTF-16 or UTF-32: no text of that item."""
    return b"\0" in start[:_START] and not marked_encoding(start)


def marked_encoding(start: bytes) -> str | None:
    """What the first bytes say, unless no byte is NUL: then nobody could read the text as they say."""
    if b"\0" not in start[:_START]:
        return None
    return next((name for mark, name in _UNICODE_MARKS.items() if start.startswith(mark)), None)


def text_of(content: bytes) -> str:
    r"""The text, its line breaks as `\n`. What is not UTF-8 is read byte by byte: a secret is ASCII."""
    return unix_lines(_decoded(content))


def unix_lines(text: str) -> str:
    r"""The text with `\n` for every line break of another system."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _decoded(content: bytes) -> str:
    for encoding in filter(None, (marked_encoding(content), "utf-8-sig")):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode("latin-1")
