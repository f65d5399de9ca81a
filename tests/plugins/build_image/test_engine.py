"""Engines that are not there, answer nothing, or answer what they should not be asked for."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from build_image.context import plan_context
from build_image.engine import Engine, Recipe
from drone_plugin import SystemClock, UnreachableError
from kit import engine as kit_engine
from kit.address import free_port, host_name
from kit.drone.result import StepResult

RunBuild = Callable[..., StepResult]


@contextmanager
def listening(answer: Callable[[socket.socket], object]) -> Iterator[int]:
    """A server on a free port that hands each connection to `answer`, in a thread of its own."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    threading.Thread(target=answer, args=(connection,), daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        yield int(server.getsockname()[1])
        server.shutdown(socket.SHUT_RDWR)


def forwarder(path: str, *, cut_at: bytes = b"") -> Callable[[socket.socket], None]:
    """What joins a connection to the engine's socket, and cuts it when `cut_at` comes back."""

    def copy(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while (data := source.recv(65536)) and not (cut_at and cut_at in data):
                target.sendall(data)
            target.shutdown(socket.SHUT_RDWR if data else socket.SHUT_WR)

    def join(connection: socket.socket) -> None:
        with connection, socket.socket(socket.AF_UNIX) as upstream:
            upstream.connect(path)
            back = threading.Thread(target=copy, args=(upstream, connection), daemon=True)
            back.start()
            copy(connection, upstream)
            back.join()

    return join


@pytest.mark.container
@pytest.mark.parametrize("scheme", ["unix", "tcp"])
def test_without_an_engine_the_step_says_how_to_get_one(
    run_build: RunBuild, workspace: Path, scheme: str
) -> None:
    (workspace / "Dockerfile").write_text("FROM scratch\n")
    host = "unix:///run/no/docker.sock" if scheme == "unix" else f"tcp://{host_name()}:{free_port()}"

    step = run_build({"docker_host": host, "docker_wait": "1s"}, socket=False)

    assert step.exit_code == 4, step.log
    assert f"error: no Docker engine answers at {host} within 1 s: " in step.log
    assert "mount the host's socket" in step.log
    assert not step.files


def test_an_engine_that_takes_the_connection_and_says_nothing_is_given_up_in_time() -> None:
    clock = SystemClock()
    with listening(lambda _: threading.Event().wait()) as port:
        start = clock.monotonic()
        with pytest.raises(UnreachableError, match="no Docker engine answers"):
            Engine.wait_for(f"tcp://127.0.0.1:{port}", clock, 1)
        assert clock.monotonic() - start < 5


@pytest.mark.container
def test_a_proxy_of_the_environment_is_not_shown_what_the_engine_is_told(
    engine: kit_engine.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with listening(forwarder(engine.socket)) as port:
        assert Engine.wait_for(f"tcp://127.0.0.1:{port}", SystemClock(), 0).version


@pytest.mark.container
def test_an_engine_that_goes_away_while_it_builds_is_unreachable(
    engine: kit_engine.Engine, workspace: Path
) -> None:
    (workspace / "Dockerfile").write_text("FROM scratch\nLABEL cut=here\n")
    recipe = Recipe("drone-ml-test/cut:1", target=None, build_args={}, network=None, pull=False)
    archive = plan_context(workspace, ".", "Dockerfile").archive()
    with listening(forwarder(engine.socket, cut_at=b"LABEL cut=here")) as port:
        cut = Engine.wait_for(f"tcp://127.0.0.1:{port}", SystemClock(), 0)
        with pytest.raises(UnreachableError, match="the build failed, the Docker engine went away: "):
            cut.build(archive, recipe, print)


def test_something_else_that_answers_is_said_to_be_no_engine() -> None:
    def answer(connection: socket.socket) -> None:
        with connection:
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]")

    with (
        listening(answer) as port,
        pytest.raises(UnreachableError, match="what answers there is no Docker engine"),
    ):
        Engine.wait_for(f"tcp://127.0.0.1:{port}", SystemClock(), 0)
