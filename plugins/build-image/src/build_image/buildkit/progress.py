"""What the engine says about a build: `moby.buildkit.trace`, decoded.

Source: moby/buildkit api/services/control/control.proto (`StatusResponse`); moby
builder/builder-next/builder.go wraps it into the build's stream of JSON. A vertex is a step: an
instruction of the Dockerfile, a base image, an export. The engine repeats a vertex with all that it
knows each time that something about it changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from build_image.buildkit.protobuf import Message

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Vertex:
    """The state of a step."""

    digest: str
    """Names the step in this build."""
    name: str
    """`[2/3] RUN make`, `[internal] load build context`, `exporting to image`."""
    started: float | None = None
    """Seconds since 1970, by the engine's clock; None before it runs."""
    completed: float | None = None
    is_cached: bool = False
    error: str = ""

    @property
    def seconds(self) -> float:
        """How long it took; 0 until it is completed."""
        return (
            0.0 if self.started is None or self.completed is None else max(self.completed - self.started, 0.0)
        )


@dataclass(frozen=True, slots=True)
class Transfer:
    """The state of something within a step that is counted: bytes of a layer, files of the context."""

    vertex: str
    """The digest of its step."""
    id: str
    """`sha256:…` of a layer, `transferring context:`, `exporting layers`."""
    current: int = 0
    total: int = 0
    """0 where it is not known."""
    is_completed: bool = False


@dataclass(frozen=True, slots=True)
class Output:
    """What the program of a RUN wrote, in pieces that are no lines."""

    vertex: str
    """The digest of its step."""
    data: bytes
    is_error: bool = False
    """Whether it came on the standard error stream."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What the Dockerfile's own checks found (engines from 23.0)."""

    vertex: str
    """The digest of its step."""
    text: str
    detail: tuple[str, ...] = ()
    url: str = ""


_STDERR = 2

Event: TypeAlias = Vertex | Transfer | Output | Finding


def decode_status(message: bytes) -> Iterator[Event]:
    """The events of one `StatusResponse`, steps first. Raises WireError where it is none."""
    status = Message(message)
    for vertex in status.messages(1):
        yield _vertex(vertex)
    for transfer in status.messages(2):
        yield Transfer(
            transfer.text(2),
            transfer.text(1),
            transfer.signed(4),
            transfer.signed(5),
            is_completed=transfer.message(8) is not None,
        )
    for log in status.messages(3):
        yield Output(log.text(1), log.data(4), is_error=log.number(3) == _STDERR)
    for warning in status.messages(4):
        details = (detail.decode(errors="replace") for detail in warning.repeated(4))
        yield Finding(warning.text(1), warning.text(3), tuple(details), warning.text(5))


def _vertex(vertex: Message) -> Vertex:
    return Vertex(
        vertex.text(1),
        vertex.text(3),
        _seconds(vertex.message(5)),
        _seconds(vertex.message(6)),
        is_cached=bool(vertex.number(4)),
        error=vertex.text(7),
    )


def _seconds(timestamp: Message | None) -> float | None:
    """A `google.protobuf.Timestamp`."""
    return None if timestamp is None else timestamp.signed(1) + timestamp.signed(2) / 1e9
