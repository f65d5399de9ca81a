"""What came of a step."""

import base64
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import JsonValue

from drone_plugin.testing.clock import FakeClock
from drone_plugin.testing.steplog import StepLog

_ENCODED = "__B64__"
_FRAME = 16 * 1024


@dataclass(frozen=True)
class StepOutcome:
    """A step that has ended.

    `raw_log` is all that it printed. `outputs` are what it handed to later steps, `files` what the workspace
    holds afterwards, by path, `.git` left out. `environment` is what the step was given; `clock` knows how
    long it would have waited.
    """

    exit_code: int
    raw_log: str
    environment: Mapping[str, str]
    clock: FakeClock = field(default_factory=FakeClock)
    outputs: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def log(self) -> str:
        """The log as Drone's page shows it: without the card."""
        return received(self.raw_log).text

    @property
    def lines(self) -> list[str]:
        """The log, line by line."""
        return self.log.splitlines()

    @property
    def card(self) -> JsonValue:
        """The card that Drone would store: an object of `schema` and `data`; None where there is none."""
        text = received(self.raw_log).card
        return json.loads(text) if text else None


def received(log: str | bytes) -> StepLog:
    """What Drone's server makes of a log, which it gets by lines, longer ones in pieces of 16 KiB."""
    taken = StepLog(None)
    for line in io.BytesIO(log.encode() if isinstance(log, str) else log):
        for start in range(0, len(line), _FRAME):
            taken.write(line[start : start + _FRAME])
    return taken


def parse_outputs(text: str) -> dict[str, str]:
    """The facts in a file that `DRONE_OUTPUT` names."""
    pairs = (line.partition("=") for line in text.splitlines())
    return {name: _decoded(value) for name, _, value in pairs if name}


def read_files(folder: Path) -> dict[str, bytes]:
    """The files below a folder by their path, what belongs to git left out."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in _files(folder)}


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.is_dir() and not path.is_symlink():
            yield from () if path.name == ".git" else _files(path)
        elif path.is_file():
            yield path


def _decoded(value: str) -> str:
    if not value.startswith(_ENCODED):
        return value
    return base64.b64decode(value.removeprefix(_ENCODED)).decode()
