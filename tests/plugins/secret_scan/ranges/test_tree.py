"""Which files of a work tree are scanned."""

import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from drone_plugin.globs import glob_pattern
from secret_scan.ranges.tree import read_tree


def make(root: Path, *names: str) -> None:
    """Empty files."""
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def test_every_file_is_listed_once_and_in_order(tmp_path: Path) -> None:
    make(tmp_path, "z.txt", "a/b/c.txt", "a.txt", "a/z.txt", ".env", ".github/x.yml")
    assert read_tree(tmp_path, ()).files == [
        ".env",
        ".github/x.yml",
        "a.txt",
        "a/b/c.txt",
        "a/z.txt",
        "z.txt",
    ]


def test_git_data_and_hand_over_files_are_left_out(tmp_path: Path) -> None:
    make(tmp_path, ".git/config", "vendor/lib/.git/config", ".drone-ml/image.json", "kept")
    assert read_tree(tmp_path, ()).files == ["kept"]


def test_nothing_can_hide_in_a_folder_that_is_merely_named_like_the_hand_over_files(tmp_path: Path) -> None:
    make(tmp_path, "src/.drone-ml/key.pem", ".drone-ml.txt", ".github", "sub/.gitmodules")
    assert read_tree(tmp_path, ()).files == [
        ".drone-ml.txt",
        ".github",
        "src/.drone-ml/key.pem",
        "sub/.gitmodules",
    ]


def test_links_pipes_and_sockets_are_no_content(tmp_path: Path) -> None:
    root = tmp_path / "tree"
    make(root, "real")
    make(tmp_path, "outside/secret")
    (root / "link").symlink_to("real")
    (root / "folder").symlink_to(tmp_path / "outside")
    (root / "loop").symlink_to(".")
    (root / "dangling").symlink_to("nowhere")
    os.mkfifo(root / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(root / "socket"))
        tree = read_tree(root, ())
    assert (tree.files, tree.unreadable) == (["real"], [])


@pytest.fixture
def deep(tmp_path: Path) -> Iterator[Path]:
    """A tree with 1500 folders in one another, which Python could not remove again."""
    folder = str(tmp_path / "deep")
    os.mkdir(folder)  # noqa: PTH102 - pathlib takes a second for all of them
    for _ in range(1500):
        folder += "/d"
        os.mkdir(folder)  # noqa: PTH102 - as above
    make(Path(folder), "key.pem")
    yield tmp_path / "deep"
    subprocess.run(["rm", "-r", str(tmp_path / "deep")], check=True)  # noqa: S607 - see above


def test_a_file_is_found_however_deep_it_lies(deep: Path) -> None:
    assert read_tree(deep, ()).files == ["d/" * 1500 + "key.pem"]


def test_a_folder_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("no folder")
    tree = read_tree(tmp_path / "x", ())
    assert (tree.files, tree.unreadable) == ([], [(".", "Not a directory")])


def test_a_folder_that_is_gone_by_now_is_none(tmp_path: Path) -> None:
    tree = read_tree(tmp_path / "gone", ())
    assert (tree.files, tree.unreadable) == ([], [])


@pytest.mark.parametrize(
    ("glob", "matching", "others"),
    [
        ("*.md", ["README.md"], ["docs/README.md", "README.mdx"]),
        ("**/*.md", ["README.md", "docs/a/b.md"], ["README.txt"]),
        ("tests/data/**", ["tests/data/a", "tests/data/b/c"], ["tests/data", "tests/database"]),
        ("tests/data/", ["tests/data/a", "tests/data/b/c"], ["tests/datab"]),
        ("./a?c", ["abc"], ["a/c", "ac"]),
        ("a[1].txt", ["a[1].txt"], ["a1.txt"]),
        ("**", ["a", "a/b\nc"], []),
        ("*", ["a\nb"], ["a/b"]),
    ],
)
def test_a_glob_matches_paths_from_the_workspace_on(
    glob: str, matching: list[str], others: list[str]
) -> None:
    pattern = glob_pattern(glob)
    assert [path for path in matching + others if pattern.fullmatch(path)] == matching


def test_excluded_files_are_left_out(tmp_path: Path) -> None:
    make(tmp_path, "docs/a.md", "docs/b/c.md", "src/a.py", "tests/data/key.pem")
    assert read_tree(tmp_path, ("docs/**", "**/*.pem")).files == ["src/a.py"]
