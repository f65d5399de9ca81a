"""Situations in which the clone lacks something, through the built image, with the forge at hand or not.

`.build/secret-scan-ranges.txt` has afterwards what was scanned and found in each.
"""

from collections.abc import Iterator, Mapping

import pytest

from kit.drone.fixtures import GitRepository
from kit.engine import Engine
from kit.images import BuiltImage
from kit.secrets.in_image import Ran, run_in_image, write_table

from .conftest import Forge

pytestmark = pytest.mark.container

TOKEN = "dapi" + "3f9a1c7e" + "b2d84605" + "e7c19f3a" + "6d0b58c2"
KEY = f'client = Client(token="{TOKEN}")\n'


class Scans:
    """Steps of the image, noted for the table."""

    def __init__(self, engine: Engine, image: str) -> None:
        self.engine, self.image = engine, image
        self.rows: list[tuple[str, ...]] = []

    def __call__(self, situation: str, clone: GitRepository, **about: str) -> Ran:
        """One step in that clone; variables without the prefix DRONE_, or Woodpecker's own."""
        variables = {"DRONE": "true", "DRONE_REPO_BRANCH": "main", "DRONE_BRANCH": "main"}
        variables |= {f"DRONE_{name}": value for name, value in about.items()}
        if any(name.startswith("CI_") for name in about):
            variables = {"CI": "woodpecker", "CI_REPO_DEFAULT_BRANCH": "main", **about}
        ran = run_in_image(self.engine, self.image, clone.path, variables)
        assert TOKEN[4:] not in ran.log
        self.rows.append((situation, ran.words or "-", ran.found, str(ran.code)))
        return ran


@pytest.fixture(scope="module")
def scans(engine: Engine, images: Mapping[str, BuiltImage]) -> Iterator[Scans]:
    """The image; at the end, the table."""
    made = Scans(engine, images["secret-scan"].name)
    yield made
    write_table("secret-scan-ranges.txt", ("situation", "scanned", "found", "exit code"), made.rows)


def test_the_old_commit_of_a_force_push_is_fetched(forge: Forge, scans: Scans) -> None:
    forge.repository.commit("base", {"a.txt": "a\n"})
    old = forge.repository.commit("old", {"old.py": KEY})
    forge.repository.git("reset", "-q", "--hard", "HEAD~1")
    new = forge.repository.commit("new", {"new.py": KEY})
    clone = forge.clone("refs/heads/main")
    push = {"BUILD_EVENT": "push", "COMMIT_SHA": new, "COMMIT_BEFORE": old}
    ran = scans("force push", clone, GIT_HTTP_URL=forge.url, **push)
    assert (ran.code, ran.words) == (
        3,
        f"1 commit pushed to main, {old[:8]}..{new[:8]}, a force push",
    ), ran.log
    assert "new.py:1:24" in ran.log
    assert "old.py" not in ran.log

    alone = scans("force push, the old commit is gone", clone, **push)
    assert alone.code == 3
    assert "which is gone" in alone.log


def test_a_tag_has_what_the_default_branch_has_not(forge: Forge, scans: Scans) -> None:
    forge.repository.commit("main", {"main.py": KEY})
    forge.repository.git("checkout", "-q", "-b", "release")
    head = forge.repository.commit("release", {"release.py": KEY})
    forge.repository.git("tag", "-a", "v1", "-m", f"with {TOKEN}")
    forge.repository.git("checkout", "-q", "main")
    clone = forge.clone("refs/tags/v1")
    about = {"BUILD_EVENT": "tag", "COMMIT_SHA": head, "COMMIT_REF": "refs/tags/v1", "TAG": "v1"}
    ran = scans("tag", clone, GIT_HTTP_URL=forge.url, **about)
    assert (ran.code, ran.words) == (3, "1 commit of v1 that main has not"), ran.log
    assert "release.py:1:24" in ran.log
    assert "tag message:1:6" in ran.log
    assert "main.py" not in ran.log


@pytest.mark.parametrize("place", ["at hand", "out of reach"])
def test_a_shallow_clone_is_completed_or_the_step_fails(forge: Forge, scans: Scans, place: str) -> None:
    old = forge.repository.commit("old", {"a.txt": "a\n"})
    forge.repository.commit("add", {"b.py": KEY})
    new = forge.repository.commit("remove", {"b.py": "1\n"})
    clone = forge.clone("refs/heads/main", depth=1)
    more = {"GIT_HTTP_URL": forge.url} if place == "at hand" else {}
    name = f"shallow clone, forge {place}"
    ran = scans(name, clone, BUILD_EVENT="push", COMMIT_SHA=new, COMMIT_BEFORE=old, **more)
    if place == "at hand":
        assert (ran.code, ran.words) == (3, f"2 commits pushed to main, {old[:8]}..{new[:8]}"), ran.log
        assert "b.py:1:24" in ran.log
    else:
        assert ran.code not in {0, 3}, ran.log


@pytest.mark.parametrize("place", ["at hand", "out of reach"])
def test_the_base_of_a_pull_request_is_fetched_or_more_is_scanned(
    forge: Forge, scans: Scans, place: str
) -> None:
    base = forge.repository.commit("base", {"base.py": KEY})
    forge.repository.git("checkout", "-q", "-b", "feature")
    head = forge.repository.commit("head", {"mine.py": KEY})
    forge.repository.git("update-ref", "refs/pull/7/head", head)
    forge.repository.git("checkout", "-q", "main")
    clone = forge.clone("refs/pull/7/head")
    pull = {"BUILD_EVENT": "pull_request", "COMMIT_SHA": head, "COMMIT_REF": "refs/pull/7/head"}
    more = (
        {"GIT_HTTP_URL": forge.url, "COMMIT_BEFORE": base}
        if place == "at hand"
        else {"COMMIT_BEFORE": "f" * 40}
    )
    name = f"pull request without its base, forge {place}"
    ran = scans(name, clone, **pull, **more)
    assert ran.code == 3, ran.log
    assert "mine.py:1:24" in ran.log
    assert ("base.py:1:24" in ran.log) is (place == "out of reach")


def test_woodpecker(forge: Forge, scans: Scans) -> None:
    old = forge.repository.commit("old", {"old.py": KEY})
    new = forge.repository.commit("new", {"new.py": KEY})
    clone = forge.clone("refs/heads/main", depth=1, options="--filter=tree:0")
    about = {"CI_PIPELINE_EVENT": "push", "CI_COMMIT_SHA": new, "CI_PREV_COMMIT_SHA": old}
    about |= {"CI_COMMIT_BRANCH": "main", "CI_COMMIT_REF": "refs/heads/main", "CI_REPO_CLONE_URL": forge.url}
    ran = scans("Woodpecker push, partial clone", clone, **about)
    assert (ran.code, ran.words) == (3, f"1 commit pushed to main, {old[:8]}..{new[:8]}"), ran.log
    assert "old.py" not in ran.log

    cron = scans("Woodpecker cron", clone, **about | {"CI_PIPELINE_EVENT": "cron"})
    assert cron.code == 3, cron.log
    assert "old.py:1:24" in cron.log
