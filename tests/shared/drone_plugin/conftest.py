"""A plugin step in this process: its environment goes in, its exit code and its log come out."""

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pytest
from pydantic import SecretStr

from drone_plugin import Build, Decision, Plugin, Settings, Step, run, setting


class StepSettings(Settings):
    """A few settings of each kind that the entry point treats differently."""

    token: SecretStr = setting(SecretStr(""), "a token", example="api_token")
    passwords: dict[str, SecretStr] = setting({}, "passwords by user", example="passwords")
    host: str = setting("", "where to", example="https://example.com", required=True)
    batch: int = setting(32, "how many at once", example="64")


@dataclass
class FakeClock:
    """Time that passes only when somebody waits, and remembers how long."""

    now: float = 1000.0
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


Work = Callable[[Step[StepSettings]], None]
RunStep = Callable[..., Ran]


def _nothing(_step: Step[StepSettings]) -> None: ...


@pytest.fixture
def clock() -> FakeClock:
    """Time that passes only when somebody waits."""
    return FakeClock()


@pytest.fixture
def run_step(clock: FakeClock) -> RunStep:
    """Run a plugin with `work` in an environment, and with a decision."""

    def run_it(
        work: Work = _nothing,
        environment: Mapping[str, str] | None = None,
        *,
        decision: Decision | None = None,
    ) -> Ran:
        def decide(_settings: StepSettings, _build: Build) -> Decision:
            return decision or Decision(act=True, reason="always")

        plugin = Plugin("tester", "1.2.3", StepSettings, decide, work, clock)
        stdout = io.BytesIO()
        env = {"PLUGIN_HOST": "https://example.com"} if environment is None else environment
        code = run(plugin, env, stdout)
        return Ran(code, stdout.getvalue().decode(), clock)

    return run_it
