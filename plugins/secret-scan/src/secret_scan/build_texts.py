"""Secrets in what the platform says of a build: they are known before anything of it is printed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drone_plugin import read_build
from secret_scan.detectors import Line, all_detectors, find_in_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drone_plugin.environment import Environment

_LONGEST: Final = 1 << 16
"""Characters of a text: Drone cuts a message at two thousand."""


def secrets_of_build(environment: Environment) -> Iterator[str]:
    """The values of the secrets in the names of branch and tag, in the message and the title.

    They are masked from now on in the log, the card and the reports, as are those of settings.
    """
    build = read_build(environment)
    commit = build.commit
    title = environment.get("DRONE_PULL_REQUEST_TITLE", "")
    texts = (commit.branch, commit.source_branch, build.tag, commit.ref, commit.message, title)
    rows = dict.fromkeys(row for text in texts for row in text[:_LONGEST].splitlines() if row)
    detectors = all_detectors() if rows else ()
    for row in rows:
        yield from (match.value for _, match in find_in_line(Line(row), detectors))
