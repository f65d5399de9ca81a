"""gRPC as its server sees it, without its transport: methods, their exchanges of messages, and statuses.

Source: grpc/doc/PROTOCOL-HTTP2.md and grpc/doc/statuscodes.md of the gRPC project.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from enum import IntEnum
from typing import Final, Protocol, TypeAlias

Metadata: TypeAlias = Mapping[str, tuple[str, ...]]
"""What a call says beside its messages: its headers, each with all of its values, names in lower
case."""

LARGEST_MESSAGE: Final = 4 << 20
"""Bytes of a received message: what gRPC's own servers take when they are not told otherwise."""

_PREFIX: Final = 5


class Status(IntEnum):
    """How a call ended: the few of the standard's statuses that are used here."""

    OK = 0
    UNKNOWN = 2
    INVALID_ARGUMENT = 3
    NOT_FOUND = 5
    RESOURCE_EXHAUSTED = 8
    UNIMPLEMENTED = 12
    INTERNAL = 13


class RpcError(Exception):
    """Ends a call with a status and a text, which the caller is told."""

    def __init__(self, status: Status, message: str) -> None:
        """`message` must hold nothing secret: it ends up in the build's error."""
        super().__init__(message)
        self.status = status
        self.message = message


class Exchange(Protocol):
    """One call: what the caller sends is put in, and what it gets is taken out when there is room.

    Nothing here waits or knows of a socket; that is why it can be tested without one. Every method may
    raise RpcError, which ends the call.
    """

    def receive(self, message: bytes) -> None:
        """Take a message of the caller."""

    def end(self) -> None:
        """Learn that the caller sends no more."""

    def next_message(self) -> bytes | None:
        """The next message for the caller, None while there is none."""

    @property
    def is_finished(self) -> bool:
        """Whether everything is said; asked when there is no next message."""

    def close(self) -> None:
        """Let go of files; called once, however the call ends."""


Method: TypeAlias = Callable[[Metadata], Exchange]
Methods: TypeAlias = Mapping[str, Method]
"""What is served, by path: `/package.Service/Method`."""


class Unary:
    """The exchange of a method that answers one message by one."""

    def __init__(self, answer: Callable[[bytes], bytes]) -> None:
        """`answer` may raise RpcError."""
        self._answer = answer
        self._reply: bytes | None = None
        self._answered = False

    def receive(self, message: bytes) -> None:
        """Answer."""
        self._reply = self._answer(message)
        self._answered = True

    def end(self) -> None:
        """Find that the one message was there."""
        if not self._answered:
            raise RpcError(Status.INVALID_ARGUMENT, "the call came without its message")

    def next_message(self) -> bytes | None:
        """The answer, once."""
        reply, self._reply = self._reply, None
        return reply

    @property
    def is_finished(self) -> bool:
        """Whether the answer was given."""
        return self._answered

    def close(self) -> None:
        """Nothing is held."""


def unary(answer: Callable[[bytes], bytes]) -> Method:
    """The method that answers each message by `answer`, whatever its metadata."""
    return lambda _: Unary(answer)


def frame(message: bytes) -> bytes:
    """A message as it goes into the stream: not compressed, its length, itself."""
    return b"\0" + len(message).to_bytes(4, "big") + message


class Deframer:
    """Cuts what a stream delivers into messages."""

    def __init__(self) -> None:
        """Start at the beginning of a stream."""
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The messages that are complete with `data`. Raises RpcError where one cannot be taken."""
        buffer = self._buffer
        buffer += data
        while len(buffer) >= _PREFIX:
            length = int.from_bytes(buffer[1:_PREFIX], "big")
            if buffer[0]:
                raise RpcError(Status.UNIMPLEMENTED, "compressed messages are not understood")
            if length > LARGEST_MESSAGE:
                raise RpcError(Status.RESOURCE_EXHAUSTED, f"a message of {length} bytes is too large")
            if len(buffer) < _PREFIX + length:
                return
            message = bytes(buffer[_PREFIX : _PREFIX + length])
            del buffer[: _PREFIX + length]
            yield message
