"""The index of a repository: what is staged, in whatever state that is."""

import os
from collections.abc import Iterator

import pytest

from drone_plugin.pipes import Pipes
from kit.drone.fixtures import GitRepository
from secret_scan.accepted.baseline import LARGEST
from secret_scan.index import Index, open_index


@pytest.fixture
def index(git_repository: GitRepository) -> Iterator[Index]:
    """That of the repository."""
    with open_index(Pipes(dict(os.environ), git_repository.path, redact=str)) as opened:
        yield opened


def contents(index: Index, *paths: str) -> dict[str, bytes]:
    """The staged files by their paths, names that are scanned aside."""
    return {item.path: item.read() for item in index.items(paths) if item.origin == "file"}


def stage(repository: GitRepository, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        (repository.path / name).parent.mkdir(exist_ok=True)
        (repository.path / name).write_bytes(content)
    repository.git("add", "--all")


def test_what_the_commit_changes_is_listed_with_its_size(git_repository: GitRepository, index: Index) -> None:
    git_repository.commit("begin", {"same": "1", "gone": "2", "moved": "a text of some length\n"})
    git_repository.git("rm", "-q", "gone")
    git_repository.git("mv", "moved", "to")
    stage(git_repository, {"new/file": b"3\0"})

    assert contents(index) == {"to": b"a text of some length\n", "new/file": b"3\0"}
    assert {item.path: item.size for item in index.items(())} == {"to": 22, "new/file": 2}


def test_before_the_first_commit_everything_is_new(git_repository: GitRepository, index: Index) -> None:
    stage(git_repository, {"a": b"1", "b": b"2"})
    assert contents(index) == {"a": b"1", "b": b"2"}


def test_paths_that_are_given_are_looked_at_changed_or_not(
    git_repository: GitRepository, index: Index
) -> None:
    git_repository.commit("begin", {"a": "1", "b": "2", "folder/c": "3"})
    assert contents(index, "a", "folder", "none") == {"a": b"1", "folder/c": b"3"}


def test_names_are_taken_as_they_are(git_repository: GitRepository, index: Index) -> None:
    names = ["with\nbreak", ":(top)*", "-option", "caf\udce9"]
    stage(git_repository, {name: name.encode("utf-8", "surrogateescape") for name in names})
    assert sorted(contents(index)) == sorted(names)
    assert contents(index, ":(top)*") == {":(top)*": b":(top)*"}


def test_more_files_than_a_pipe_or_a_command_takes(git_repository: GitRepository, index: Index) -> None:
    names = [f"{number:03}-{'x' * 240}" for number in range(700)]
    stage(git_repository, {name: name[:3].encode() for name in names})
    assert list(contents(index)) == names
    assert list(contents(index, *names)) == names


def test_a_link_is_where_it_points_to_and_a_submodule_is_nothing(
    git_repository: GitRepository, index: Index
) -> None:
    (git_repository.path / "link").symlink_to("/etc/hostname")
    git_repository.git("add", "link")
    commit = git_repository.commit("begin")
    git_repository.git("rm", "-q", "--cached", "link")
    git_repository.git("update-index", "--add", "--cacheinfo", f"160000,{commit},module")
    assert contents(index, "link", "module") == {}
    git_repository.git("add", "link")
    assert contents(index, "link", "module") == {"link": b"/etc/hostname"}


def test_a_file_is_read_as_it_is_staged(git_repository: GitRepository, index: Index) -> None:
    stage(git_repository, {"a": b"staged", "b": b"x" * (LARGEST + 2**20)})
    (git_repository.path / "a").write_bytes(b"edited")
    assert index.read("none") is None
    assert index.read("a\nb") is None
    assert len(index.read("b") or b"") == LARGEST + 1
    assert index.read("a") == b"staged"


def test_what_the_repository_lacks_is_an_error_of_that_file_alone(
    git_repository: GitRepository, index: Index
) -> None:
    stage(git_repository, {"a": b"1", "b": b"2"})
    blob = git_repository.git("rev-parse", ":a")
    (git_repository.path / ".git/objects" / blob[:2] / blob[2:]).unlink()
    lacking, sound = index.items(())
    with pytest.raises(OSError, match="the repository lacks its content"):
        lacking.read()
    assert sound.read() == b"2"
