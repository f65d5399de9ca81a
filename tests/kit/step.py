"""A plugin step in this process: its environment goes in, its exit code and its log come out."""

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pydantic import SecretStr

from drone_plugin import Build, Decision, Plugin, Settings, Step, run, setting

ACT = Decision(act=True, reason="always")
HOST = {"PLUGIN_HOST": "https://example.com"}


class StepSettings(Settings):
    """A few settings of each kind that the entry point treats differently."""

    token: SecretStr = setting(SecretStr(""), "a token", example="api_token")
    passwords: dict[str, SecretStr] = setting({}, "passwords by user", example="passwords")
    host: str = setting("", "where to", example="https://example.com", required=True)
    batch: int = setting(32, "how many at once", example="64")


@dataclass
class FakeClock:
    """Time that passes only when somebody waits, and remembers how long."""

    now: float = 0.0
    slept: list[float] = field(default_factory=list)

    def monotonic(self) -> float:
        """Seconds."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let time pass at once."""
        self.slept.append(seconds)
        self.now += seconds


@dataclass(frozen=True)
class Ran:
    """What came of a step."""

    code: int
    log: str
    clock: FakeClock

    @property
    def lines(self) -> list[str]:
        """The log, line by line."""
        return self.log.splitlines()


def no_work(_step: Step[StepSettings]) -> None:
    """The work of a step that has none."""


def run_step(
    work: Callable[[Step[StepSettings]], None] = no_work,
    environment: Mapping[str, str] = HOST,
    *,
    decision: Decision = ACT,
    clock: FakeClock | None = None,
) -> Ran:
    """Run a plugin named `tester` that does `work`, after `decision`."""

    def decide(_settings: StepSettings, _build: Build) -> Decision:
        return decision

    clock = clock or FakeClock()
    stdout = io.BytesIO()
    code = run(Plugin("tester", "1.2.3", StepSettings, decide, work, clock), environment, stdout)
    return Ran(code, stdout.getvalue().decode(), clock)
