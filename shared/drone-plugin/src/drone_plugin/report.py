"""A report of a step on the commit: a status, and one comment on the pull request or the commit.

This module decides what is sent and where, and sends nothing: `drone_plugin.report_sending` does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import urlsplit

from pydantic import SecretStr

from drone_plugin.certificates import NetworkSettings
from drone_plugin.errors import SettingsError
from drone_plugin.markdown import Markdown, shortened
from drone_plugin.report_text import Comment, Report, key_of, write_comment
from drone_plugin.settings import setting
from drone_plugin.values import Url

if TYPE_CHECKING:
    from collections.abc import Callable

    from drone_plugin.build import Build
    from drone_plugin.report_text import State

ForgeName = Literal["github", "gitea", "gitlab"]

PUBLIC: Final[dict[str, ForgeName]] = {"github.com": "github", "gitlab.com": "gitlab"}
"""Hosts that need no `report_url`: everybody knows whose they are."""
LONGEST_DESCRIPTION: Final[dict[ForgeName, int]] = {"github": 140, "gitea": 255, "gitlab": 255}
LONGEST_CONTEXT: Final = 255

_SLUGS: Final[dict[ForgeName, re.Pattern[str]]] = {
    "github": re.compile(r"[\w.-]+/[\w.-]+", re.ASCII),
    "gitea": re.compile(r"[\w.-]+/[\w.-]+", re.ASCII),
    "gitlab": re.compile(r"[\w.-]+(?:/[\w.-]+)+", re.ASCII),
}
_NAMES: Final[dict[str, ForgeName]] = {
    "github": "github",
    "gitlab": "gitlab",
    "gitea": "gitea",
    "forgejo": "gitea",
    "codeberg": "gitea",
}
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}", re.ASCII)


class ReportSettings(NetworkSettings):
    """Base of the settings of a plugin that reports to the forge, which a private authority may vouch for."""

    report: Literal["none", "status", "comment", "both"] = setting(
        "none",
        "What is told to the forge: a `status` of the commit, one `comment` on the pull request (or on the "
        "commit where there is none), `both`, or nothing. A later build updates the same comment.",
        example="both",
        pin=True,
    )
    report_url: Url = setting(
        "",
        "Address of the forge, to which alone `report_token` is sent (of github.com, its API at "
        "api.github.com). It may be left out when the repository is on github.com or gitlab.com.",
        example="https://git.example.com",
        pin=True,
    )
    report_token: SecretStr = setting(
        SecretStr(""),
        "A token of the forge that may set statuses and write comments. Without it nothing is sent: on pull "
        "requests, to which secrets are not exposed, that is as it should be.",
        example="report_token",
    )
    report_forge: Literal["auto", "github", "gitea", "gitlab"] = setting(
        "auto",
        "Which API the forge speaks (Forgejo: `gitea`). `auto` goes by the name of the host, and on "
        "Woodpecker by what that says of its forge.",
        example="gitea",
        pin=True,
    )


@dataclass(frozen=True)
class Target:
    """The commit and, unless 0, the pull request that a report is about."""

    repo: str
    """`owner/name`, on GitLab with all groups."""
    sha: str
    pull_request: int


@dataclass(frozen=True)
class Status:
    """What the list of a commit's checks shows."""

    state: State
    context: str
    """What the status is of: a later one with the same context replaces it."""
    description: str
    link: str


@dataclass(frozen=True)
class Destination:
    """Where a report goes."""

    forge: ForgeName
    url: str
    """The only server that gets the token."""
    token: str = field(repr=False)
    target: Target


@dataclass(frozen=True)
class Plan:
    """What will be sent."""

    to: Destination
    status: Status | None
    comment: Comment | None
    remarks: tuple[str, ...] = ()
    """What is not sent though it was asked for, and why."""


@dataclass(frozen=True)
class Nothing:
    """Nothing will be sent."""

    reason: str
    expected: bool
    """Whether that is in order; else somebody should look at it."""


def destination(settings: ReportSettings, build: Build) -> Destination | Nothing:
    """Where the reports of this build go.

    Raises SettingsError where the settings do not say it; a plugin calls it before its work to say so early.
    """
    if settings.report == "none":
        return Nothing("report is none", expected=True)
    url = settings.report_url or _public_host(build)
    if not url:
        raise SettingsError(
            "settings.report_url: is required, because the repository is not on github.com or gitlab.com"
        )
    forge = _forge(url, build) if settings.report_forge == "auto" else settings.report_forge
    token = settings.report_token.get_secret_value().strip()
    if not token:
        return Nothing("report_token is empty", expected=build.is_pull_request_code)
    if not token.isascii() or not token.isprintable() or " " in token:
        raise SettingsError("settings.report_token: is no token: it holds blanks or other odd characters")
    slug, commit = build.repo.slug, build.commit.sha
    if not _SLUGS[forge].fullmatch(slug) or {".", ".."} & set(slug.split("/")):
        return Nothing("the build names no repository of the forge", expected=not build.number)
    if not _COMMIT.fullmatch(commit):
        return Nothing("the build names no commit", expected=not build.number)
    return Destination(forge, url, token, Target(slug, commit, build.pull_request))


def plan(
    report: Report, settings: ReportSettings, build: Build, *, plugin: str, mask: Callable[[str], str]
) -> Plan | Nothing:
    """What is sent of `report`, by the plugin of that name, without the secrets that `mask` knows.

    Raises SettingsError as `destination` does.
    """
    to = destination(settings, build)
    if isinstance(to, Nothing):
        return to
    wants_comment = settings.report in {"comment", "both"}
    remarks = []
    if to.forge == "gitea" and not to.target.pull_request and wants_comment:
        wants_comment = False
        remarks.append("Gitea has comments on pull requests only, and this build is not of one")
    status = _status(report, build, to.forge, plugin, mask) if settings.report != "comment" else None
    comment = write_comment(report, build, plugin, mask) if wants_comment else None
    return Plan(to, status, comment, tuple(remarks))


def _status(
    report: Report, build: Build, forge: ForgeName, plugin: str, mask: Callable[[str], str]
) -> Status:
    line = Markdown(mask).line
    return Status(
        state=report.state,
        context=line("/".join(filter(None, key_of(build, plugin)[1:])), LONGEST_CONTEXT),
        description=shortened(line(report.title), LONGEST_DESCRIPTION[forge]),
        link=mask(report.link or build.link),
    )


def _public_host(build: Build) -> str:
    for host in PUBLIC:
        if any(link.startswith(f"https://{host}/") for link in (build.repo.link, build.repo.remote)):
            return f"https://{host}"
    return ""


def _forge(url: str, build: Build) -> ForgeName:
    """By the host's name, by how GitLab alone names merge requests, and by what Woodpecker says."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    if host in PUBLIC:
        return PUBLIC[host]
    if host.endswith(".ghe.com") or host == "api.github.com":
        return "github"
    if build.commit.ref.startswith("refs/merge-requests/"):
        return "gitlab"
    told = _NAMES.get(build.forge)
    if told and host == urlsplit(build.repo.link).hostname:
        return told
    found = {forge for name, forge in _NAMES.items() if name in host}
    if len(found) == 1:
        return found.pop()
    if told:
        return told
    raise SettingsError(f"settings.report_forge: say what {host} is: github, gitea or gitlab")
