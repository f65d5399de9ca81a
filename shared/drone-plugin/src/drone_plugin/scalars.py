"""One value from one word: truth, numbers, durations, sizes."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema

TRUE = frozenset({"true", "yes", "on", "1", "y", "t"})
FALSE = frozenset({"false", "no", "off", "0", "n", "f"})

_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_WHOLE = re.compile(r"([+-]?)0*(\d+)", re.ASCII)
_DURATION = re.compile(r"(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+", re.ASCII)
_DURATION_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)", re.ASCII)
_SIZE = re.compile(r"(\d{1,20}(?:\.\d{1,20})?) ?(B|[kMGT]B|[KMGT]iB)", re.ASCII | re.IGNORECASE)
_BYTES = {
    "TiB": 1 << 40,
    "TB": 10**12,
    "GiB": 1 << 30,
    "GB": 10**9,
    "MiB": 1 << 20,
    "MB": 10**6,
    "KiB": 1 << 10,
    "kB": 10**3,
    "B": 1,
}
_FACTORS = {unit.lower(): factor for unit, factor in _BYTES.items()}


class DecodeError(ValueError):
    """The text is not a value of the setting's type; the message fits after `settings.name: `."""


class Size(int):
    """A number of bytes that prints itself as one writes it: `512MB`, `2GiB`."""

    def __str__(self) -> str:
        """The largest unit that it is a whole number of."""
        factor, unit = max((factor, unit) for unit, factor in _BYTES.items() if self % factor == 0)
        return f"{int(self) // factor}{unit}" if self else "0B"

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: object, _handler: GetCoreSchemaHandler) -> CoreSchema:
        """To pydantic a whole number, so that `ge` and `le` hold for it."""
        from pydantic_core import core_schema  # noqa: PLC0415 - what only prints needs none of it

        return core_schema.no_info_after_validator_function(cls, core_schema.int_schema())


def quoted(text: str, limit: int = 60) -> str:
    """`text` in double quotes for an error message: on one line, cut, and escaped where it would not show.

    A login inside of an address is left out.
    """
    text = _without_login(text)
    shown = json.dumps(text if len(text) <= limit else text[: limit - 1] + "…", ensure_ascii=False)
    return "".join(char if char.isprintable() else json.dumps(char)[1:-1] for char in shown)


def printable(text: str) -> str:
    """`text` as a log shows it: as it is where that is printable, else in double quotes."""
    return text if text.isprintable() else quoted(text, 200)


def _without_login(text: str) -> str:
    start, end = text.find("://") + len("://"), text.rfind("@")
    return f"{text[:start]}…{text[end:]}" if len("://") <= start < end else text


def boolean(text: str) -> bool:
    """YAML 1.1's words and Go's: true, yes, on, 1, y, t and their opposites, in any case."""
    word = text.lower()
    if word in TRUE:
        return True
    if word in FALSE:
        return False
    raise DecodeError(f"{quoted(text)} is neither true nor false; write one of the two")


def integer(text: str) -> int:
    """Whole numbers, also as Go prints large ones (`1e+06`) and as a float (`3.0`)."""
    value = number(text, "a whole number")
    if not value.is_integer():
        raise DecodeError(f"{quoted(text)} is not a whole number")
    whole = _WHOLE.fullmatch(text)
    return int(whole[1] + whole[2]) if whole else int(value)


def number(text: str, kind: str = "a number") -> float:
    """Decimal notation with an optional exponent; not Python's `nan`, `inf` and `1_000`."""
    if not _NUMBER.fullmatch(text):
        raise DecodeError(f"{quoted(text)} is not {kind}")
    value = float(text)
    if value in {float("inf"), float("-inf")}:
        raise DecodeError(f"{quoted(text)} is too large")
    return value


def duration(text: str) -> timedelta:
    """A sum of numbers with the units ms, s, m, h and d: `90s`, `1h30m`. A bare number has no meaning."""
    compact = text.replace(" ", "")
    if not _DURATION.fullmatch(compact):
        raise DecodeError(f"{quoted(text)} is not a duration; write 90s, 15m or 2h")
    try:
        return timedelta(seconds=sum(float(n) * _UNITS[unit] for n, unit in _DURATION_PART.findall(compact)))
    except OverflowError:
        raise DecodeError(f"{quoted(text)} is too long") from None


def size(text: str) -> Size:
    """Bytes with a unit, decimal or binary: `512MB` are 512 000 000, `512MiB` 536 870 912.

    `512M` means the one to Kubernetes and the other to Docker, and a bare number nothing: both are refused.
    """
    found = _SIZE.fullmatch(text)
    if not found:
        raise DecodeError(f"{quoted(text)} is not a size; write 512MB, 512MiB or 2GB")
    value = Decimal(found[1]) * _FACTORS[found[2].lower()]
    if value != int(value):
        raise DecodeError(f"{quoted(text)} is not a whole number of bytes")
    return Size(value)
