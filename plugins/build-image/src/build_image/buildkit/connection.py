"""The HTTP/2 side of the session, without a socket: bytes in, calls answered, bytes out.

BuildKit turns the roles around: the client opens the connection, and then the engine is the one that
calls (moby/buildkit session/grpc.go). Frames, header compression and windows are h2's.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import (
    ConnectionTerminated,
    DataReceived,
    RequestReceived,
    StreamEnded,
    StreamReset,
)
from h2.exceptions import ProtocolError
from h2.settings import SettingCodes, Settings

from build_image.buildkit.errors import EngineLostError
from build_image.buildkit.grpc import Deframer, RpcError, Status, frame

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from h2.events import Event

    from build_image.buildkit.grpc import Exchange, Metadata, Methods

LARGEST_HEADERS: Final = 16 << 20
"""Bytes: an ignore file of thousands of lines arrives as headers, and h2's own limit is 64 KiB."""

MOST_CALLS: Final = 1000

_BUFFERED: Final = 128 * 1024
"""Bytes of a call's messages that wait for the window to open: a few frames."""

_LONGEST_TEXT: Final = 4096
_SAFE: Final = " !\"#$&'()*+,/:;<=>?@[\\]^`{|}"
"""What gRPC leaves as it is in the text of a status: all of ASCII that can be seen, but `%`."""

_RESPONSE: Final = [(":status", "200"), ("content-type", "application/grpc")]


@dataclass(slots=True)
class _Call:
    """A call in progress."""

    exchange: Exchange
    deframer: Deframer = field(default_factory=Deframer)
    waiting: bytearray = field(default_factory=bytearray)


class Connection:
    """A gRPC server for the one client at the other end of a connection."""

    def __init__(self, methods: Methods) -> None:
        """`methods` are served; every other one is unimplemented."""
        self._methods = methods
        self._calls: dict[int, _Call] = {}
        self._h2 = H2Connection(H2Configuration(client_side=False, header_encoding=None))
        self._h2.local_settings = Settings(
            client=False,
            initial_values={
                SettingCodes.MAX_HEADER_LIST_SIZE: LARGEST_HEADERS,
                SettingCodes.MAX_CONCURRENT_STREAMS: MOST_CALLS,
            },
        )
        self._h2.decoder.max_header_list_size = LARGEST_HEADERS
        self._h2.initiate_connection()
        self.is_closed = False
        """Whether the engine said that it will not call again."""
        self.failure: Exception | None = None
        """The first error that was not the engine's: a file that cannot be read, or a mistake of
        ours."""

    def receive(self, data: bytes) -> None:
        """Take what arrived. Raises EngineLostError where it is no HTTP/2."""
        try:
            events = self._h2.receive_data(data)
        except ProtocolError as error:
            raise EngineLostError(f"the engine does not speak HTTP/2 as it should: {error}") from error
        for event in events:
            self._handle(event)

    def send(self, limit: int) -> bytes:
        """About `limit` bytes of what there is to send: a frame of each call that has room, in turn."""
        out = bytearray(self._h2.data_to_send())
        while len(out) < limit and not self.is_closed:
            moved = [self._advance(stream, call) for stream, call in list(self._calls.items())]
            out += self._h2.data_to_send()
            if not any(moved):
                break
        return bytes(out)

    def close(self) -> None:
        """Let go of what the calls hold."""
        for stream in list(self._calls):
            self._drop(stream)

    def _handle(self, event: Event) -> None:
        match event:
            case RequestReceived(stream_id=int(stream), headers=headers):
                self._begin(stream, _metadata(headers or []))
            case DataReceived(stream_id=int(stream), data=data, flow_controlled_length=int(length)):
                self._h2.acknowledge_received_data(length, stream)
                self._guarded(stream, lambda call: self._feed(call, data or b""))
            case StreamEnded(stream_id=int(stream)):
                self._guarded(stream, lambda call: call.exchange.end())
            case StreamReset(stream_id=int(stream)):
                self._drop(stream)
            case ConnectionTerminated():
                self.is_closed = True
            case _:
                pass

    def _begin(self, stream: int, metadata: Metadata) -> None:
        path = "".join(metadata.get(":path", ()))
        method = self._methods.get(path)
        if method is None:
            self._end(stream, RpcError(Status.UNIMPLEMENTED, f"unknown method {path}"), is_begun=False)
            return
        try:
            exchange = method(metadata)
        except RpcError as error:
            self._end(stream, error, is_begun=False)
            return
        except Exception as error:  # noqa: BLE001 - a tree's own errors are told to both sides, whatever they are
            self._end(stream, self._failed(error), is_begun=False)
            return
        self._calls[stream] = _Call(exchange)
        with suppress(ProtocolError):  # the caller has gone already
            self._h2.send_headers(stream, _RESPONSE)

    def _feed(self, call: _Call, data: bytes) -> None:
        for message in call.deframer.feed(data):
            call.exchange.receive(message)

    def _advance(self, stream: int, call: _Call) -> bool:
        """Send a frame of a call, or its end; whether there was something to send and room for it."""
        self._guarded(stream, _fill)
        if stream not in self._calls:
            return True
        if call.waiting:
            room = min(self._h2.local_flow_control_window(stream), self._h2.max_outbound_frame_size)
            if room <= 0:
                return False
            self._h2.send_data(stream, bytes(call.waiting[:room]))
            del call.waiting[:room]
            return True
        if call.exchange.is_finished:
            self._end(stream, RpcError(Status.OK, ""))
            return True
        return False

    def _guarded(self, stream: int, action: Callable[[_Call], object]) -> None:
        """Do something with a call that is still going on; an error ends the call."""
        call = self._calls.get(stream)
        if call is None:
            return
        try:
            action(call)
        except RpcError as error:
            self._end(stream, error)
        except Exception as error:  # noqa: BLE001 - as above
            self._end(stream, self._failed(error))

    def _failed(self, error: Exception) -> RpcError:
        self.failure = self.failure or error
        return RpcError(Status.UNKNOWN, str(error) or type(error).__name__)

    def _end(self, stream: int, end: RpcError, *, is_begun: bool = True) -> None:
        """End a call. What waits for a window is not sent where the call failed."""
        self._drop(stream)
        message = quote(end.message[:_LONGEST_TEXT], safe=_SAFE, errors="replace")
        trailers = [("grpc-status", str(end.status.value)), ("grpc-message", message)]
        with suppress(ProtocolError):  # as above
            self._h2.send_headers(stream, trailers if is_begun else [*_RESPONSE, *trailers], end_stream=True)

    def _drop(self, stream: int) -> None:
        call = self._calls.pop(stream, None)
        if call is not None:
            call.exchange.close()


def _fill(call: _Call) -> None:
    """Ask for messages until there are enough for a while."""
    while len(call.waiting) < _BUFFERED:
        message = call.exchange.next_message()
        if message is None:
            return
        call.waiting += frame(message)


def _metadata(headers: Iterable[tuple[bytes, bytes]]) -> Metadata:
    """Headers by name. Older engines send patterns that are not ASCII as they are."""
    gathered: dict[str, list[str]] = {}
    for name, value in headers:
        gathered.setdefault(name.decode("ascii", "replace"), []).append(
            value.decode("utf-8", "surrogateescape")
        )
    return {name: tuple(values) for name, values in gathered.items()}
