"""How the library's types look from outside: read by type checkers, never run."""

from datetime import timedelta
from typing import assert_type

from pydantic import SecretStr

from drone_plugin import (
    Build,
    Decision,
    Event,
    Plugin,
    Settings,
    Step,
    TriggerSettings,
    decide,
    run,
    setting,
)


class Mine(TriggerSettings):
    """Settings of a plugin that can be asked for."""

    host: str = setting("", "Where.", example="https://example.com", required=True)
    token: SecretStr = setting(SecretStr(""), "As whom.", example="api_token")
    patience: timedelta = setting(timedelta(minutes=1), "How long.", example="90s")
    labels: dict[str, str] = setting({}, "Labels.", example="{a: b}")
    tags: tuple[str, ...] = setting((), "Tags.", example="latest")


def choose(settings: Mine, build: Build) -> Decision:
    """What `decide` of a plugin is given and gives."""
    assert_type(settings.events, tuple[Event, ...])
    assert_type(build.commit.sha, str)
    assert_type(build.is_pull_request_code, bool)
    return decide(build, trigger=settings.trigger, keyword=settings.keyword, events=settings.events)


def work(step: Step[Mine]) -> None:
    """What `work` of a plugin is given."""
    assert_type(step.settings, Mine)
    assert_type(step.settings.host, str)
    assert_type(step.settings.token.get_secret_value(), str)
    assert_type(step.settings.patience.total_seconds(), float)
    assert_type(step.settings.labels, dict[str, str])
    assert_type(step.decision.request.words, tuple[str, ...])
    with step.log.section("work"):
        step.log.info("done")
    step.output({"A": "b"})


plugin = Plugin("mine", "1.0.0", Mine, choose, work)
assert_type(plugin, Plugin[Mine])
assert_type(run(plugin), int)
assert_type(Settings.load({}), Settings)
assert_type(Mine.load({"PLUGIN_HOST": "https://example.com"}), Mine)
