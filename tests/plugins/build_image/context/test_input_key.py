"""What has to change for an image to be built again."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypedDict, Unpack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from build_image.context import input_key, plan_context
from build_image.context.key import _Key


class Changed(TypedDict, total=False):
    """What of it a test changes."""

    build_args: dict[str, str]
    secret_ids: list[str]
    target: str
    platform: str
    network: str
    bases: dict[str, str]
    builder: str
    reproducible: bool


class Inputs(TypedDict):
    """What beside the context goes into a key."""

    build_args: dict[str, str]
    secret_ids: list[str]
    target: str
    platform: str
    network: str
    bases: dict[str, str]
    builder: str
    reproducible: bool


INPUTS: Inputs = {
    "build_args": {"A": "1", "B": "2"},
    "secret_ids": ["token"],
    "target": "train",
    "platform": "linux/amd64",
    "network": "host",
    "bases": {"python:3.11": "sha256:" + "0" * 64},
    "builder": "buildkit",
    "reproducible": False,
}


@pytest.fixture
def tree(workspace: Path) -> Path:
    """A context of two files, a script and a link."""
    (workspace / "app").mkdir()
    (workspace / "Dockerfile").write_text("FROM python:3.11\nCOPY . /src\n")
    (workspace / "app/main.py").write_text("print(1)\n")
    (workspace / "app/run.sh").write_text("#!/bin/sh\n")
    (workspace / "app/run.sh").chmod(0o755)
    (workspace / "app/link").symlink_to("main.py")
    return workspace


def key(tree: Path, dockerfile: str = "Dockerfile", **changed: Unpack[Changed]) -> str:
    """The key of a tree."""
    inputs = INPUTS.copy()
    inputs.update(changed)
    return input_key(plan_context(tree, ".", dockerfile), **inputs)


def test_a_key_is_64_hexadecimal_digits_and_the_same_for_the_same_inputs(tree: Path) -> None:
    assert key(tree) == key(tree)
    assert len(key(tree)) == 64
    assert set(key(tree)) <= set("0123456789abcdef")


@pytest.mark.parametrize(
    "changed",
    [
        {"build_args": {"A": "1"}},
        {"build_args": {"A": "1", "B": "3"}},
        {"build_args": {"A": "1B2", "B": ""}},
        {"secret_ids": []},
        {"secret_ids": ["token", "other"]},
        {"target": ""},
        {"platform": "linux/arm64"},
        {"network": ""},
        {"bases": {}},
        {"bases": {"python:3.11": "sha256:" + "1" * 64}},
        {"bases": {"python:3.12": "sha256:" + "0" * 64}},
        {"builder": "classic"},
        {"reproducible": True},
    ],
    ids=str,
)
def test_every_input_beside_the_context_changes_it(tree: Path, changed: Changed) -> None:
    assert key(tree, **changed) != key(tree)


def test_maps_and_lists_have_no_order(tree: Path) -> None:
    assert key(tree, build_args={"B": "2", "A": "1"}) == key(tree)
    assert key(tree, secret_ids=["b", "a"]) == key(tree, secret_ids=["a", "b"])


CHANGES: dict[str, Callable[[Path], object]] = {
    "content": lambda tree: (tree / "app/main.py").write_text("print(2)\n"),
    "a file more": lambda tree: (tree / "app/new.py").touch(),
    "a file less": lambda tree: (tree / "app/main.py").unlink(),
    "another name": lambda tree: (tree / "app/main.py").rename(tree / "app/main2.py"),
    "another folder": lambda tree: (tree / "app/main.py").rename(tree / "main.py"),
    "an empty folder": lambda tree: (tree / "app/data").mkdir(),
    "executable": lambda tree: (tree / "app/main.py").chmod(0o755),
    "no longer executable": lambda tree: (tree / "app/run.sh").chmod(0o644),
    "a link elsewhere": lambda tree: relink(tree / "app/link", "run.sh"),
    "a file for a link": lambda tree: replace_link(tree / "app/link"),
    "the Dockerfile": lambda tree: (tree / "Dockerfile").write_text("FROM python:3.11\nCOPY . /code\n"),
    "an ignored file": lambda tree: (tree / ".dockerignore").write_text("app/main.py\n.dockerignore\n"),
    "a pattern of the ignore file": lambda tree: (tree / ".dockerignore").write_text("none\n.dockerignore\n"),
}


def relink(path: Path, target: str) -> None:
    """Have a link lead elsewhere."""
    path.unlink()
    path.symlink_to(target)


def replace_link(path: Path) -> None:
    """Have a file where a link was, with the link's target as its content."""
    target = os.readlink(path)  # noqa: PTH115 - the text is what is wanted
    path.unlink()
    path.write_text(target)


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_of_the_context_changes_it(tree: Path, change: str) -> None:
    before = key(tree)
    CHANGES[change](tree)
    assert key(tree) != before


def age(tree: Path) -> None:
    """Have everything be of 1970."""
    for path in tree.rglob("*"):
        os.utime(path, (1, 1), follow_symlinks=False)


SAME: dict[str, Callable[[Path], object]] = {
    "times": age,
    "permissions of others": lambda tree: (tree / "app/main.py").chmod(0o600),
    "permissions of folders": lambda tree: (tree / "app").chmod(0o700),
    "executable for others": lambda tree: (tree / "app/run.sh").chmod(0o700),
    "repository data": lambda tree: (tree / ".git").mkdir(),
    "hand-over files": lambda tree: (tree / ".drone-ml").mkdir(),
    "the order on disk": lambda tree: reorder(tree / "app"),
}


def reorder(folder: Path) -> None:
    """Write a folder's files anew, the last one first."""
    files = {path: path.read_bytes() for path in folder.iterdir() if not path.is_symlink()}
    modes = {path: path.stat().st_mode for path in files}
    for path in files:
        path.unlink()
    for path in sorted(files, reverse=True):
        path.write_bytes(files[path])
        path.chmod(modes[path])


@pytest.mark.parametrize("change", SAME)
def test_what_a_clone_or_a_runner_decides_does_not(tree: Path, change: str) -> None:
    before = key(tree)
    SAME[change](tree)
    assert key(tree) == before


def test_the_name_of_the_dockerfile_does_not_where_nobody_sees_it(tree: Path) -> None:
    (tree / ".dockerignore").write_text("*Dockerfile\n")
    (tree / "Other.Dockerfile").write_text((tree / "Dockerfile").read_text())
    assert key(tree, "Other.Dockerfile") == key(tree)


@given(
    st.lists(st.lists(st.text(max_size=4), max_size=3), max_size=4),
    st.lists(st.lists(st.text(max_size=4), max_size=3), max_size=4),
)
def test_no_two_lists_of_records_look_the_same(one: list[list[str]], other: list[list[str]]) -> None:
    def digest(records: list[list[str]]) -> str:
        made = _Key()
        for fields in records:
            made.record(*fields)
        return made.digest()

    assert (digest(one) == digest(other)) == (one == other)
