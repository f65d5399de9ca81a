"""What is being built: typed metadata from DRONE_*, or CI_* on Woodpecker. What is not said is empty.

Sources: runner-go `environ/environ.go`, Woodpecker `pipeline/frontend/metadata/environment.go`, and
environments recorded on both.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from drone_plugin.environment import Environment

Platform = Literal["drone", "woodpecker", "harness", "none"]
PLATFORM_NAMES = {
    "drone": "Drone",
    "woodpecker": "Woodpecker",
    "harness": "Harness",
    "none": "no CI platform",
}

_PULL_REQUEST_REFS = re.compile(r"refs/(?:pull|pull-requests|merge-requests)/(?:(\d{1,18})(?!\d))?", re.ASCII)
_NUMBER = re.compile(r"\d{1,18}", re.ASCII)
_ZEROS = re.compile(r"0+")
_TAG_PREFIX = "refs/tags/"
# Woodpecker's names for what Drone has had a name for longer.
_EVENTS = {"deployment": "promote", "manual": "custom"}


@dataclass(frozen=True)
class Repo:
    """The repository. It proves no identity: a step's `environment:` can override it on Drone."""

    slug: str
    """`owner/name`"""
    link: str
    remote: str
    """The address to clone from by HTTP."""
    default_branch: str
    private: bool


@dataclass(frozen=True)
class Commit:
    """The commit that the build is of."""

    sha: str
    """40 hex digits. For an annotated tag on Gogs it is the tag object's: resolve `^{commit}`."""
    before: str
    """The commit that the branch stood at before the push; empty where the platform does not know."""
    ref: str
    branch: str
    """The branch pushed to; on a pull request the one that it wants to be merged into."""
    source_branch: str
    message: str
    """The head commit's message, cut at 2000 characters; for a pull request on Drone its description."""
    link: str
    author: str
    author_name: str
    author_email: str

    @property
    def title(self) -> str:
        """The first line of the message."""
        return self.message.strip().split("\n", 1)[0].strip()

    @property
    def short(self) -> str:
        """The first eight digits of the commit, for people."""
        return self.sha[:8]


@dataclass(frozen=True)
class Stage:
    """Where in the build this step runs. Empty on Woodpecker and partly on Drone's Kubernetes runner."""

    name: str
    step: str


@dataclass(frozen=True)
class Build:
    """One run of a pipeline."""

    platform: Platform
    event: str
    """Drone's seven (push, pull_request, tag, promote, rollback, cron, custom); Woodpecker's deployment and
    manual are promote and custom, its further ones keep their names."""
    number: int
    """0 where there is none (`drone exec`)."""
    parent: int
    """The build that this one restarts or promotes; 0 for none."""
    link: str
    system: str
    """Host name of the CI server."""
    trigger: str
    """`@hook`, `@cron`, or the login of whoever started it; empty on Woodpecker."""
    deploy_to: str
    tag: str
    pull_request: int
    """0 when the build is not of a pull request."""
    repo: Repo
    commit: Commit
    stage: Stage
    forge: str
    """What keeps the repository, in Woodpecker's word: github, gitea, forgejo, gitlab, bitbucket, …; empty on
    Drone, which does not say it."""

    @property
    def is_pull_request_code(self) -> bool:
        """Whether the code is a pull request's, told by the ref.

        A promoted or restarted pull-request build has another event, and gets the secrets that the pull
        request did not have.
        """
        return self.event.startswith("pull_request") or bool(_PULL_REQUEST_REFS.match(self.commit.ref))

    @property
    def is_restart(self) -> bool:
        """Whether an earlier build of the same event was started again."""
        return self.parent > 0 and self.event not in {"promote", "rollback"}

    def __str__(self) -> str:
        """The build in one line: platform, event, repository, branch or tag, commit, number."""
        name = self.tag or (f"pull request {self.pull_request}" if self.pull_request else self.commit.branch)
        of = " ".join(filter(None, (self.repo.slug, name, self.commit.short)))
        number = f"build {self.number}" if self.number else ""
        return " · ".join(filter(None, (PLATFORM_NAMES[self.platform], self.event, of, number)))


def read_build(environment: Environment) -> Build:
    """The build that the environment describes. Never fails: a value that is absent or odd is empty or 0."""
    platform = detect(environment)
    return _woodpecker(environment) if platform == "woodpecker" else _drone(environment, platform)


def detect(environment: Environment) -> Platform:
    """The platform, by marks that a parameter of a build cannot set.

    Drone copies parameters into the environment, yet lays its own `CI` and `DRONE` over them, and
    `CI_SYSTEM_NAME` it does not know: with that one alone a promotion could pass for a push on Woodpecker.
    Woodpecker sets DRONE_* for plugins too, but not `DRONE` itself.
    """
    if environment.get("CI") == "woodpecker":
        return "woodpecker"
    if any(name.startswith("HARNESS_") for name in environment):
        return "harness"
    if environment.get("DRONE"):
        return "drone"
    return "woodpecker" if environment.get("CI_SYSTEM_NAME") == "woodpecker" else "none"


def _drone(env: Environment, platform: Platform) -> Build:
    get = _Reader(env)
    ref = get("DRONE_COMMIT_REF")
    return Build(
        platform=platform,
        event=get("DRONE_BUILD_EVENT"),
        number=get.number("DRONE_BUILD_NUMBER"),
        parent=get.number("DRONE_BUILD_PARENT"),
        link=get.link("DRONE_BUILD_LINK"),
        system=get("DRONE_SYSTEM_HOST"),
        trigger=get("DRONE_BUILD_TRIGGER"),
        deploy_to=get("DRONE_DEPLOY_TO"),
        tag=_tag(ref, get("DRONE_TAG")),
        pull_request=_pull_request(ref) or get.number("DRONE_PULL_REQUEST"),
        repo=Repo(
            slug=get("DRONE_REPO"),
            link=get.link("DRONE_REPO_LINK"),
            remote=get("DRONE_GIT_HTTP_URL"),
            default_branch=get("DRONE_REPO_BRANCH"),
            private=get("DRONE_REPO_PRIVATE") == "true",
        ),
        commit=Commit(
            sha=get("DRONE_COMMIT_SHA"),
            before=get.commit("DRONE_COMMIT_BEFORE"),
            ref=ref,
            branch=get("DRONE_BRANCH"),
            source_branch=get("DRONE_SOURCE_BRANCH"),
            message=get("DRONE_COMMIT_MESSAGE"),
            link=get.link("DRONE_COMMIT_LINK"),
            author=get("DRONE_COMMIT_AUTHOR"),
            author_name=get("DRONE_COMMIT_AUTHOR_NAME"),
            author_email=get("DRONE_COMMIT_AUTHOR_EMAIL"),
        ),
        stage=Stage(name=get("DRONE_STAGE_NAME"), step=get("DRONE_STEP_NAME")),
        forge="",
    )


def _woodpecker(env: Environment) -> Build:
    get = _Reader(env)
    ref = get("CI_COMMIT_REF")
    event = get("CI_PIPELINE_EVENT")
    return Build(
        platform="woodpecker",
        event=_EVENTS.get(event, event),
        number=get.number("CI_PIPELINE_NUMBER"),
        parent=get.number("CI_PIPELINE_PARENT"),
        link=get.link("CI_PIPELINE_URL"),
        system=get("CI_SYSTEM_HOST"),
        trigger="",
        deploy_to=get("CI_PIPELINE_DEPLOY_TARGET"),
        tag=_tag(ref, get("CI_COMMIT_TAG")),
        pull_request=_pull_request(ref) or get.number("CI_COMMIT_PULL_REQUEST"),
        repo=Repo(
            slug=get("CI_REPO"),
            link=get.link("CI_REPO_URL"),
            remote=get("CI_REPO_CLONE_URL"),
            default_branch=get("CI_REPO_DEFAULT_BRANCH"),
            private=get("CI_REPO_PRIVATE") == "true",
        ),
        commit=Commit(
            sha=get("CI_COMMIT_SHA"),
            before=get.commit("CI_PREV_COMMIT_SHA"),
            ref=ref,
            branch=get("CI_COMMIT_TARGET_BRANCH") or get("CI_COMMIT_BRANCH"),
            source_branch=get("CI_COMMIT_SOURCE_BRANCH"),
            message=get("CI_COMMIT_MESSAGE"),
            link=get.link("CI_PIPELINE_FORGE_URL"),
            author=get("CI_COMMIT_AUTHOR"),
            author_name="",
            author_email=get("CI_COMMIT_AUTHOR_EMAIL"),
        ),
        stage=Stage(name=get("CI_WORKFLOW_NAME"), step=get("CI_STEP_NAME")),
        forge=get("CI_FORGE_TYPE"),
    )


class _Reader:
    def __init__(self, environment: Environment) -> None:
        self._environment = environment

    def __call__(self, name: str) -> str:
        return self._environment.get(name, "")

    def number(self, name: str) -> int:
        return int(self(name)) if _NUMBER.fullmatch(self(name)) else 0

    def commit(self, name: str) -> str:
        """A commit; the forges send 40 zeros for "there was none"."""
        return "" if _ZEROS.fullmatch(self(name)) else self(name)

    def link(self, name: str) -> str:
        """An address; `drone exec` sets DRONE_BUILD_LINK to `:////0`."""
        return self(name) if self(name).startswith(("http://", "https://")) else ""


def _tag(ref: str, tag: str) -> str:
    return ref.removeprefix(_TAG_PREFIX) if ref.startswith(_TAG_PREFIX) else tag if not ref else ""


def _pull_request(ref: str) -> int:
    found = _PULL_REQUEST_REFS.match(ref)
    return int(found[1] or 0) if found else 0
