"""Everything that any branch or tag leads to."""

import pytest

from drone_plugin import JobFailedError
from kit.drone.fixtures import GitRepository

from .conftest import Scanner


def test_all_branches_are_read(git_repository: GitRepository, scan: Scanner) -> None:
    first = git_repository.commit("first", {"a.txt": "NEEDLE\n"})
    git_repository.commit("second NEEDLE", {"a.txt": "a\n"})
    git_repository.git("checkout", "-q", "-b", "side-NEEDLE", first)
    side = git_repository.commit("side", {"s.txt": "NEEDLE\n"})
    git_repository.git("checkout", "-q", "main")

    found = scan(git_repository.path, "history")

    assert found.words == "the whole history of the clone, 3 commits"
    assert ("a.txt", first) in found.where("NEEDLE")
    assert ("s.txt", side) in found.where("NEEDLE")
    assert ("branch name", "") in found.where("NEEDLE")
    assert "second NEEDLE" in found.messages


def test_a_commit_that_no_branch_has_is_read_when_it_is_checked_out(
    git_repository: GitRepository, scan: Scanner
) -> None:
    git_repository.commit("first", {"a.txt": "a\n"})
    git_repository.git("checkout", "-q", "--detach")
    head = git_repository.commit("detached", {"b.txt": "NEEDLE\n"})

    assert scan(git_repository.path, "history").where("NEEDLE") == [("b.txt", head)]


def test_what_only_a_tag_leads_to_is_read(git_repository: GitRepository, scan: Scanner) -> None:
    head = git_repository.commit("first", {"a.txt": "a\n"})
    (git_repository.path / "b.txt").write_text("NEEDLE in a blob\n")
    blob = git_repository.git("hash-object", "-w", "b.txt")
    (git_repository.path / "b.txt").write_text("NEEDLE in a tree\n")
    git_repository.git("add", "b.txt")
    tree = git_repository.git("write-tree")
    git_repository.git("tag", "of-blob", blob)
    git_repository.git("tag", "-a", "of-tree", "-m", "NEEDLE in a tag", tree)
    git_repository.git("tag", "-a", "of-tag", "-m", "NEEDLE in a tag of a tag", "of-tree")

    found = scan(git_repository.path, "history")

    assert sorted(path for path, _ in found.where("NEEDLE in a ")) == [
        *("b.txt", "refs/tags/of-blob", "tag message", "tag message", "tag message")
    ]
    assert head in {item.commit for item in found.items}


def test_an_empty_repository_has_no_history(git_repository: GitRepository, scan: Scanner) -> None:
    with pytest.raises(JobFailedError, match="no commit"):
        scan(git_repository.path, "history")
