"""How the library's types look from outside: read by type checkers, never run."""

from datetime import timedelta
from pathlib import Path
from typing import ClassVar, assert_type

from pydantic import SecretStr

from drone_plugin import (
    Build,
    Code,
    Decision,
    Event,
    Glob,
    ImageReference,
    Plugin,
    Processes,
    Report,
    Reporter,
    ReportSettings,
    Rule,
    Settings,
    Size,
    Step,
    TriggerSettings,
    Url,
    WorkspacePath,
    decide,
    matcher,
    open_git,
    open_trust,
    parse_image,
    reporting,
    run,
    session,
    setting,
    together,
    within,
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


class Told(ReportSettings):
    """Settings of every ready type, of a plugin that reports."""

    rules: ClassVar[tuple[Rule, ...]] = (together("image", "service"),)

    image: ImageReference = setting("", "Which.", example="python:3.11")
    service: Url = setting("", "Where.", example="https://example.com")
    memory: Size = setting(Size(0), "How much.", example="2GB")
    folder: WorkspacePath = setting("", "In which folder.", example="src")
    paths: list[Glob] = setting([], "Which files.", example="docs/**")


def tell(step: Step[Told]) -> None:
    """What is imported when it is asked for has its type all the same."""
    assert_type(step.settings.image, str)
    assert_type(step.settings.memory, Size)
    assert_type(parse_image(step.settings.image).repository, str)
    assert_type(within(step.workspace, step.settings.folder, "folder"), Path)
    assert_type(matcher(step.settings.paths)("docs/a.md"), bool)
    with reporting(step, plugin="mine") as reporter:
        assert_type(reporter, Reporter)
        with open_git(Processes.of(step), step.workspace) as git:
            base = git.merge_base("main", "HEAD")
        with open_trust(step.settings.ca_certificates, step.environment, step.workspace) as trust:
            session(trust).get(step.settings.service)
        reporter.report = Report("success", "done", rows=(("base", Code(base or "none")),))


plugin = Plugin("mine", "1.0.0", Mine, choose, work)
assert_type(plugin, Plugin[Mine])
assert_type(run(plugin), int)
assert_type(Settings.load({}), Settings)
assert_type(Mine.load({"PLUGIN_HOST": "https://example.com"}), Mine)
