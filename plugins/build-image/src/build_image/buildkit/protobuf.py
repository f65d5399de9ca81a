"""Protocol Buffers' wire format, as far as BuildKit's messages need it: no schema, no generated code.

Source: protobuf.dev, "Encoding". Numbers are unsigned on the wire; a negative `int64` is its two's
complement.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

Value: TypeAlias = int | bytes

_VARINT: Final = 0
_FIXED64: Final = 1
_LENGTH_DELIMITED: Final = 2
_FIXED32: Final = 5
_FIXED: Final = {_FIXED64: 8, _FIXED32: 4}
_64_BITS: Final = (1 << 64) - 1
_LONGEST: Final = 10
"""Bytes of the longest number: 64 bits in sevens."""


class WireError(ValueError):
    """The bytes are no message."""


def number_field(field: int, number: int) -> bytes:
    """A field of an integer, enumeration or truth; none at all for 0, which is what that means."""
    return _varint(field << 3 | _VARINT) + _varint(number & _64_BITS) if number else b""


def bytes_field(field: int, data: bytes) -> bytes:
    """A field of bytes; none at all for empty ones, which is what that means."""
    return message_field(field, data) if data else b""


def text_field(field: int, text: str) -> bytes:
    """A field of text. Names of files that are no UTF-8 are sent as the bytes that they are."""
    return bytes_field(field, text.encode("utf-8", "surrogateescape"))


def message_field(field: int, message: bytes) -> bytes:
    """A field of a message, which unlike bytes may be empty and still be there."""
    return _varint(field << 3 | _LENGTH_DELIMITED) + _varint(len(message)) + message


class Message:
    """A received message. A field that is absent is 0, empty or no message at all, as in proto3."""

    def __init__(self, data: bytes) -> None:
        """Raises WireError where `data` is cut short or no message."""
        self._fields: dict[int, list[Value]] = {}
        for field, value in _fields(data):
            self._fields.setdefault(field, []).append(value)

    def number(self, field: int) -> int:
        """An integer, as unsigned; the last one where there are several."""
        return next((value for value in self._latest(field) if isinstance(value, int)), 0)

    def signed(self, field: int) -> int:
        """An `int64`, which may be negative."""
        number = self.number(field)
        return number - (1 << 64) if number >> 63 else number

    def data(self, field: int) -> bytes:
        """Bytes; the last ones where there are several."""
        return next((value for value in self._latest(field) if isinstance(value, bytes)), b"")

    def text(self, field: int) -> str:
        """Text; bytes that are no UTF-8 stay what they are."""
        return self.data(field).decode("utf-8", "surrogateescape")

    def message(self, field: int) -> Message | None:
        """A message within this one."""
        return Message(self.data(field)) if field in self._fields else None

    def messages(self, field: int) -> list[Message]:
        """The messages of a repeated field."""
        return [Message(value) for value in self.repeated(field)]

    def repeated(self, field: int) -> list[bytes]:
        """The bytes of a repeated field."""
        return [value for value in self._fields.get(field, ()) if isinstance(value, bytes)]

    def _latest(self, field: int) -> Iterator[Value]:
        return reversed(self._fields.get(field, []))


def _fields(data: bytes) -> Iterator[tuple[int, Value]]:
    at = 0
    while at < len(data):
        key, at = _read_varint(data, at)
        kind = key & 0b111
        if kind == _VARINT:
            number, at = _read_varint(data, at)
            yield key >> 3, number
            continue
        if kind == _LENGTH_DELIMITED:
            length, at = _read_varint(data, at)
        elif kind in _FIXED:
            length = _FIXED[kind]
        else:
            raise WireError(f"field {key >> 3} is of wire type {kind}, which BuildKit does not use")
        if at + length > len(data):
            raise WireError(f"field {key >> 3} is cut short")
        yield key >> 3, data[at : at + length]
        at += length


def _varint(number: int) -> bytes:
    if number < 0x80:  # noqa: PLR2004 - the seven bits of one byte, which most numbers fit into
        return bytes((number,))
    out = bytearray()
    while number > 0x7F:  # noqa: PLR2004 - as above
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    """The number at `at`, and where the next thing begins."""
    number = 0
    for index, byte in enumerate(data[at : at + _LONGEST]):
        number |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:  # noqa: PLR2004 - the bit that says that more follow
            return number & _64_BITS, at + index + 1
    raise WireError("a number is cut short")
