"""A step's log on its way from the engine to the server: cards taken out, secrets masked, frame by frame."""

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterable

MASK = b"******"
_CARD_START, _CARD_END = b"\x1b]1338;", b"\x1b]0m"
_SHORTEST_MASKED = 2


def mask_pattern(secrets: Iterable[str]) -> re.Pattern[bytes] | None:
    """What the runner stars out: every line of every secret, trimmed, of two bytes or more.

    Where several match at one place the first listed wins, not the longest.
    """
    parts = [part.strip().encode() for secret in secrets for part in secret.split("\n")]
    known = [re.escape(part) for part in parts if len(part) >= _SHORTEST_MASKED]
    return re.compile(b"|".join(known)) if known else None


class StepLog:
    """Collects the frames of one step; a frame is a line, 16 KiB of one, or what was left at the end.

    Like the runner it masks each frame by itself, and takes out of the log a frame that begins with the
    escape of a card, and those after it until the card ends.
    """

    def __init__(self, mask: re.Pattern[bytes] | None, on_text: Callable[[str], None] | None = None) -> None:
        self._mask = mask
        self._on_text = on_text
        self._raw: list[bytes] = []
        self._masked: list[bytes] = []
        self._card = b""
        self._in_card = False

    def write(self, frame: bytes) -> None:
        """Take the next frame."""
        self._raw.append(frame)
        if self._in_card or frame.startswith(_CARD_START):
            self._in_card = _CARD_END not in frame
            self._card += frame.strip().removeprefix(_CARD_START).removesuffix(_CARD_END)
            return
        masked = self._mask.sub(MASK, frame) if self._mask else frame
        self._masked.append(masked)
        if self._on_text:
            self._on_text(masked.decode(errors="replace"))

    @property
    def text(self) -> str:
        """What the server would show."""
        return b"".join(self._masked).decode(errors="replace")

    @property
    def raw(self) -> str:
        """What the container wrote, cards included."""
        return b"".join(self._raw).decode(errors="replace")

    @property
    def card(self) -> str | None:
        """The card as JSON text; None when there is none, or the server would drop it."""
        try:
            text = base64.b64decode(self._card, validate=True).decode()
            json.loads(text)
        except (binascii.Error, ValueError):
            return None
        return text
