"""The server of calls, against h2's own client, without a socket."""

from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import unquote

import pytest
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import DataReceived, Event, ResponseReceived, StreamEnded, TrailersReceived
from h2.settings import SettingCodes

from build_image.buildkit.connection import Connection
from build_image.buildkit.errors import EngineLostError
from build_image.buildkit.grpc import (
    LARGEST_MESSAGE,
    Deframer,
    Methods,
    RpcError,
    Status,
    frame,
    unary,
)


@dataclass
class Reply:
    """What a call got so far."""

    headers: dict[str, str] = field(default_factory=dict)
    data: bytearray = field(default_factory=bytearray)
    is_ended: bool = False

    @property
    def messages(self) -> list[bytes]:
        """Its messages."""
        return list(Deframer().feed(bytes(self.data)))

    @property
    def status(self) -> Status:
        """How it ended."""
        return Status(int(self.headers["grpc-status"]))

    @property
    def text(self) -> str:
        """What the status says."""
        return unquote(self.headers["grpc-message"])


class Caller:
    """The engine's side: makes calls, and takes what is sent as long as `takes` is true."""

    def __init__(self, methods: Methods) -> None:
        self.server = Connection(methods)
        self.h2 = H2Connection(H2Configuration(header_encoding="utf-8"))
        self.h2.initiate_connection()
        self.replies: dict[int, Reply] = {}
        self.acknowledges = True

    def begin(self, path: str, *headers: tuple[str, str]) -> int:
        """Open a call."""
        stream = self.h2.get_next_available_stream_id()
        fixed = [(":method", "POST"), (":scheme", "http"), (":authority", "localhost"), (":path", path)]
        self.h2.send_headers(stream, [*fixed, ("te", "trailers"), *headers])
        self.replies[stream] = Reply()
        return stream

    def call(self, path: str, message: bytes = b"") -> Reply:
        """Make a call of one message, to its end."""
        stream = self.begin(path)
        self.h2.send_data(stream, frame(message), end_stream=True)
        self.exchange()
        return self.replies[stream]

    def exchange(self) -> None:
        """Move bytes both ways until nobody has any."""
        while True:
            there, back = self.h2.data_to_send(), self.server.send(1 << 16)
            if not there and not back:
                return
            self.server.receive(there)
            for event in self.h2.receive_data(back):
                self._take(event)

    def _take(self, event: Event) -> None:
        match event:
            case ResponseReceived() | TrailersReceived():
                self.replies[event.stream_id].headers |= {
                    str(name): str(value) for name, value in event.headers or ()
                }
            case DataReceived():
                self.replies[event.stream_id].data += event.data
                if self.acknowledges:
                    self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            case StreamEnded():
                self.replies[event.stream_id].is_ended = True
            case _:
                pass


class Flood:
    """A call that is answered by as many messages as are asked for, and remembers its end."""

    def __init__(self, count: int, message: bytes) -> None:
        self.left = count
        self.message = message
        self.closed = 0

    def receive(self, message: bytes) -> None:
        """Nothing is expected."""

    def end(self) -> None:
        """It goes on all the same."""

    def next_message(self) -> bytes | None:
        """The next."""
        if not self.left:
            return None
        self.left -= 1
        return self.message

    @property
    def is_finished(self) -> bool:
        """Whether all were taken."""
        return not self.left

    def close(self) -> None:
        """Count."""
        self.closed += 1


def fails(error: Exception) -> Callable[[bytes], bytes]:
    def answer(_: bytes) -> bytes:
        raise error

    return answer


def test_a_call_is_answered() -> None:
    reply = Caller({"/s/Echo": unary(lambda message: message * 2)}).call("/s/Echo", b"ab")

    assert (reply.messages, reply.status, reply.is_ended) == ([b"abab"], Status.OK, True)
    assert reply.headers["content-type"] == "application/grpc"


def test_an_empty_answer_is_an_answer() -> None:
    assert Caller({"/s/Empty": unary(lambda _: b"")}).call("/s/Empty").messages == [b""]


def test_an_unknown_method_is_unimplemented() -> None:
    reply = Caller({}).call("/s/No")

    assert (reply.status, reply.text, reply.messages) == (Status.UNIMPLEMENTED, "unknown method /s/No", [])


def test_an_error_keeps_its_status_and_its_text() -> None:
    error = RpcError(Status.NOT_FOUND, "secret 100% ü\n: not found")

    reply = Caller({"/s/No": unary(fails(error))}).call("/s/No")

    assert (reply.status, reply.text, reply.is_ended) == (Status.NOT_FOUND, error.message, True)


def test_an_error_of_ours_is_told_to_the_caller_and_kept() -> None:
    error = PermissionError(13, "Permission denied", "key.pem")
    caller = Caller({"/s/No": unary(fails(error)), "/s/Yes": unary(lambda _: b"1")})

    reply = caller.call("/s/No")

    assert (reply.status, reply.text) == (Status.UNKNOWN, "[Errno 13] Permission denied: 'key.pem'")
    assert caller.server.failure is error
    assert caller.call("/s/Yes").messages == [b"1"]


def test_a_call_without_its_message_is_invalid() -> None:
    caller = Caller({"/s/Echo": unary(lambda message: message)})
    stream = caller.begin("/s/Echo")
    caller.h2.end_stream(stream)
    caller.exchange()

    assert caller.replies[stream].status is Status.INVALID_ARGUMENT


@pytest.mark.parametrize(
    ("prefix", "status"),
    [
        (b"\1\0\0\0\1x", Status.UNIMPLEMENTED),
        (b"\0" + (LARGEST_MESSAGE + 1).to_bytes(4, "big"), Status.RESOURCE_EXHAUSTED),
    ],
)
def test_messages_that_cannot_be_taken_end_the_call_only(prefix: bytes, status: Status) -> None:
    caller = Caller({"/s/Echo": unary(lambda message: message)})
    stream = caller.begin("/s/Echo")
    caller.h2.send_data(stream, prefix)
    caller.exchange()

    assert caller.replies[stream].status is status
    assert caller.call("/s/Echo", b"still").messages == [b"still"]


def test_a_message_may_come_in_pieces_and_several_at_once() -> None:
    deframer = Deframer()
    stream = frame(b"one") + frame(b"") + frame(b"three")

    messages = [message for byte in stream for message in deframer.feed(bytes([byte]))]

    assert messages == [b"one", b"", b"three"] == list(Deframer().feed(stream))


def test_a_call_is_not_asked_for_more_than_the_window_and_a_little_takes() -> None:
    flood = Flood(10_000, bytes(10_000))
    caller = Caller({"/s/Flood": lambda _: flood})
    caller.acknowledges = False
    stream = caller.begin("/s/Flood")
    caller.exchange()

    assert len(caller.replies[stream].data) == 65535
    assert (10_000 - flood.left) * 10_000 < 65535 + 200_000


def test_a_call_whose_window_is_shut_keeps_no_other_from_its_answer() -> None:
    caller = Caller({"/s/Flood": lambda _: Flood(1000, bytes(10_000)), "/s/Echo": unary(lambda text: text)})
    caller.h2.update_settings({SettingCodes.INITIAL_WINDOW_SIZE: 1000})
    caller.exchange()
    caller.acknowledges = False
    caller.begin("/s/Flood")
    caller.exchange()

    assert caller.call("/s/Echo", b"health").messages == [b"health"]


def test_many_calls_at_once_all_come_to_their_end() -> None:
    caller = Caller({"/s/Flood": lambda _: Flood(50, bytes(10_000))})
    streams = [caller.begin("/s/Flood") for _ in range(20)]
    caller.exchange()

    assert {len(caller.replies[stream].messages) for stream in streams} == {50}
    assert {caller.replies[stream].status for stream in streams} == {Status.OK}


def test_a_call_that_is_reset_lets_go_of_what_it_holds() -> None:
    flood = Flood(10_000, bytes(10_000))
    caller = Caller({"/s/Flood": lambda _: flood})
    caller.acknowledges = False
    stream = caller.begin("/s/Flood")
    caller.exchange()
    caller.h2.reset_stream(stream, ErrorCodes.CANCEL)
    caller.server.receive(caller.h2.data_to_send())

    assert flood.closed == 1
    caller.server.close()
    assert flood.closed == 1


def test_a_call_that_is_opened_and_reset_in_one_breath_does_no_harm() -> None:
    caller = Caller({"/s/Echo": unary(lambda message: message)})
    stream = caller.begin("/s/Echo")
    caller.h2.reset_stream(stream, ErrorCodes.CANCEL)
    caller.exchange()

    assert caller.call("/s/Echo", b"next").messages == [b"next"]


def test_an_engine_that_says_goodbye_is_sent_nothing_more() -> None:
    caller = Caller({"/s/Flood": lambda _: Flood(10, b"x")})
    caller.begin("/s/Flood")
    caller.h2.close_connection()
    caller.server.receive(caller.h2.data_to_send())

    assert caller.server.is_closed
    caller.server.send(1000)


def test_an_ignore_file_of_thousands_of_lines_fits_into_the_headers() -> None:
    seen: list[int] = []
    patterns = [("exclude-patterns", f"folder/with/a/long/name/{number:06}") for number in range(10_000)]
    caller = Caller({})
    caller.server = Connection({"/s/Sync": lambda metadata: _count(metadata["exclude-patterns"], seen)})
    caller.exchange()
    caller.begin("/s/Sync", *patterns)
    caller.exchange()

    assert seen == [10_000]


def _count(values: tuple[str, ...], seen: list[int]) -> Flood:
    seen.append(len(values))
    return Flood(0, b"")


@pytest.mark.parametrize(
    "data",
    [b"GET / HTTP/1.1\r\n\r\n", b"\0" * 64, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\1" + bytes(7)],
)
def test_what_is_no_http_2_loses_the_engine(data: bytes) -> None:
    with pytest.raises(EngineLostError, match="the engine does not speak HTTP/2 as it should"):
        Connection({}).receive(data)
