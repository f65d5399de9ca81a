"""Builds that do not come to their end: cancelled, interrupted, or left by their engine."""

import os
import secrets
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import docker
import pytest

from build_image.buildkit import Build, EngineLostError, Output, Recipe, Session, TextTree
from drone_plugin import Interrupted
from kit.engine import Engine
from kit.engine_proxy import EngineProxy
from kit.second_engine import second_engine
from kit.shell_image import ensure_shell_image

pytestmark = pytest.mark.container

PROMPT_SECONDS = 10.0


@contextmanager
def sleeping(api: docker.APIClient, shell_image: str, *, silence: float = 60) -> Iterator[tuple[Build, str]]:
    """A build whose RUN has begun a sleep that no test waits for, and how the sleep is called."""
    nap = f"sleep 9{secrets.randbelow(10**8):08}"
    dockerfile = f"FROM {shell_image}\nRUN echo begun; {nap}\n".encode()
    trees = {"context": TextTree({}), "dockerfile": TextTree({"Dockerfile": dockerfile})}
    with (
        Session(api, trees=trees, silence=silence) as session,
        Build(api, Recipe(network="none", no_cache=True), session=session) as build,
    ):
        events = iter(build)
        while not isinstance(next(events), Output):
            pass
        yield build, nap
        for _ in events:
            pass


@contextmanager
def within(seconds: float) -> Iterator[None]:
    start = time.monotonic()
    yield
    assert time.monotonic() - start < seconds


def is_running(command: str) -> bool:
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if path.read_bytes().replace(b"\0", b" ").strip().endswith(command.encode()):
                return True
    return False


def has_ended(command: str) -> bool:
    """Whether it is gone, or goes within some seconds: the engine ends a container in its own time."""
    deadline = time.monotonic() + PROMPT_SECONDS
    while is_running(command):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def test_a_build_whose_block_is_left_is_cancelled(api: docker.APIClient, shell_image: str) -> None:
    class LeaveError(Exception):
        pass

    with within(PROMPT_SECONDS), suppress(LeaveError), sleeping(api, shell_image) as (_, nap):
        assert is_running(nap)
        raise LeaveError

    assert has_ended(nap)
    assert not [thread for thread in threading.enumerate() if thread.name == "buildkit-session"]


def test_a_signal_ends_session_and_build_at_once(api: docker.APIClient, shell_image: str) -> None:
    def interrupt(number: int, _: object) -> None:
        raise Interrupted(signal.Signals(number).name, number)

    before = signal.signal(signal.SIGUSR1, interrupt)
    try:
        with within(PROMPT_SECONDS), pytest.raises(Interrupted), sleeping(api, shell_image) as (_, nap):
            threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGUSR1)).start()
    finally:
        signal.signal(signal.SIGUSR1, before)

    assert has_ended(nap)


def test_a_connection_that_is_cut_ends_the_build(
    any_engine: Engine, shell_image: str, tmp_path: Path
) -> None:
    with (
        EngineProxy(any_engine.socket, tmp_path / "proxy.sock") as proxy,
        within(PROMPT_SECONDS),
        pytest.raises(EngineLostError, match=r"the engine (ended the session|went away)"),
        sleeping(docker.APIClient(base_url=proxy.host, version="auto"), shell_image),
    ):
        proxy.cut()


def test_an_engine_that_falls_silent_is_given_up(
    any_engine: Engine, shell_image: str, tmp_path: Path
) -> None:
    with (
        EngineProxy(any_engine.socket, tmp_path / "proxy.sock") as proxy,
        within(PROMPT_SECONDS),
        pytest.raises(EngineLostError, match="the engine has said nothing for 1 s"),
        sleeping(docker.APIClient(base_url=proxy.host, version="auto"), shell_image, silence=1),
    ):
        proxy.fall_silent()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_an_engine_that_ends_while_it_builds_is_lost_and_nothing_hangs(number: signal.Signals) -> None:
    with second_engine() as engine:
        api = engine.client().api
        shell_image = ensure_shell_image(api)
        pid = int((Path(engine.socket).parent / "docker.pid").read_text("ascii"))
        with within(30), pytest.raises(EngineLostError), sleeping(api, shell_image):
            os.kill(pid, number)
