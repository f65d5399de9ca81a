"""Text in base64 or hex."""

from __future__ import annotations

import base64
import binascii
import re


def text_in_base64(word: str) -> str:
    """What a word means in base64, or in hex; empty if that is no text."""
    if _HEX.fullmatch(word) and (text := _text(bytes.fromhex(word[: len(word) // 2 * 2]))):
        return text
    word = word.rstrip("=").replace("-", "+").replace("_", "/")
    word = word[: len(word) - (len(word) % 4 == 1)]
    # The first bytes tell in most cases, and are soon decoded.
    if len(word) > _START and not _text(base64.b64decode(word[:_START])):
        return ""
    try:
        return _text(base64.b64decode(word + "=" * (-len(word) % 4)))
    except (binascii.Error, ValueError):
        return ""


_HEX = re.compile(r"[0-9A-Fa-f]{32,}")
_START = 24
_NO_TEXT = re.compile(r"[^\t\n\r\x20-\x7e]")


def _text(data: bytes) -> str:
    """The bytes as ASCII text, or as UTF-16 without a mark, as PowerShell takes it; empty if neither."""
    if data[1:2] == b"\0" and not any(data[1::2]):
        data = data[::2]
    text = data.decode("latin-1")
    return "" if _NO_TEXT.search(text) else text
