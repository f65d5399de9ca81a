"""The metadata variables of a step, by the maps that Drone's runner lays over one another.

A map holds its empty values too: while maps are laid over one another they hide what is below, and the
container gets only what is not empty.
"""

import re
from dataclasses import dataclass

from drone_plugin.testing.spec import Author, BuildSpec, Netrc, RepoSpec
from drone_plugin.testing.versions import version_variables

WORKSPACE = "/drone/src"


@dataclass(frozen=True)
class System:
    """The server that sends the pipeline."""

    proto: str = "https"
    host: str = "drone.example.com"
    version: str = "2.25.0"


@dataclass(frozen=True)
class Stage:
    """One pipeline of a build while it runs."""

    name: str = "default"
    number: int = 1
    machine: str = "runner-1"
    started: int = 0
    failed_steps: tuple[str, ...] = ()
    failing: bool = False


def system_map(system: System) -> dict[str, str]:
    """CI, DRONE and the server."""
    return {
        "CI": "true",
        "DRONE": "true",
        "DRONE_SYSTEM_PROTO": system.proto,
        "DRONE_SYSTEM_HOST": system.host,
        "DRONE_SYSTEM_HOSTNAME": system.host,
        "DRONE_SYSTEM_VERSION": system.version,
    }


def repo_map(repo: RepoSpec) -> dict[str, str]:
    """The repository; a step can set these otherwise."""
    private = "true" if repo.private else "false"
    return {
        "DRONE_REPO": repo.slug,
        "DRONE_REPO_SCM": "",
        "DRONE_REPO_OWNER": repo.namespace,
        "DRONE_REPO_NAMESPACE": repo.namespace,
        "DRONE_REPO_NAME": repo.name,
        "DRONE_REPO_LINK": repo.link,
        "DRONE_REPO_BRANCH": repo.branch,
        "DRONE_REMOTE_URL": repo.http_url,
        "DRONE_GIT_HTTP_URL": repo.http_url,
        "DRONE_GIT_SSH_URL": repo.ssh_url,
        "DRONE_REPO_VISIBILITY": "private" if repo.private else "public",
        "DRONE_REPO_PRIVATE": private,
        "CI_REPO": repo.slug,
        "CI_REPO_NAME": repo.slug,
        "CI_REPO_LINK": repo.link,
        "CI_REPO_REMOTE": repo.http_url,
        "CI_REMOTE_URL": repo.http_url,
        "CI_REPO_PRIVATE": private,
    }


def build_map(build: BuildSpec, *, now: int, failing: bool = False) -> dict[str, str]:
    """Build and commit. While a build runs, start and end are both the time of looking."""
    return {
        **_commit_map(build),
        "DRONE_BUILD_NUMBER": str(build.number),
        "DRONE_BUILD_PARENT": str(build.parent),
        "DRONE_BUILD_EVENT": build.event,
        "DRONE_BUILD_ACTION": build.action,
        "DRONE_BUILD_STATUS": "failure" if failing else "success",
        "DRONE_BUILD_DEBUG": "true" if build.debug else "false",
        "DRONE_BUILD_CREATED": str(build.created),
        "DRONE_BUILD_STARTED": str(now),
        "DRONE_BUILD_FINISHED": str(now),
        "DRONE_BUILD_TRIGGER": build.trigger,
        "DRONE_DEPLOY_TO": build.deploy_to,
        "DRONE_DEPLOY_ID": "0",
        "CI_BUILD_NUMBER": str(build.number),
        "CI_PARENT_BUILD_NUMBER": str(build.parent),
        "CI_BUILD_CREATED": str(build.created),
        "CI_BUILD_STARTED": "0",
        "CI_BUILD_FINISHED": "0",
        "CI_BUILD_STATUS": "failure" if failing else "pending",
        "CI_BUILD_EVENT": build.event,
        "CI_BUILD_LINK": build.link,
        "CI_BUILD_TARGET": build.deploy_to,
        **_pull_request_map(build),
        **_tag_map(build),
    }


def _commit_map(build: BuildSpec) -> dict[str, str]:
    return {
        "DRONE_BRANCH": build.branch,
        "DRONE_SOURCE_BRANCH": build.source_branch,
        "DRONE_TARGET_BRANCH": build.branch,
        "DRONE_COMMIT": build.commit,
        "DRONE_COMMIT_SHA": build.commit,
        "DRONE_COMMIT_BEFORE": build.before,
        "DRONE_COMMIT_AFTER": build.commit,
        "DRONE_COMMIT_REF": build.ref,
        "DRONE_COMMIT_BRANCH": build.branch,
        "DRONE_COMMIT_LINK": build.link,
        "DRONE_COMMIT_MESSAGE": build.message,
        "DRONE_COMMIT_AUTHOR": build.author.login,
        "DRONE_COMMIT_AUTHOR_NAME": build.author.name,
        "DRONE_COMMIT_AUTHOR_EMAIL": build.author.email,
        "DRONE_COMMIT_AUTHOR_AVATAR": build.author.avatar,
        "CI_COMMIT_SHA": build.commit,
        "CI_COMMIT_REF": build.ref,
        "CI_COMMIT_BRANCH": build.branch,
        "CI_COMMIT_MESSAGE": build.message,
        "CI_COMMIT_AUTHOR": build.author.login,
        "CI_COMMIT_AUTHOR_NAME": build.author.name,
        "CI_COMMIT_AUTHOR_EMAIL": build.author.email,
        "CI_COMMIT_AUTHOR_AVATAR": build.author.avatar,
    }


def _pull_request_map(build: BuildSpec) -> dict[str, str]:
    if build.event != "pull_request":
        return {}
    digits = re.search(r"[0-9]+", build.ref)
    return {
        "DRONE_PULL_REQUEST": digits.group() if digits else "",
        "DRONE_PULL_REQUEST_TITLE": build.title,
    }


def _tag_map(build: BuildSpec) -> dict[str, str]:
    if not build.ref.startswith("refs/tags/"):
        return {}
    name = build.ref.removeprefix("refs/tags/")
    return {"DRONE_TAG": name, **version_variables(name)}


def stage_map(stage: Stage, *, now: int) -> dict[str, str]:
    """The pipeline, and the steps of it that failed so far."""
    failed = {"DRONE_FAILED_STEPS": ",".join(stage.failed_steps)} if stage.failing else {}
    return {
        "DRONE_STAGE_KIND": "pipeline",
        "DRONE_STAGE_TYPE": "docker",
        "DRONE_STAGE_NAME": stage.name,
        "DRONE_STAGE_NUMBER": str(stage.number),
        "DRONE_STAGE_MACHINE": stage.machine,
        "DRONE_STAGE_OS": "linux",
        "DRONE_STAGE_ARCH": "amd64",
        "DRONE_STAGE_VARIANT": "",
        "DRONE_STAGE_VERSION": "3",  # how often the server has written the stage until it runs
        "DRONE_STAGE_STATUS": "failure" if stage.failing else "success",
        "DRONE_STAGE_STARTED": str(stage.started),
        "DRONE_STAGE_FINISHED": str(now),
        "DRONE_STAGE_DEPENDS_ON": "",
        "DRONE_CARD_PATH": "/dev/stdout",
        **failed,
    }


def step_map(name: str, number: int) -> dict[str, str]:
    """The step; the clone is number 1."""
    return {"DRONE_STEP_NAME": name, "DRONE_STEP_NUMBER": str(number)}


def link_map(build: BuildSpec, system: System) -> dict[str, str]:
    """The address of the build."""
    return {"DRONE_BUILD_LINK": f"{system.proto}://{system.host}/{build.repo.slug}/{build.number}"}


def git_map(author: Author) -> dict[str, str]:
    """The identity for commits made in a step."""
    name, email = author.name or "drone", author.email or "noreply@drone"
    return {
        "GIT_AUTHOR_NAME": name,
        "GIT_AUTHOR_EMAIL": email,
        "GIT_COMMITTER_NAME": name,
        "GIT_COMMITTER_EMAIL": email,
        "GIT_TERMINAL_PROMPT": "0",
    }


def workspace_map(network: str, volume: str) -> dict[str, str]:
    """The network and the volume of the pipeline, by their names on the engine."""
    return {
        "DRONE_DOCKER_NETWORK_ID": network,
        "DRONE_DOCKER_VOLUME_ID": volume,
        "DRONE_WORKSPACE": WORKSPACE,
        "DRONE_WORKSPACE_BASE": WORKSPACE,
        "DRONE_WORKSPACE_PATH": "",
    }


def netrc_map(netrc: Netrc | None) -> dict[str, str]:
    """The clone credential, which every step of a private repository gets."""
    if netrc is None:
        return {}
    return {
        "DRONE_NETRC_MACHINE": netrc.machine,
        "DRONE_NETRC_USERNAME": netrc.login,
        "DRONE_NETRC_PASSWORD": netrc.password,
        "DRONE_NETRC_FILE": f"machine {netrc.machine} login {netrc.login} password {netrc.password}",
    }
