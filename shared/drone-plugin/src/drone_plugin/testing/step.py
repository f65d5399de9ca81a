"""A plugin as a step in this process: settings as in the pipeline go in, exit code and log come out."""

import contextlib
import dataclasses
import io
import os
import signal
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from drone_plugin.running import Plugin, run
from drone_plugin.settings import Settings
from drone_plugin.testing.clock import FakeClock
from drone_plugin.testing.encode import Dialect
from drone_plugin.testing.environment import Secret
from drone_plugin.testing.events import build_of
from drone_plugin.testing.goformat import Value
from drone_plugin.testing.outcome import StepOutcome, parse_outputs, read_files
from drone_plugin.testing.spec import BuildSpec
from drone_plugin.testing.variables import step_variables
from drone_plugin.trigger import Event

S = TypeVar("S", bound=Settings)


class DroneStep:
    """Runs plugins as steps; `workspace` is the folder that they get unless a call says another."""

    def __init__(self, workspace: Path) -> None:
        self.workspace = workspace

    def __call__(
        self,
        plugin: Plugin[S],
        settings: str | Mapping[str, Value] = "",
        *,
        event: Event = "push",
        message: str = "",
        build: BuildSpec | None = None,
        dialect: Dialect = "drone",
        secrets: Mapping[str, str | Secret] | None = None,
        environment: Mapping[str, str] | None = None,
        workspace: Path | None = None,
        stop_on: str = "",
        stop_after: float | None = None,
    ) -> StepOutcome:
        """Run the step to its end.

        `settings` is the YAML of the pipeline, or the values that it means. `build` says more than `event`
        and `message` do, and counts instead of them. `environment` are variables of the step itself; without
        `NO_COLOR: ""` among them, the log has no colours. Nothing sleeps: the plugin's clock is replaced. The
        step gets SIGTERM when its log holds `stop_on`, or when it has waited for `stop_after` seconds.

        Raises:
            DroneError: the runner refuses such a step before it starts.
        """
        folder = (workspace or self.workspace).resolve()
        variables = step_variables(
            settings,
            build or build_of(event, message),
            dialect,
            secrets=secrets,
            environment={"NO_COLOR": "1", **(environment or {})},
            workspace=str(folder),
        )
        with tempfile.TemporaryDirectory(prefix="drone-step-") as scratch:
            output = Path(scratch) / "outputs"
            surroundings = {"PATH": os.environ.get("PATH", os.defpath), "DRONE_OUTPUT": str(output)}
            with contextlib.chdir(folder):
                outcome = run_plugin(
                    plugin, {**surroundings, **variables}, FakeClock(stop_at=stop_after), stop_on=stop_on
                )
        return dataclasses.replace(outcome, files=read_files(folder))


def run_plugin(
    plugin: Plugin[S], environment: Mapping[str, str], clock: FakeClock | None = None, *, stop_on: str = ""
) -> StepOutcome:
    """Run a plugin with exactly these variables; the process's own are afterwards as they were."""
    clock = clock or FakeClock()
    stdout = _Stdout(stop_on.encode())
    with _own_environment_kept():
        code = run(dataclasses.replace(plugin, clock=clock), environment, stdout)
    log = stdout.getvalue().decode(errors="replace")
    output = Path(environment.get("DRONE_OUTPUT", ""))
    outputs = parse_outputs(output.read_text(encoding="utf-8")) if output.is_file() else {}
    return StepOutcome(code, log, environment, clock, outputs)


class _Stdout(io.BytesIO):
    """Sends SIGTERM to this process, once, when it holds a text."""

    def __init__(self, stop_on: bytes) -> None:
        super().__init__()
        self._stop_on = stop_on

    def write(self, data: bytes, /) -> int:  # type: ignore[override]  # nothing but bytes is written here
        """Keep it."""
        written = super().write(data)
        if self._stop_on and self._stop_on in self.getvalue():
            self._stop_on = b""
            signal.raise_signal(signal.SIGTERM)
        return written


@contextlib.contextmanager
def _own_environment_kept() -> Iterator[None]:
    """A plugin may change the environment of its process, which here is that of all tests."""
    before = dict(os.environ)
    try:
        yield
    finally:
        if os.environ != before:
            os.environ.clear()
            os.environ.update(before)
