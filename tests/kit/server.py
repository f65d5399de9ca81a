"""Servers that the kit starts: ready when they answer, gone with their children when the block is left."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import requests

from kit.errors import KitError

READY_SECONDS = 60
STOP_SECONDS = 10


@contextmanager
def serving(
    command: list[str],
    *,
    log: Path,
    is_ready: Callable[[], bool],
    environment: Mapping[str, str] | None = None,
) -> Iterator[None]:
    """Run a server while the block runs; its output goes to `log`.

    Raises:
        KitError: it ended, or was not ready within a minute; the message holds the end of its log.
    """
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            # A group of its own: ended as a whole, and not by the Ctrl-C that is meant for us.
            start_new_session=True,
        )
    try:
        _await_ready(process, is_ready, log)
        yield
    finally:
        _end(process)


def http_status(url: str) -> int | None:
    """The status with which a server of ours answers, None while it does not; no proxy is asked."""
    with requests.Session() as session:
        session.trust_env = False
        try:
            return session.get(url, timeout=5).status_code
        except requests.RequestException:
            return None


def _await_ready(process: subprocess.Popen[bytes], is_ready: Callable[[], bool], log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not is_ready():
        if process.poll() is not None or time.monotonic() > deadline:
            tail = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:])
            raise KitError(f"a server does not start; the end of {log}:\n{tail}")
        time.sleep(0.05)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the whole group: the first may be gone while a child of it still holds the port."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)
