"""Every environment that a server was seen to make: what that build has scanned, in a repository of ours."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from drone_plugin import Redactor, read_build
from drone_plugin.git_objects import open_git_objects
from drone_plugin.pipes import Pipes
from kit import drone
from kit.drone.fixtures import GitRepository
from secret_scan.ranges.scan import plan_scan

PUSHED = "1 commit pushed to {}, OLD..NEW"
BEYOND = "1 commit of {} that main has not"
HISTORY = "the whole history of {}, 2 commits"
STANDING = "all files of NEW: a build by {} brings no commits"
PULL = "1 commit of the pull request into main, since OLD, and its description"
TREE = "the work tree, 2 files"

# fmt: off
WORDS = {
    "push": PUSHED.format("main"),
    "push-new-branch": BEYOND.format("feature-a"),
    "push-feature": PUSHED.format("feature-a"),
    "force-push": PUSHED.format("feature-a"),
    "push-merge-commit": PUSHED.format("main"),
    "push-private": PUSHED.format("t-private2"),
    "tag-lightweight": BEYOND.format("v1.2.3"),
    "tag-annotated": BEYOND.format("v2.0.0-rc.1+build5"),
    "tag-calver": BEYOND.format("2026.11.3"),
    "tag-not-semver": BEYOND.format("nightly"),
    "pull-request-opened": PULL,
    "pull-request-synchronized": PULL,
    "pull-request-empty-body": PULL,
    "pull-request-fork": PULL,
    "promote": PUSHED.format("main"),
    "promote-tag": STANDING.format("promote"),
    "promote-pull-request": PULL,
    "rollback": PUSHED.format("main"),
    "custom": STANDING.format("custom"),
    "custom-message-action": STANDING.format("custom"),
    "restart": PUSHED.format("main"),
    "restart-of-restart": PUSHED.format("main"),
    "cron": STANDING.format("cron"),
    "gogs-push": HISTORY.format("main"),
    "gogs-push-two-commits": HISTORY.format("main"),
    "gogs-push-new-branch": BEYOND.format("feature-a"),
    "gogs-force-push": BEYOND.format("feature-b"),
    "gogs-push-merge-commit": HISTORY.format("main"),
    "gogs-push-private": HISTORY.format("main"),
    "gogs-tag-lightweight": BEYOND.format("v1.2.3"),
    "gogs-tag-annotated": BEYOND.format("v2.0.0-rc.1+build5"),
    "gogs-tag-calver": BEYOND.format("2026.1.3"),
    "gogs-promote": STANDING.format("promote"),
    "gogs-promote-tag": STANDING.format("promote"),
    "gogs-rollback": STANDING.format("rollback"),
    "gogs-custom": STANDING.format("custom"),
    "gogs-custom-message": STANDING.format("custom"),
    "gogs-restart": HISTORY.format("main"),
    "gogs-restart-param": HISTORY.format("main"),
    "gogs-cron": STANDING.format("cron"),
    "gogs-cron-exec": STANDING.format("cron"),
    "exec-plain": TREE,
    "exec-push": TREE,
    "exec-pull-request": TREE,
    "exec-tag": TREE,
    "exec-promote": TREE,
    "woodpecker-push": PUSHED.format("main"),
    "woodpecker-pull-request": PULL,
    "woodpecker-pull-request-closed": PULL,
    "woodpecker-pull-request-metadata": PULL,
    "woodpecker-tag": BEYOND.format("v1.2.3"),
    "woodpecker-release": BEYOND.format("v1.2.3"),
    "woodpecker-deployment": STANDING.format("promote"),
    "woodpecker-cron": STANDING.format("cron"),
    "woodpecker-manual": STANDING.format("custom"),
}
# fmt: on


def _recorded() -> dict[str, Mapping[str, str]]:
    data = Path(drone.__file__).parent / "data"
    environments: dict[str, Mapping[str, str]] = {}
    for name, prefix in (("drone", ""), ("woodpecker", "woodpecker-")):
        records = json.loads((data / f"{name}-environments.json").read_text())["environments"]
        environments |= {prefix + record["id"]: record["env"] for record in records}
    return environments


RECORDED = _recorded()


def in_ours(recorded: Mapping[str, str], old: str, new: str) -> dict[str, str]:
    """The same build with our two commits in place of those, and no way to its forge."""
    prefix = "CI_" if recorded.get("CI") == "woodpecker" else "DRONE_"
    ours = {"PATH": os.environ["PATH"], **recorded}
    if recorded.get(f"{prefix}COMMIT_SHA"):
        ours[f"{prefix}COMMIT_SHA"] = new
    before = "CI_PREV_COMMIT_SHA" if prefix == "CI_" else "DRONE_COMMIT_BEFORE"
    told = recorded.get(before, "")
    if told.strip("0"):
        ours[before] = new if told == recorded[f"{prefix}COMMIT_SHA"] else old
    return {
        name: value for name, value in ours.items() if name not in {"DRONE_GIT_HTTP_URL", "CI_REPO_CLONE_URL"}
    }


@pytest.mark.contract
@pytest.mark.parametrize("name", WORDS)
def test_a_recorded_build_has_scanned_what_it_brought(name: str, git_repository: GitRepository) -> None:
    old = git_repository.commit("old", {"a.txt": "a\n"})
    git_repository.git("update-ref", "refs/remotes/origin/main", old)
    new = git_repository.commit("new", {"b.txt": "b\n"})
    environment = in_ours(RECORDED[name], old, new)
    pipes = Pipes(environment, git_repository.path, redact=Redactor())

    with open_git_objects(pipes, git_repository.path) as git:
        scan = plan_scan(git, read_build(environment), git_repository.path, "changes")
        assert scan.words == WORDS[name].replace("OLD", old[:8]).replace("NEW", new[:8])
        assert sum(item.origin in {"blob", "file"} for item in scan.items) == (2 if name in _ALL else 1)


_ALL = frozenset(
    name for name, words in WORDS.items() if not words.startswith(("1 commit pushed", "1 commit of"))
)


@pytest.mark.contract
def test_every_recorded_environment_is_told_of() -> None:
    assert set(WORDS) == set(RECORDED)
