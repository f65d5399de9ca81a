"""Commits with what they brought, and contents by id."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from drone_plugin import Redactor
from drone_plugin.git import MissingObjectError
from drone_plugin.git_objects import CommitHead, Entry, GitObjects, Kept, open_git_objects
from drone_plugin.pipes import Pipes
from kit.drone.fixtures import GitRepository


@contextmanager
def opened(workspace: Path) -> Iterator[GitObjects]:
    """The repository of `workspace`."""
    pipes = Pipes({"PATH": os.environ["PATH"]}, workspace, redact=Redactor())
    with open_git_objects(pipes, workspace) as git:
        yield git


def test_each_commit_is_followed_by_the_files_that_it_brought(git_repository: GitRepository) -> None:
    one = git_repository.commit("one", {"a.txt": "a\n", "b.txt": "b\n"})
    (git_repository.path / "b.txt").unlink()
    two = git_repository.commit("two", {"a.txt": "aa\n", "c.txt": "c\n"})
    three = git_repository.commit("three")
    blobs = [git_repository.git("rev-parse", name) for name in ("HEAD:a.txt", "HEAD:c.txt")]

    with opened(git_repository.path) as git:
        parts = list(git.log(three, f"^{one}"))

    assert [part.sha if isinstance(part, CommitHead) else part for part in parts] == [
        two,
        Entry("a.txt", blobs[0], is_new=False),
        Entry("c.txt", blobs[1], is_new=True),
        three,
    ]


def test_a_merge_brings_what_differs_from_every_parent(git_repository: GitRepository) -> None:
    git_repository.commit("base", {"a.txt": "a\n"})
    git_repository.git("checkout", "-q", "-b", "side")
    git_repository.commit("side", {"s.txt": "s\n", "a.txt": "side\n"})
    git_repository.git("checkout", "-q", "main")
    git_repository.commit("ours", {"o.txt": "o\n"})
    git_repository.git("merge", "-q", "--no-commit", "side")
    merge = git_repository.commit("merge", {"s.txt": "neither\n", "new.txt": "n\n"})

    with opened(git_repository.path) as git:
        entries = [part for part in git.log("-1", merge) if isinstance(part, Entry)]

    assert [(entry.path, entry.is_new) for entry in entries] == [("new.txt", True), ("s.txt", True)]


def test_the_objects_of_a_repository_with_sha256_are_read(tmp_path: Path) -> None:
    repository = GitRepository.__new__(GitRepository)
    repository.path = tmp_path / "repository"
    repository.path.mkdir()
    repository.git("init", "-q", "--object-format=sha256")
    head = repository.commit("one", {"a.txt": "content\n"})

    with opened(repository.path) as git:
        entries = [part for part in git.log(head) if isinstance(part, Entry)]
        assert [git.content(entry.blob) for entry in entries] == [b"content\n"]


def test_contents_are_known_by_kind_and_size(git_repository: GitRepository) -> None:
    head = git_repository.commit("one", {"a.txt": "content\n", "empty": ""})
    names = [git_repository.git("rev-parse", name) for name in ("HEAD:a.txt", "HEAD:empty", "HEAD^{tree}")]

    with opened(git_repository.path) as git:
        kept = git.kept([*names, head, "f" * 40])
        assert kept[:2] == [Kept("blob", 8), Kept("blob", 0)]
        assert [one.kind if one else None for one in kept[2:]] == ["tree", "commit", None]
        assert git.contents([*names[:2], "f" * 40]) == {names[0]: b"content\n", names[1]: b""}
        assert b"".join(git.pieces(names[0])) == b"content\n"


def test_many_objects_are_asked_for_at_once(git_repository: GitRepository) -> None:
    git_repository.commit("many", {f"{number}.txt": f"{number}\n" * 5000 for number in range(600)})

    with opened(git_repository.path) as git:
        blobs = [entry.blob for entry in git.files("HEAD")]
        assert {kept.kind for kept in git.kept(blobs) if kept} == {"blob"}
        contents = git.contents(blobs)
    assert {content[: content.index(b"\n")] for content in contents.values()} == {
        str(number).encode() for number in range(600)
    }


@pytest.mark.parametrize("name", ["HEAD", "main:a.txt", "", "f" * 39, "f" * 40 + "\nx"])
def test_only_ids_are_asked_for(git_repository: GitRepository, name: str) -> None:
    git_repository.commit("one", {"a.txt": "a\n"})
    with opened(git_repository.path) as git, pytest.raises(MissingObjectError):
        git.content(name)


def test_an_object_that_is_not_there_does_not_spoil_the_next(git_repository: GitRepository) -> None:
    git_repository.commit("one", {"a.txt": "a\n"})
    blob = git_repository.git("rev-parse", "HEAD:a.txt")

    with opened(git_repository.path) as git:
        with pytest.raises(MissingObjectError):
            git.content("f" * 40)
        assert git.content(blob) == b"a\n"


@pytest.mark.parametrize(
    ("path", "content"),
    [("a.txt", b"a\n"), ("d/b.txt", b"b\n"), ("d", None), ("nothing", None), ("*", None), (":/a.txt", None)],
)
def test_a_file_is_read_as_a_commit_has_it(
    git_repository: GitRepository, path: str, content: bytes | None
) -> None:
    head = git_repository.commit("one", {"a.txt": "a\n", "d/b.txt": "b\n"})
    git_repository.commit("two", {"a.txt": "later\n"})

    with opened(git_repository.path) as git:
        assert git.file(head, path) == content


def test_a_history_that_is_not_read_to_its_end_leaves_nothing_behind(git_repository: GitRepository) -> None:
    for number in range(3):
        git_repository.commit(str(number), {"a.txt": f"{number}\n"})

    with opened(git_repository.path) as git:
        assert isinstance(next(iter(git.log("HEAD"))), CommitHead)
        assert git.content(git_repository.git("rev-parse", "HEAD:a.txt")) == b"2\n"
