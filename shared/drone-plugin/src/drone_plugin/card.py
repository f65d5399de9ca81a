"""Drone's cards: one small page beside the log of a step, written into that log in a frame of its own.

The server keeps JSON of two keys: the address of an Adaptive Card template, which the *browser* fetches, and
the data for it. Between stands Drone's extractor (drone `livelog/extractor/writer.go`): it drops a card, and
sometimes the rest of the log with it, without a word, for any of the reasons that `frame` and `send` see to.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from drone_plugin.files import write_whole
from drone_plugin.masking import Json, masked

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from drone_plugin.environment import Environment
    from drone_plugin.lines import LineStream
    from drone_plugin.redact import Redactor


LARGEST = 12 * 1024
"""Bytes of JSON: a larger card takes several frames, each a chance to be torn; MySQL cuts at 64 KiB."""

STDOUT = "/dev/stdout"
"""Where Drone's runner wants the card; elsewhere it is a file."""

_START, _END = b"\x1b]1338;", b"\x1b]0m"
_FRAME = 16 * 1024
"""Docker's engine hands a longer line on in pieces of so many bytes (moby `daemon/logger/copier.go`)."""


class CardError(ValueError):
    """A card that the server would drop."""


@dataclass(frozen=True)
class Card:
    """What a card shows: address of its template, data, and the same as lines for a log without cards."""

    template_url: str
    data: Mapping[str, Json]
    text: tuple[str, ...] = ()


def encode(card: Card, redactor: Redactor) -> bytes:
    """The card as JSON, without secrets.

    Raises CardError where it is too large, or where a secret holds what JSON is made of.
    """
    shown = {"schema": redactor(card.template_url), "data": masked(card.data, redactor)}
    text = json.dumps(shown, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    try:
        json.loads(redactor(text))
    except ValueError:
        raise CardError("a secret reaches beyond a value of it") from None
    data = redactor(text).encode("utf-8", "backslashreplace")
    if len(data) > LARGEST:
        raise CardError(f"it has {len(data)} bytes, more than {LARGEST}")
    return data


def frame(data: bytes) -> bytes:
    """`data` as the line that Drone takes out of the log, to be written from the start of a line.

    The engine cuts the line after each 16 KiB. Were the end mark cut in two, the extractor would not see it
    and would swallow the rest of the log: a blank behind the JSON moves it.
    """
    while True:
        line = _START + base64.b64encode(data) + _END
        first = len(line) - len(_END)
        if first // _FRAME == (len(line) - 1) // _FRAME:
            return line + b"\n"
        data += b" "


def takes_cards(environment: Environment) -> bool:
    """Whether somebody reads cards. `drone exec`, whose builds have number 0, swallows them."""
    if not environment.get("DRONE_CARD_PATH"):
        return False
    return environment.get("DRONE_CARD_PATH") != STDOUT or environment.get("DRONE_BUILD_NUMBER") != "0"


def send(card: Card, environment: Environment, stream: LineStream) -> None:
    """Put the card where `DRONE_CARD_PATH` says. Raises CardError, or OSError for a file."""
    data = encode(card, stream.redactor)
    path = environment.get("DRONE_CARD_PATH", "")
    if path == STDOUT:
        stream.put(frame(data))
    else:
        write_whole(Path(path), data.decode())


def aligned(rows: Iterable[Sequence[str]], *, widest: int = 80) -> list[str]:
    """Rows in columns, for a log. A cell wider than `widest` moves only what stands beside it."""
    table = [list(row) for row in rows]
    count = max(map(len, table), default=0)
    widths = [
        min(widest, max((len(row[at]) for row in table if at < len(row)), default=0)) for at in range(count)
    ]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False)).rstrip()
        for row in table
    ]
