"""A plugin for tests of the library: with any work, and with exactly the variables that a test says."""

from collections.abc import Callable, Mapping

from pydantic import SecretStr

from drone_plugin import Build, Decision, Plugin, Settings, Step, setting
from drone_plugin.testing.clock import FakeClock
from drone_plugin.testing.outcome import StepOutcome
from drone_plugin.testing.step import run_plugin

ACT = Decision(act=True, reason="always")
HOST = {"PLUGIN_HOST": "https://example.com"}


class StepSettings(Settings):
    """A few settings of each kind that the entry point treats differently."""

    token: SecretStr = setting(SecretStr(""), "a token", example="api_token")
    passwords: dict[str, SecretStr] = setting({}, "passwords by user", example="passwords")
    host: str = setting("", "where to", example="https://example.com", required=True)
    batch: int = setting(32, "how many at once", example="64")


def no_work(_step: Step[StepSettings]) -> None:
    """The work of a step that has none."""


def run_step(
    work: Callable[[Step[StepSettings]], None] = no_work,
    environment: Mapping[str, str] = HOST,
    *,
    decision: Decision = ACT,
    clock: FakeClock | None = None,
) -> StepOutcome:
    """Run a plugin named `tester` that does `work`, after `decision`."""

    def decide(_settings: StepSettings, _build: Build) -> Decision:
        return decision

    return run_plugin(Plugin("tester", "1.2.3", StepSettings, decide, work), environment, clock)
