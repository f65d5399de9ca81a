"""A build of each event, for tests that care for little more than the event and the message."""

from dataclasses import replace

from drone_plugin.testing import build
from drone_plugin.testing.spec import BuildSpec
from drone_plugin.trigger import Event

COMMIT = "0123456789abcdef0123456789abcdef01234567"
"""The commit that is built."""

BEFORE = "89abcdef0123456789abcdef0123456789abcdef"
"""The one that the branch had before."""

NUMBER = 42
"""The number of the build."""


def build_of(event: Event, message: str = "") -> BuildSpec:
    """A build number 42 of that event, of a commit with that message.

    A pull request has it as its description, its title being the first line; a tag or, on Woodpecker, a
    release is `v1.2.3`; promotions and rollbacks are of build 41, to `production`.
    """
    tagged = build.tag("v1.2.3", COMMIT, message, number=NUMBER)
    parent = build.push(COMMIT, message, before=BEFORE, number=NUMBER - 1)
    match event:
        case "push":
            return replace(parent, number=NUMBER)
        case "pull_request":
            title = message.partition("\n")[0]
            return build.pull_request(
                7, COMMIT, title=title, description=message, before=BEFORE, number=NUMBER
            )
        case "tag" | "release":
            return replace(tagged, event=event)
        case "cron" | "custom":
            start = build.cron if event == "cron" else build.custom
            return start(COMMIT, message, number=NUMBER)
        case "promote" | "rollback":
            again = build.promote if event == "promote" else build.rollback
            return again(parent, "production", number=NUMBER)
