"""The situations once more, through the built image: what it says that it scans, and what it finds there."""

from collections.abc import Mapping
from itertools import pairwise

import pytest

from drone_plugin.testing import build
from drone_plugin.testing.spec import BuildSpec
from kit.drone.fixtures import GitRepository
from kit.drone.run import run_step
from kit.engine import Engine
from kit.images import BuiltImage

from .conftest import ZEROS, Forge

pytestmark = pytest.mark.container

TOKEN = "dapi" + "3f9a1c7e" + "b2d84605" + "e7c19f3a" + "6d0b58c2"


def scanned(
    engine: Engine, images: Mapping[str, BuiltImage], clone: GitRepository, made: BuildSpec
) -> tuple[int, str, list[str]]:
    """Exit code, the range in words, and the places of the findings of one step in that clone."""
    step = run_step(images["secret-scan"].name, {}, made, engine=engine, workspace_source=clone.path)
    lines = step.log.splitlines()
    words = next((line.removeprefix("scanning ") for line in lines if line.startswith("scanning ")), "")
    heads = [before for before, line in pairwise(lines) if line.startswith("    ") and TOKEN[:4] in line]
    assert TOKEN not in step.log
    return step.exit_code, words, [head.partition("  (")[0].split()[-1] for head in heads]


def key(name: str = "a") -> dict[str, str]:
    """A file with the token in it."""
    return {f"{name}.py": f'client = Client(token="{TOKEN}")\n'}


def test_a_push_that_takes_its_secret_back(
    forge: Forge, engine: Engine, images: Mapping[str, BuiltImage]
) -> None:
    old = forge.repository.commit("old", key("old"))
    forge.repository.commit("add", key("b"))
    new = forge.repository.commit("remove", {"b.py": "nothing\n"})
    clone = forge.clone("refs/heads/main")
    code, words, places = scanned(engine, images, clone, build.push(new, "x", before=old))
    assert (code, places) == (3, ["b.py:1:24"])
    assert words == f"2 commits pushed to main, {old[:8]}..{new[:8]}"


def test_a_secret_that_is_born_in_a_merge(
    forge: Forge, engine: Engine, images: Mapping[str, BuiltImage]
) -> None:
    old = forge.repository.commit("old", {"a.txt": "a\n"})
    forge.repository.git("checkout", "-q", "-b", "side")
    forge.repository.commit("side", {"s.txt": "side\n"})
    forge.repository.git("checkout", "-q", "main")
    forge.repository.commit("ours", {"a.txt": "aa\n"})
    forge.repository.git("merge", "-q", "--no-commit", "side")
    merge = forge.repository.commit("merge", key("evil"))
    clone = forge.clone("refs/heads/main")
    code, _, places = scanned(engine, images, clone, build.push(merge, "x", before=old))
    assert (code, places) == (3, ["evil.py:1:24"])


def test_a_push_without_a_secret_over_one_that_lies_there(
    forge: Forge, engine: Engine, images: Mapping[str, BuiltImage]
) -> None:
    old = forge.repository.commit("old", key())
    new = forge.repository.commit("new", {"b.txt": "b\n"})
    clone = forge.clone("refs/heads/main")
    made = build.push(new, "x", before=old)
    assert scanned(engine, images, clone, made)[0] == 0


@pytest.mark.parametrize("before", [ZEROS, "", "f" * 40], ids=["first push", "no before", "before is gone"])
def test_a_push_whose_old_commit_says_nothing_has_more_scanned(
    forge: Forge, engine: Engine, images: Mapping[str, BuiltImage], before: str
) -> None:
    forge.repository.commit("old", key())
    new = forge.repository.commit("new", {"b.txt": "b\n"})
    clone = forge.clone("refs/heads/main")
    made = build.push(new, "x", before=before)
    code, words, places = scanned(engine, images, clone, made)
    assert (code, places) == (3, ["a.py:1:24"]), words
    assert "main, 2 commits" in words


def test_a_pull_request(forge: Forge, engine: Engine, images: Mapping[str, BuiltImage]) -> None:
    base = forge.repository.commit("base", key("base"))
    forge.repository.git("checkout", "-q", "-b", "feature")
    head = forge.repository.commit("head", key("mine"))
    forge.repository.git("update-ref", "refs/pull/7/head", head)
    forge.repository.git("checkout", "-q", "main")
    clone = forge.clone_merged(head)
    made = build.pull_request(7, head, title="x", before=base)
    code, _, places = scanned(engine, images, clone, made)
    assert (code, places) == (3, ["mine.py:1:24"])


def test_a_cron_build_has_every_file_of_its_commit(
    forge: Forge, engine: Engine, images: Mapping[str, BuiltImage]
) -> None:
    forge.repository.commit("old", key())
    new = forge.repository.commit("new", {"b.txt": "b\n"})
    clone = forge.clone("refs/heads/main")
    made = build.cron(new, "x")
    code, _, places = scanned(engine, images, clone, made)
    assert (code, places) == (3, ["a.py:1:24"])
