"""The session's thread, on one end of a pair of sockets whose other end is the engine."""

import socket
import threading
from collections.abc import Iterator

import pytest
import requests
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived

from build_image.buildkit.connection import Connection
from build_image.buildkit.errors import EngineLostError
from build_image.buildkit.grpc import Deframer, frame, unary
from build_image.buildkit.pump import Pump
from build_image.buildkit.transport import Upgraded


class Engine:
    """The other end."""

    def __init__(self, link: socket.socket) -> None:
        self.link = link
        self.link.settimeout(10)
        self.h2 = H2Connection(H2Configuration(header_encoding="utf-8"))
        self.h2.initiate_connection()

    def send(self) -> None:
        """Send what h2 has."""
        self.link.sendall(self.h2.data_to_send())

    def call(self, path: str, message: bytes) -> bytes:
        """Make a call, and wait for its one answer."""
        stream = self.h2.get_next_available_stream_id()
        names = {":method": "POST", ":scheme": "http", ":authority": "localhost", ":path": path}
        self.h2.send_headers(stream, list(names.items()))
        data = frame(message)
        for at in range(0, len(data), 16_000):
            self.h2.send_data(stream, data[at : at + 16_000])
        self.h2.end_stream(stream)
        self.send()
        deframer = Deframer()
        while True:
            for event in self.h2.receive_data(self.link.recv(65536)):
                if isinstance(event, DataReceived):
                    for answer in deframer.feed(event.data):
                        return answer


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, Engine]]:
    """Ours, and the engine's."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, Engine(theirs)


def pump_of(ours: socket.socket, *, received: bytes = b"", silence: float = 60) -> Pump:
    connection = Connection({"/s/Echo": unary(lambda message: message)})
    return Pump(connection, Upgraded(ours, received, requests.Response()), silence=silence)


def lost(pump: Pump) -> str:
    """What the owner of a session is told, once, when the engine is lost."""
    is_told = threading.Event()
    pump.on_end(is_told.set)
    assert is_told.wait(10)
    assert isinstance(pump.failure, EngineLostError)
    pump.stop()
    return str(pump.failure)


def test_calls_are_answered_until_it_is_stopped(ends: tuple[socket.socket, Engine]) -> None:
    ours, engine = ends
    pump = pump_of(ours)
    pump.start()

    assert engine.call("/s/Echo", b"one") == b"one"
    assert engine.call("/s/Echo", bytes(60_000)) == bytes(60_000)
    pump.stop()
    assert pump.failure is None
    while engine.link.recv(65536):
        pass


def test_what_came_with_the_answer_to_the_upgrade_is_not_lost(ends: tuple[socket.socket, Engine]) -> None:
    ours, engine = ends
    early = engine.h2.data_to_send()
    pump = pump_of(ours, received=early)
    pump.start()

    assert engine.call("/s/Echo", b"one") == b"one"
    pump.stop()


def test_an_engine_that_closes_the_connection_is_lost(ends: tuple[socket.socket, Engine]) -> None:
    ours, engine = ends
    pump = pump_of(ours)
    pump.start()
    engine.link.close()

    assert lost(pump).startswith(("the engine ended the session", "the connection to the engine broke"))


def test_an_engine_that_says_goodbye_is_lost(ends: tuple[socket.socket, Engine]) -> None:
    ours, engine = ends
    pump = pump_of(ours)
    pump.start()
    engine.h2.close_connection()
    engine.send()

    assert lost(pump) == "the engine ended the session"


def test_an_engine_that_is_silent_for_too_long_is_lost(ends: tuple[socket.socket, Engine]) -> None:
    pump = pump_of(ends[0], silence=0.05)
    pump.start()

    assert lost(pump) == "the engine has said nothing for 0.05 s"


def test_an_engine_that_speaks_something_else_is_lost(ends: tuple[socket.socket, Engine]) -> None:
    ours, engine = ends
    pump = pump_of(ours)
    pump.start()
    engine.link.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    assert lost(pump).startswith("the engine does not speak HTTP/2 as it should")


def test_who_asks_late_is_told_at_once(ends: tuple[socket.socket, Engine]) -> None:
    ours, engine = ends
    pump = pump_of(ours)
    pump.start()
    engine.link.close()
    lost(pump)
    said: list[str] = []

    pump.on_end(lambda: said.append("told"))

    assert said == ["told"]


def test_stopping_does_not_wait_for_an_engine_that_takes_nothing(ends: tuple[socket.socket, Engine]) -> None:
    ours, engine = ends
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    pump = pump_of(ours)
    pump.start()
    for _ in range(200):
        engine.h2.ping(b"12345678")
    engine.send()
    pump.stop()

    assert pump.failure is None
