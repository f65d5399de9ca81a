"""The one decision whether a step has anything to do, used by every plugin that a commit message can ask."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from pydantic import field_validator

from drone_plugin.decode import quoted
from drone_plugin.errors import SettingsError
from drone_plugin.message import DRONE_CUT, MalformedRequestError, Request, find_request, mentions
from drone_plugin.settings import Settings, setting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from drone_plugin.build import Build

Trigger = Literal["keyword", "always"]
Event = Literal["push", "pull_request", "tag", "promote", "rollback", "cron", "custom", "release"]
EVENTS: tuple[Event, ...] = (
    "push",
    "pull_request",
    "tag",
    "promote",
    "rollback",
    "cron",
    "custom",
    "release",
)


class TriggerSettings(Settings):
    """The settings of a plugin that can be asked for in a commit message. They are the same everywhere."""

    trigger: Trigger = setting(
        "keyword",
        "`keyword`: act when the commit message asks for it. `always`: act on each of `events`.",
        example="always",
        pin=True,
    )
    keyword: str = setting(
        "train",
        "The word that asks, written in square brackets in the commit message: as the first or last word of "
        "the title, or alone on a line of the body.",
        example="train",
        pin=True,
        pattern=r"^\[?[\w.:-]+\]?$",
    )
    events: tuple[Event, ...] = setting(
        ("push",),
        "The build events to act on. `always` ignores the keyword, never this.",
        example="push, custom",
        pin=True,
    )

    @field_validator("keyword")
    @classmethod
    def _without_brackets(cls, keyword: str) -> str:
        return keyword.strip("[]")


@dataclass(frozen=True)
class Decision:
    """Whether to act, why, and what was asked for."""

    act: bool
    reason: str
    request: Request = field(default_factory=Request)
    warnings: tuple[str, ...] = ()
    """What to warn of, whether there is anything to do or not."""


def decide(build: Build, *, trigger: Trigger, keyword: str, events: Sequence[Event]) -> Decision:
    """Whether this build asks for the step's work.

    Pull-request code is acted on only when `events` names `pull_request`, whatever the build's own event is:
    promoting a pull request hands its code the secrets that the pull request did not have.
    Raises SettingsError when the request itself cannot be read.
    """
    if build.event not in events:
        listed = ", ".join(events)
        return Decision(
            act=False, reason=f"the build's event is {build.event or 'unknown'}; events: {listed}"
        )
    if build.is_pull_request_code and "pull_request" not in events:
        return Decision(
            act=False, reason=f"{build.commit.ref} is a pull request's code, and events lacks pull_request"
        )
    if trigger == "always":
        return Decision(act=True, reason=f"trigger is always, and the event is {build.event}")
    message = build.commit.message
    try:
        request = find_request(message, keyword)
    except MalformedRequestError as error:
        raise SettingsError(f"commit message: {error}", hint=_how_to_ask(keyword)) from None
    if request is None:
        return Decision(act=False, reason=_why_not(message, keyword))
    return Decision(act=True, reason=f"the commit message asks for it: [{keyword}]", request=request)


def _why_not(message: str, keyword: str) -> str:
    title = quoted(message.strip().split("\n", 1)[0].strip(), 72)
    if not message.strip():
        return "the commit message is empty"
    if mentions(message, keyword):
        return f"commit {title} only mentions [{keyword}]; {_how_to_ask(keyword)}"
    if len(message) >= DRONE_CUT:
        return f"commit {title} has no [{keyword}] in the {DRONE_CUT} characters that Drone keeps of it"
    return f"commit {title} has no [{keyword}]"


def _how_to_ask(keyword: str) -> str:
    return f"[{keyword}] counts as the first or last word of the title, or alone on a line of the body"
