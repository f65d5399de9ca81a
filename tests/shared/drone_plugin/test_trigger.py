"""Whether a step has anything to do, and the reason that it gives."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from drone_plugin import EVENTS, Build, Event, SettingsError, Trigger, TriggerSettings, decide, read_build
from kit import drone

TITLE = "[train] counts as the first or last word of the title, or alone on a line of the body"


def recorded(name: str, **changes: str) -> Build:
    """The build of a recorded environment, with some variables set otherwise."""
    records = json.loads((Path(drone.__file__).parent / "data" / "drone-environments.json").read_text())
    environment = next(record["env"] for record in records["environments"] if record["id"] == name)
    return read_build({**environment, **changes})


def pushed(message: str) -> Build:
    """A push of a commit with `message`."""
    return read_build(
        {
            "DRONE": "true",
            "DRONE_BUILD_EVENT": "push",
            "DRONE_COMMIT_REF": "refs/heads/main",
            "DRONE_COMMIT_MESSAGE": message,
        }
    )


def reason(build: Build, *, trigger: Trigger = "keyword", events: Sequence[Event] = ("push",)) -> str:
    """`yes: ` or `no: `, and why."""
    decision = decide(build, trigger=trigger, keyword="train", events=events)
    return f"{'yes' if decision.act else 'no'}: {decision.reason}"


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("Retune [train]", "yes: the commit message asks for it: [train]"),
        ("Retune\n\n[TRAIN]", "yes: the commit message asks for it: [train]"),
        ("fix typo", 'no: commit "fix typo" has no [train]'),
        ("fix typo\n\nbody", 'no: commit "fix typo" has no [train]'),
        ("Retune [trained]", 'no: commit "Retune [trained]" has no [train]'),
        ("", "no: the commit message is empty"),
        (" \n ", "no: the commit message is empty"),
        ("Explain [train] well", f'no: commit "Explain [train] well" only mentions [train]; {TITLE}'),
        ('Revert "x [train]"', rf'no: commit "Revert \"x [train]\"" only mentions [train]; {TITLE}'),
        ("Fix\x1b[31m it", r'no: commit "Fix\u001b[31m it" has no [train]'),
        ("x" * 80, f'no: commit "{"x" * 71}…" has no [train]'),
        (
            "Long\n" + "x" * 1995,
            'no: commit "Long" has no [train] in the 2000 characters that Drone keeps of it',
        ),
    ],
)
def test_the_reason_says_what_the_message_lacks_or_has(message: str, said: str) -> None:
    assert reason(pushed(message)) == said


def test_what_stands_beside_the_keyword_is_handed_on() -> None:
    build = pushed('Retune [train gpu lr=0.01 note="two words"]')

    request = decide(build, trigger="keyword", keyword="train", events=("push",)).request

    assert request.words == ("gpu",)
    assert request.parameters == {"lr": "0.01", "note": "two words"}


def test_a_request_that_cannot_be_read_is_an_error_that_says_how_to_ask() -> None:
    with pytest.raises(SettingsError) as caught:
        reason(pushed("Retune [train lr=1 lr=2]"))

    assert caught.value.lines() == ["commit message: lr is given twice", TITLE]


@pytest.mark.parametrize("event", EVENTS)
def test_each_event_acts_only_where_it_is_listed(event: Event) -> None:
    build = read_build({"DRONE": "true", "DRONE_BUILD_EVENT": event, "DRONE_COMMIT_MESSAGE": "[train]"})
    others = tuple(other for other in EVENTS if other != event)

    assert reason(build, events=(event,)).startswith("yes: ")
    assert reason(build, events=others) == f"no: the build's event is {event}; events: {', '.join(others)}"
    assert reason(build, trigger="always", events=others).startswith("no: ")


def test_without_an_event_nothing_is_done() -> None:
    assert (
        reason(recorded("exec-plain"), trigger="always") == "no: the build's event is unknown; events: push"
    )


def test_always_ignores_the_keyword() -> None:
    assert reason(pushed("fix typo"), trigger="always") == "yes: trigger is always, and the event is push"
    assert reason(pushed('[train x="]'), trigger="always") == "yes: trigger is always, and the event is push"


PULL_REQUEST_CODE = "no: refs/pull/7/head is a pull request's code, and events lacks pull_request"


@pytest.mark.contract
@pytest.mark.parametrize("trigger", ["keyword", "always"])
def test_a_promoted_pull_request_is_refused_although_it_has_the_secrets(trigger: Trigger) -> None:
    build = recorded("promote-pull-request", DRONE_COMMIT_MESSAGE="[train]")

    assert reason(build, trigger=trigger, events=("push", "promote")) == PULL_REQUEST_CODE
    assert reason(build, trigger=trigger, events=("promote", "pull_request")).startswith("yes: ")


@pytest.mark.contract
@pytest.mark.parametrize("event", ["push", "custom", "rollback", "cron"])
def test_pull_request_code_is_refused_whatever_the_event_says(event: Event) -> None:
    build = recorded("promote-pull-request", DRONE_BUILD_EVENT=event, DRONE_COMMIT_MESSAGE="[train]")

    assert reason(build, trigger="always", events=(event,)) == PULL_REQUEST_CODE


@pytest.mark.contract
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("push", "yes: the commit message asks for it: [train]"),
        ("restart", "yes: the commit message asks for it: [train]"),
        (
            "push-merge-commit",
            f'no: commit "Merge pull request #6 from octocat/feature-a" only mentions [train]; {TITLE}',
        ),
        ("gogs-push", "yes: the commit message asks for it: [train]"),
        ("gogs-push-two-commits", 'no: commit "newer commit" has no [train]'),
        ("pull-request-opened", "no: the build's event is pull_request; events: push"),
        ("cron", "no: the build's event is cron; events: push"),
        ("custom-message-action", "no: the build's event is custom; events: push"),
        ("exec-push", "no: the commit message is empty"),
    ],
)
def test_a_recorded_build_is_decided_by_its_event_and_message(name: str, said: str) -> None:
    assert reason(recorded(name)) == said


def test_the_settings_are_pushes_and_the_keyword_unless_they_say_otherwise() -> None:
    settings = TriggerSettings.load({})

    assert (settings.trigger, settings.keyword, settings.events) == ("keyword", "train", ("push",))


@pytest.mark.parametrize("written", ["retrain", "[retrain]", "RETRAIN"])
def test_the_keyword_may_be_written_with_its_brackets(written: str) -> None:
    assert TriggerSettings.load({"PLUGIN_KEYWORD": written}).keyword.lower() == "retrain"


@pytest.mark.parametrize(
    "written", ["two words", "[]", "a]b", "[[x]]", ".*)", " train", "train\n", "`train`"]
)
def test_a_keyword_that_no_message_could_hold_is_refused(written: str) -> None:
    with pytest.raises(SettingsError, match=r"settings\.keyword: "):
        TriggerSettings.load({"PLUGIN_KEYWORD": written})


def test_events_are_read_as_a_list_of_known_ones() -> None:
    assert TriggerSettings.load({"PLUGIN_EVENTS": "push, Custom"}).events == ("push", "custom")

    with pytest.raises(SettingsError) as caught:
        TriggerSettings.load({"PLUGIN_EVENTS": "push,deployment"})
    assert caught.value.message == f'settings.events: "deployment" is not one of {", ".join(EVENTS)}'
