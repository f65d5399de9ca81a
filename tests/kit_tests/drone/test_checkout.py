"""The clone step, by real git."""

import io
import tarfile

import pytest

from drone_plugin.testing import build
from kit.drone.checkout import Repository, clone
from kit.drone.fixtures import GitRepository
from kit.drone.result import Status
from kit.drone.tiny import TinyRunner, statuses, tiny_pipeline

PUSH = build.push("c" * 40, "fix: a typo")
LOOK = "name: a, commands: [cat hello, cat .git/HEAD, \"stat -c '%u:%g' . hello .git\"]"


def tree(archive: bytes) -> dict[str, str]:
    """The text of the files in a clone, by path."""
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        files = {
            member.name: tar.extractfile(member) for member in tar if not member.name.startswith("./.git/")
        }
    return {name: file.read().decode() for name, file in files.items() if file}


@pytest.mark.container
def test_the_commit_is_cloned_with_its_history_and_belongs_to_root(
    run_tiny: TinyRunner, git_repository: GitRepository
) -> None:
    commit = git_repository.commit("first", {"hello": "one\n"})
    git_repository.commit("second", {"hello": "two\n"})
    result = run_tiny(
        tiny_pipeline(LOOK, clone=True),
        build.push(commit, "first"),
        workspace_source=Repository(git_repository.path),
    )

    shown = [line for line in result.step("a").log.splitlines() if not line.startswith("+")]
    assert shown == ["one", "ref: refs/heads/main", "0:0", "0:0", "0:0"]
    assert (result.step("clone").status, result.step("a").number) == (Status.SUCCESS, 2)


@pytest.mark.container
def test_a_commit_that_is_not_there_fails_the_clone_and_skips_the_rest(
    run_tiny: TinyRunner, git_repository: GitRepository
) -> None:
    git_repository.commit("first")
    result = run_tiny(tiny_pipeline(LOOK, clone=True), PUSH, workspace_source=Repository(git_repository.path))

    assert statuses(result) == {"clone": "failure", "a": "skipped"}
    assert "+ git checkout" in result.step("clone").log


def test_a_pull_request_is_merged_into_its_target(git_repository: GitRepository) -> None:
    git_repository.commit("base", {"base": "1"})
    git_repository.git("checkout", "-q", "-b", "feature")
    head = git_repository.commit("feature", {"feature": "1"})
    git_repository.git("update-ref", "refs/pull/7/head", head)
    git_repository.git("checkout", "-q", "main")
    git_repository.commit("meanwhile", {"meanwhile": "1"})

    outcome = clone(Repository(git_repository.path), build.pull_request(7, head, title="x"))

    assert outcome.exit_code == 0, outcome.log
    assert tree(outcome.archive) == {"./base": "1", "./feature": "1", "./meanwhile": "1"}


def test_a_tag_is_checked_out_without_a_branch(git_repository: GitRepository) -> None:
    commit = git_repository.commit("first", {"hello": "one"})
    git_repository.git("tag", "-a", "v1", "-m", "first")
    git_repository.commit("second", {"hello": "two"})

    outcome = clone(Repository(git_repository.path), build.tag("v1", commit, "first"))

    assert outcome.exit_code == 0, outcome.log
    assert tree(outcome.archive) == {"./hello": "one"}


def test_nothing_of_the_host_stays_in_the_clone(git_repository: GitRepository) -> None:
    commit = git_repository.commit("first")

    outcome = clone(Repository(git_repository.path), build.push(commit, "first"))

    assert str(git_repository.path).encode() not in outcome.archive
    assert b"url = https://github.example.com/octocat/hello.git" in outcome.archive
