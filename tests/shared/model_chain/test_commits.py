"""Whether a clone holds a commit, told without git."""

from pathlib import Path

import pytest

from kit.drone.fixtures import GitRepository
from model_chain import has_commit

OTHER = "c0ffee" + "0" * 34


def test_a_commit_of_the_clone_is_known_and_another_is_not(git_repository: GitRepository) -> None:
    sha = git_repository.commit("Begin", {"a": "1"})
    assert has_commit(git_repository.path, sha) is True
    assert has_commit(git_repository.path, OTHER) is False


def test_what_is_no_commit_is_not_taken_for_one(git_repository: GitRepository) -> None:
    git_repository.commit("Begin", {"a": "1"})
    tree = git_repository.git("rev-parse", "HEAD^{tree}").strip()
    assert has_commit(git_repository.path, tree) is False


def test_a_clone_that_was_cut_off_cannot_tell(git_repository: GitRepository, tmp_path: Path) -> None:
    first = git_repository.commit("Begin", {"a": "1"})
    last = git_repository.commit("Go on", {"a": "2"})
    clone = tmp_path / "clone"
    git_repository.git("clone", "--quiet", "--depth=1", f"file://{git_repository.path}", str(clone))
    assert has_commit(clone, last) is True
    assert has_commit(clone, first) is None


@pytest.mark.parametrize("sha", ["", "HEAD", "main", OTHER[:12], f"{OTHER}\n", "../../etc/passwd"])
def test_only_a_whole_commit_is_looked_for(git_repository: GitRepository, sha: str) -> None:
    git_repository.commit("Begin", {"a": "1"})
    assert has_commit(git_repository.path, sha) is None


def test_without_a_repository_or_with_a_broken_one_nobody_can_tell(tmp_path: Path) -> None:
    assert has_commit(tmp_path, OTHER) is None
    (tmp_path / ".git").write_text("gitdir: nowhere\n")
    assert has_commit(tmp_path, OTHER) is None
