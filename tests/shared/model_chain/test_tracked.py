"""Whether git tracks a file, told without git."""

from pathlib import Path

import pytest

from drone_plugin import SettingsError
from kit.drone.fixtures import GitRepository
from model_chain.tracked import is_tracked

PATH = ".drone-ml/image.json"


@pytest.mark.parametrize("name", [PATH, ".Drone-ML/image.json", ".drone-ml/IMAGE.json"])
def test_a_committed_file_is_tracked_in_every_spelling(git_repository: GitRepository, name: str) -> None:
    git_repository.commit("Add it", {name: "{}", "a/b.py": "", "z.py": ""})
    assert is_tracked(git_repository.path, PATH)


def test_a_file_that_is_only_staged_is_tracked(git_repository: GitRepository) -> None:
    git_repository.commit("Begin", {"a": ""})
    (git_repository.path / ".drone-ml").mkdir()
    (git_repository.path / PATH).write_text("{}")
    git_repository.git("add", PATH)
    assert is_tracked(git_repository.path, PATH)


def test_other_files_are_none_of_its_business(git_repository: GitRepository) -> None:
    names = [".drone-ml/other.json", "image.json", "src/.drone-ml/image.json", ".drone-ml/image.json.txt"]
    git_repository.commit("Begin", dict.fromkeys(names, ""))
    assert not is_tracked(git_repository.path, PATH)


def test_a_file_below_a_submodule_or_a_link_is_the_repositorys(git_repository: GitRepository) -> None:
    sha = git_repository.commit("Begin", {"a": ""})
    git_repository.git("update-index", "--add", "--cacheinfo", f"160000,{sha},.drone-ml")
    assert is_tracked(git_repository.path, PATH)


@pytest.mark.parametrize(
    "change", [("--index-version", "4"), ("--untracked-cache",), ("--force-untracked-cache",)]
)
def test_the_formats_of_an_index_are_read(git_repository: GitRepository, change: tuple[str, ...]) -> None:
    git_repository.commit("Begin", {PATH: "{}", "a/long/path/to/it": "", "a/long/path/to/that": ""})
    git_repository.git("update-index", *change)
    assert is_tracked(git_repository.path, PATH)
    assert not is_tracked(git_repository.path, ".drone-ml/training.json")


def test_an_index_in_two_files_is_refused_as_the_second_is_not_read(git_repository: GitRepository) -> None:
    git_repository.commit("Begin", {PATH: "{}"})
    git_repository.git("update-index", "--split-index")
    with pytest.raises(SettingsError, match="git's index cannot be read"):
        is_tracked(git_repository.path, PATH)


def test_a_linked_work_tree_has_its_index_elsewhere(git_repository: GitRepository, tmp_path: Path) -> None:
    git_repository.commit("Begin", {PATH: "{}"})
    git_repository.git("worktree", "add", "-q", str(tmp_path / "linked"))
    assert (tmp_path / "linked/.git").is_file()
    assert is_tracked(tmp_path / "linked", PATH)
    assert not is_tracked(tmp_path / "linked", ".drone-ml/training.json")


def test_without_a_repository_or_a_commit_nothing_is_tracked(tmp_path: Path) -> None:
    assert not is_tracked(tmp_path, PATH)
    assert not is_tracked(GitRepository(tmp_path / "new").path, PATH)


def test_no_program_of_the_repository_runs(git_repository: GitRepository, tmp_path: Path) -> None:
    git_repository.commit("Begin", {"a": ""})
    marker = tmp_path / "ran"
    for name in ("core.fsmonitor", "core.pager", "core.sshCommand"):
        git_repository.git("config", name, f"touch {marker}")
    assert not is_tracked(git_repository.path, PATH)
    assert not marker.exists()
