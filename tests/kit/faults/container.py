"""One step in its image, started as Drone's runner starts it, and in the hand of the test while it runs."""

import io
import tarfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from docker.errors import APIError, NotFound

from kit.address import gateway, host_name
from kit.drone.checkout import archive
from kit.engine import Engine

IMAGE: Final = "drone-ml/databricks-train:dev"
SRC: Final = "/drone/src"
LONGEST_STEP: Final = 240
_CLOCK = Path(__file__).with_name("fast_clock.py")


@dataclass(frozen=True)
class Ended:
    """What came of a step."""

    exit_code: int
    log: str
    seconds: float

    @property
    def verdict(self) -> str:
        """What the step says at its end: from its last error on, else the last line."""
        _, error, told = self.log.rpartition("\nerror: ")
        return told if error else self.last_line

    @property
    def last_line(self) -> str:
        """What a reader sees at the bottom."""
        lines = [line.strip() for line in self.log.splitlines() if line.strip()]
        return lines[-1] if lines else ""


class RunningStep:
    """A container that is started at once, and removed when the block is left.

    Args:
        engine: where it runs.
        folder: what is in the workspace; the container gets a copy.
        environment: the whole of the step's.
        speed: how many seconds of the plugin's clock pass in one.
    """

    def __init__(
        self, engine: Engine, folder: Path, environment: Mapping[str, str], *, speed: float = 1
    ) -> None:
        client = engine.client()
        fast = ["/opt/plugin/bin/python", "-I", "-u", "/kit/fast_clock.py", str(speed)]
        self._container = client.containers.create(
            IMAGE,
            entrypoint=fast if speed != 1 else None,
            environment=dict(environment),
            working_dir=SRC,
            extra_hosts={host_name(): gateway(client, "bridge")},
        )
        self._container.put_archive("/", _folder(SRC, archive(folder)))
        self._container.put_archive("/", _file("kit/fast_clock.py", _CLOCK.read_bytes()))
        self._started = time.monotonic()
        self._container.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._container.remove(v=True, force=True)

    @property
    def log(self) -> str:
        """What it has said so far."""
        return self._container.logs().decode(errors="replace")

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        self._container.reload()
        return bool(self._container.status == "running")

    def until(self, happened: Callable[[], bool], seconds: float = 60) -> Self:
        """Wait for something.

        Raises:
            TimeoutError: it did not happen, or the step ended first.
        """
        deadline = time.monotonic() + seconds
        while not happened():
            if time.monotonic() > deadline or not self.running:
                raise TimeoutError(f"it did not come to that:\n{self.log}")
            time.sleep(0.05)
        return self

    def send(self, signal: str) -> None:
        """SIGTERM as a cancelled build on a kind runner, SIGKILL as one on Drone's."""
        try:
            self._container.kill(signal)
        except APIError as error:
            if error.status_code != 409:  # it has just ended
                raise

    def wait(self) -> Ended:
        """How it ended."""
        code = int(self._container.wait(timeout=LONGEST_STEP)["StatusCode"])
        return Ended(code, self.log, time.monotonic() - self._started)

    def file(self, path: str) -> bytes | None:
        """A file of the workspace."""
        try:
            chunks, _ = self._container.get_archive(f"{SRC}/{path}")
        except NotFound:
            return None
        with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as tar:
            member = tar.extractfile(tar.getmembers()[0])
            return member.read() if member else None


def _folder(place: str, content: bytes) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=io.BytesIO(content)) as source, tarfile.open(fileobj=packed, mode="w") as tar:
        for member in source.getmembers():
            member.name = f"{place.lstrip('/')}/{member.name.removeprefix('./')}".rstrip("/.")
            tar.addfile(member, source.extractfile(member) if member.isfile() else None)
    return packed.getvalue()


def _file(name: str, content: bytes) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        member = tarfile.TarInfo(name)
        member.size, member.mode = len(content), 0o644
        tar.addfile(member, io.BytesIO(content))
    return packed.getvalue()
