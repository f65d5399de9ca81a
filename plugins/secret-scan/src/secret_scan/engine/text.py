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
    """Whether the first bytes hold a NUL and are no UTF-16 or UTF-32: no text of that item."""
    return b"\0" in start[:_START] and not wide_encoding(start)


def wide_encoding(start: bytes) -> str | None:
    """UTF-16 or UTF-32, by its mark, or by how its first bytes look; None for anything else.

    Without a NUL it is neither, whatever the mark: nobody could read the text so.
    """
    if b"\0" not in start[:_START]:
        return None
    marked = next((name for mark, name in _UNICODE_MARKS.items() if start.startswith(mark)), None)
    return marked or _unmarked_encoding(start[: min(len(start), _START) // 2 * 2])


def _unmarked_encoding(start: bytes) -> str | None:
    """UTF-16 as PowerShell's `-Encoding Unicode` without a mark, SQL Server's scripts and registry files are.

    Every other byte is NUL in nearly all of it, and beside these stand characters of text; numbers of 16
    bits, which have as many NULs, have others, too.
    """
    for first, name in ((0, "utf-16-le"), (1, "utf-16-be")):
        low, high = start[first::2], start[1 - first :: 2]
        if len(low) >= _FEWEST and high.count(0) >= _MOSTLY * len(high):
            beside = bytes(letter for letter, zero in zip(low, high, strict=True) if not zero)
            if not beside.translate(None, _TEXT):
                return name
    return None


_FEWEST = 8
_MOSTLY = 0.7
_TEXT = bytes([*b"\t\n\f\r", *range(0x20, 0x7F), *range(0xA0, 0x100)])


def text_of(content: bytes) -> str:
    r"""The text, its line breaks as `\n`. What is not UTF-8 is read byte by byte: a secret is ASCII."""
    return unix_lines(_decoded(content))


def unix_lines(text: str) -> str:
    r"""The text with `\n` for every line break of another system."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _decoded(content: bytes) -> str:
    wide = wide_encoding(content)
    if wide:
        return content.decode(wide, "replace")  # half a character spoils no other
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")
