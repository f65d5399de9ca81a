"""The metadata variables of a plugin step on Woodpecker 3, for the builds that Drone knows, too."""

from collections.abc import Mapping

from drone_plugin.testing.spec import BuildSpec

HOST = "ci.example.com"
_EVENTS = {"promote": "deployment", "rollback": "deployment", "custom": "manual"}


def woodpecker_map(build: BuildSpec, *, now: int, workspace: str, step: str = "plugin") -> dict[str, str]:
    """`CI_*`, what is empty left out; these alone are known to `${...}` in the text of the pipeline."""
    link = f"https://{HOST}/repos/5/pipeline/{build.number}"
    variables = {
        "CI": "woodpecker",
        "CI_SYSTEM_NAME": "woodpecker",
        "CI_SYSTEM_HOST": HOST,
        "CI_SYSTEM_URL": f"https://{HOST}",
        "CI_SYSTEM_PLATFORM": "linux/amd64",
        "CI_FORGE_TYPE": "github" if "github" in build.repo.host else "gitea",
        "CI_FORGE_URL": f"https://{build.repo.host}",
        "CI_PIPELINE_EVENT": _EVENTS.get(build.event, build.event),
        "CI_PIPELINE_NUMBER": str(build.number),
        "CI_PIPELINE_PARENT": str(build.parent),
        "CI_PIPELINE_URL": link,
        "CI_PIPELINE_FORGE_URL": build.link,
        "CI_PIPELINE_STATUS": "success",
        "CI_PIPELINE_CREATED": str(build.created),
        "CI_PIPELINE_STARTED": str(now),
        "CI_PIPELINE_DEPLOY_TARGET": build.deploy_to,
        "CI_WORKFLOW_NAME": "woodpecker",
        "CI_WORKFLOW_NUMBER": "1",
        "CI_STEP_NAME": step,
        "CI_STEP_NUMBER": "0",
        "CI_STEP_STARTED": str(now),
        "CI_STEP_TYPE": "plugin",
        "CI_STEP_URL": link,
        "CI_WORKSPACE": workspace,
        **_repo_map(build),
        **_commit_map(build),
    }
    return {**build.params, **{name: value for name, value in variables.items() if value}}


def _repo_map(build: BuildSpec) -> dict[str, str]:
    repo = build.repo
    return {
        "CI_REPO": repo.slug,
        "CI_REPO_OWNER": repo.namespace,
        "CI_REPO_NAME": repo.name,
        "CI_REPO_URL": repo.link,
        "CI_REPO_CLONE_URL": repo.http_url,
        "CI_REPO_CLONE_SSH_URL": repo.ssh_url,
        "CI_REPO_DEFAULT_BRANCH": repo.branch,
        "CI_REPO_PRIVATE": "true" if repo.private else "false",
    }


def _commit_map(build: BuildSpec) -> dict[str, str]:
    pull = build.ref.removeprefix("refs/pull/").partition("/")[0] if build.event == "pull_request" else ""
    return {
        "CI_COMMIT_SHA": build.commit,
        "CI_COMMIT_REF": build.ref,
        "CI_COMMIT_BRANCH": build.branch,
        "CI_COMMIT_MESSAGE": build.message,
        "CI_COMMIT_AUTHOR": build.author.login,
        "CI_COMMIT_AUTHOR_AVATAR": build.author.avatar,
        "CI_COMMIT_AUTHOR_EMAIL": build.author.email,
        "CI_PREV_COMMIT_SHA": build.before,
        "CI_COMMIT_TAG": build.ref.removeprefix("refs/tags/") if build.ref.startswith("refs/tags/") else "",
        "CI_COMMIT_PULL_REQUEST": pull,
        "CI_COMMIT_SOURCE_BRANCH": build.source_branch if pull else "",
        "CI_COMMIT_TARGET_BRANCH": build.branch if pull else "",
    }


_DRONE_NAMES: Mapping[str, str] = {
    "DRONE_BRANCH": "CI_COMMIT_BRANCH",
    "DRONE_BUILD_EVENT": "CI_PIPELINE_EVENT",
    "DRONE_BUILD_LINK": "CI_PIPELINE_URL",
    "DRONE_BUILD_NUMBER": "CI_PIPELINE_NUMBER",
    "DRONE_COMMIT": "CI_COMMIT_SHA",
    "DRONE_COMMIT_BEFORE": "CI_PREV_COMMIT_SHA",
    "DRONE_COMMIT_BRANCH": "CI_COMMIT_BRANCH",
    "DRONE_COMMIT_MESSAGE": "CI_COMMIT_MESSAGE",
    "DRONE_COMMIT_REF": "CI_COMMIT_REF",
    "DRONE_COMMIT_SHA": "CI_COMMIT_SHA",
    "DRONE_PULL_REQUEST": "CI_COMMIT_PULL_REQUEST",
    "DRONE_REPO": "CI_REPO",
    "DRONE_SYSTEM_HOST": "CI_SYSTEM_HOST",
    "DRONE_TAG": "CI_COMMIT_TAG",
}


def drone_names(given: Mapping[str, str]) -> dict[str, str]:
    """Some of them by Drone's names, though never `DRONE` itself: what plugins get when the step starts."""
    return {name: given[source] for name, source in _DRONE_NAMES.items() if source in given}
