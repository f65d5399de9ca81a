"""The fixture of the test kit, used as an author of plugins would."""

import os
from pathlib import Path

import pytest
from pydantic import SecretStr

from drone_plugin import Build, Card, Decision, FindingsError, Plugin, Settings, Step, setting
from drone_plugin.testing.build import push
from drone_plugin.testing.encode import Dialect
from drone_plugin.testing.environment import Secret
from drone_plugin.testing.errors import PipelineError
from drone_plugin.testing.step import DroneStep
from drone_plugin.testing.vectors import DIALECTS
from drone_plugin.trigger import EVENTS, Event

CARD = Card("https://ci.example.com/card.json", {"title": "done"}, ("as text",))
HOUR = 3600


class Wanted(Settings):
    """Settings of the plugin below."""

    words: list[str] = setting([], "What is said.", example="[a, b]")
    token: SecretStr = setting(SecretStr(""), "A secret.", example="token")
    do: str = setting("", "What else is done.", example="wait")


def decide(_settings: Wanted, build: Build) -> Decision:
    return Decision(
        act=build.event != "cron", reason=f"{build.platform}, {build.event}: {build.commit.title}"
    )


def work(step: Step[Wanted]) -> None:
    for word in step.settings.words:
        step.log.info(word)
    match step.settings.do:
        case "wait":
            for hour in range(24):
                step.log.info(f"hour {hour}")
                step.clock.sleep(HOUR)
        case "hand over":
            step.output({"DIGEST": "sha256:1", "TEXT": "a #b\nc"})
            step.write(step.workspace / "reports" / "made.txt", step.settings.token.get_secret_value())
            step.card(CARD)
        case "find":
            raise FindingsError("found")
        case "spoil":
            os.environ["SPOILT"] = str(Path.cwd())


SAYER = Plugin("sayer", "1.0.0", Wanted, decide, work)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_settings_arrive_as_the_runner_would_write_them(drone_step: DroneStep, dialect: Dialect) -> None:
    prefix = "CI" if dialect == "woodpecker" else "DRONE"
    ran = drone_step(
        SAYER,
        f"words: [yes, 1.10, '${{{prefix}_COMMIT_SHA:0:7}}']\ntoken: {{from_secret: sayer}}",
        secrets={"sayer": "xyzzy-plugh"},
        dialect=dialect,
    )
    said = {"drone": "true", "kube": "true", "woodpecker": "yes"}[dialect]
    assert ran.exit_code == 0
    assert ran.lines[-3:] == [said, "1.1", "0123456"]
    assert ran.environment["PLUGIN_TOKEN"] == "xyzzy-plugh"
    assert "xyzzy" not in ran.log


@pytest.mark.parametrize("dialect", DIALECTS)
def test_settings_can_be_values_in_which_nothing_is_substituted(
    drone_step: DroneStep, dialect: Dialect
) -> None:
    ran = drone_step(SAYER, {"words": ["${DRONE_BRANCH}", "yes", "1.10", 'say "ä"']}, dialect=dialect)
    assert ran.lines[-4:] == ["${DRONE_BRANCH}", "yes", "1.10", 'say "ä"']


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("event", [event for event in EVENTS if event not in {"cron", "release"}])
def test_each_event_can_be_tried_on_each_platform(
    drone_step: DroneStep, event: Event, dialect: Dialect
) -> None:
    platform = "woodpecker" if dialect == "woodpecker" else "drone"
    seen = "promote" if (event, dialect) == ("rollback", "woodpecker") else event
    ran = drone_step(SAYER, event=event, message="Retune [train]\n\nBody", dialect=dialect)
    assert ran.lines[1] == f"{platform}, {seen}: Retune [train]"


def test_a_build_can_be_given_whole(drone_step: DroneStep) -> None:
    ran = drone_step(SAYER, build=push("1" * 40, "Fix it", branch="wip", number=7))
    assert ran.lines[0] == "sayer 1.0.0 · Drone · push · octocat/hello wip 11111111 · build 7"


def test_secrets_are_withheld_from_pull_requests(drone_step: DroneStep) -> None:
    secrets: dict[str, str | Secret] = {
        "closed": "xyzzy-plugh",
        "open": Secret("plover-fee", pull_request=True),
    }
    closed, opened = (
        drone_step(SAYER, f"token: {{from_secret: {name}}}", event="pull_request", secrets=secrets)
        for name in secrets
    )
    assert closed.environment["PLUGIN_TOKEN"] == ""
    assert opened.environment["PLUGIN_TOKEN"] == "plover-fee"


def test_a_step_that_woodpecker_refuses_does_not_begin(drone_step: DroneStep) -> None:
    with pytest.raises(PipelineError, match="secret 'none' not found"):
        drone_step(SAYER, "token: {from_secret: none}", dialect="woodpecker")


def test_what_a_step_leaves_is_collected(drone_step: DroneStep, tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    (tmp_path / "input.txt").write_text("in")
    ran = drone_step(SAYER, {"do": "hand over", "token": "xyzzy-plugh"})
    assert ran.outputs == {"DIGEST": "sha256:1", "TEXT": "a #b\nc"}
    assert ran.files == {"input.txt": b"in", "reports/made.txt": b"******"}
    assert ran.card == {"schema": CARD.template_url, "data": CARD.data}
    assert "1338" not in ran.log
    assert "1338" in ran.raw_log


def test_without_cards_there_is_text(drone_step: DroneStep) -> None:
    ran = drone_step(SAYER, "do: hand over", dialect="woodpecker")
    assert ran.card is None
    assert ran.lines[-1] == "as text"


def test_a_day_of_waiting_takes_no_time(drone_step: DroneStep) -> None:
    ran = drone_step(SAYER, "do: wait")
    assert ran.exit_code == 0
    assert ran.clock.slept[:24] == [HOUR] * 24


def test_a_step_can_be_stopped_after_some_time(drone_step: DroneStep) -> None:
    ran = drone_step(SAYER, "do: wait", stop_after=2.5 * HOUR)
    assert ran.exit_code == 143
    assert ran.lines[-2:] == ["hour 2", "error: stopped by SIGTERM"]


def test_a_step_can_be_stopped_when_it_says_something(drone_step: DroneStep) -> None:
    ran = drone_step(SAYER, "do: wait", stop_on="hour 5")
    assert ran.exit_code == 143
    assert "hour 6" not in ran.log


def test_a_failure_is_an_exit_code(drone_step: DroneStep) -> None:
    ran = drone_step(SAYER, "do: find")
    assert (ran.exit_code, ran.lines[-1]) == (3, "error: found")
    assert drone_step(SAYER, "od: find").exit_code == 2


def test_a_step_with_nothing_to_do_says_so(drone_step: DroneStep) -> None:
    ran = drone_step(SAYER, event="cron", message="Nightly")
    assert ran.log == "sayer: nothing to do: drone, cron: Nightly\n"


def test_a_step_runs_in_its_workspace_and_leaves_the_process_as_it_was(
    drone_step: DroneStep, tmp_path: Path
) -> None:
    before = Path.cwd(), dict(os.environ)
    workspace = tmp_path / "elsewhere"
    workspace.mkdir()
    ran = drone_step(SAYER, "do: spoil", workspace=workspace, environment={"EXTRA": "1"})
    assert ran.exit_code == 0
    assert ran.environment["DRONE_WORKSPACE"] == str(workspace)
    assert ran.environment["EXTRA"] == "1"
    assert (Path.cwd(), dict(os.environ)) == before
