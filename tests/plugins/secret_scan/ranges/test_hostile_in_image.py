"""Hostile repositories through the built image: each ends in time, with the right code, and nothing is run.

`.build/secret-scan-hostile.txt` has afterwards how each ended.
"""

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from kit.drone.fixtures import GitRepository
from kit.engine import Engine
from kit.images import BuiltImage
from kit.secrets.in_image import MARK, Ran, run_in_image, write_table

pytestmark = pytest.mark.container

TOKEN = "dapi" + "3f9a1c7e" + "b2d84605" + "e7c19f3a" + "6d0b58c2"
KEY = f'client = Client(token="{TOKEN}")\n'
SECONDS = 60


@dataclass
class Steps:
    """Steps of the image, noted for the table."""

    engine: Engine
    image: str
    rows: list[tuple[str, ...]]

    def __call__(self, name: str, how: str, folder: Path, user: str = "") -> Ran:
        """Run one, and look at what holds for every case."""
        ref = folder / ".git/refs/heads/main"
        variables = {
            "DRONE": "true",
            "DRONE_BUILD_EVENT": "push",
            "DRONE_COMMIT_SHA": ref.read_text().strip() if ref.exists() else "c" * 40,
            "DRONE_BRANCH": "main",
            "PLUGIN_SCAN": how,
            "PLUGIN_LOG_LEVEL": "debug",
        }
        begun = time.monotonic()
        ran = run_in_image(self.engine, self.image, folder, variables, user=user)
        took = time.monotonic() - begun
        self.rows.append((f"{name}, {how}", ran.words or "-", ran.found, str(ran.code), f"{took:.1f}"))
        assert took < SECONDS
        assert not ran.marked, ran.log
        assert TOKEN[4:] not in ran.log
        assert "\x1b" not in ran.log, ran.log  # colours are taken out
        assert "Traceback" not in ran.log, ran.log
        return ran


@pytest.fixture(scope="module")
def step(engine: Engine, images: Mapping[str, BuiltImage]) -> Iterator[Steps]:
    """The image; at the end, the table."""
    made = Steps(engine, images["secret-scan"].name, [])
    yield made
    heads = ("case", "scanned", "found", "exit code", "seconds")
    write_table("secret-scan-hostile.txt", heads, made.rows)


def links(at: GitRepository) -> None:
    """Out of the tree, to itself, to everything."""
    for name, target in (("out", "/proc/self/environ"), ("loop", "loop"), ("up", "/"), ("dev", "/dev/zero")):
        (at.path / name).symlink_to(target)
    at.commit("hostile")


def pipes(at: GitRepository) -> None:
    """Files that nobody ever writes to."""
    os.mkfifo(at.path / "pipe")
    os.mkfifo(at.path / ".secret-scan.json")


def submodule(at: GitRepository) -> None:
    """Of a repository that is not there."""
    (at.path / ".gitmodules").write_text('[submodule "a"]\n\tpath = a\n\turl = ext::sh -c touch% /tmp/x\n')
    at.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},a")
    at.git("commit", "-q", "-m", "hostile")


def pointers(at: GitRepository) -> None:
    """Files that lie elsewhere."""
    (at.path / "model.bin").write_text(f"version https://git-lfs.github.com/spec/v1\noid sha256:{'a' * 64}\n")
    (at.path / ".gitattributes").write_text("*.bin filter=lfs diff=lfs merge=lfs -text\n")
    at.commit("hostile")


def names(at: GitRepository) -> None:
    """That steer a terminal, end a line, or are no UTF-8."""
    for name in (b"new\nline", b"\x1b[2K\x1b]1338;e30=\x1b]0m", b"bytes\xff", b"-rf", b":(exclude)a"):
        Path(os.fsdecode(bytes(at.path) + b"/" + name)).write_text(KEY)
    at.commit("hostile")


def programs(at: GitRepository) -> None:
    """What git would run if it were asked."""
    (at.path / ".gitattributes").write_text("* diff=x filter=x merge=x\n")
    keys = ("diff.x.textconv", "diff.x.command", "filter.x.clean", "filter.x.smudge", "core.fsmonitor")
    for key in (*keys, "core.sshCommand", "core.pager", "diff.external", "core.alternateRefsCommand"):
        at.git("config", key, f"touch {MARK}; cat")
    for hook in ("post-checkout", "reference-transaction", "pre-auto-gc"):
        (at.path / ".git/hooks" / hook).write_text(f"#!/bin/sh\ntouch {MARK}\n")
        (at.path / ".git/hooks" / hook).chmod(0o755)


def replaced(at: GitRepository) -> None:
    """Another commit in the place of the one with the secret."""
    head = at.git("rev-parse", "HEAD")
    at.git(
        "replace", head, at.git("commit-tree", "-m", "harmless", "4b825dc642cb6eb9a060e54bf8d69288fbee4904")
    )
    (at.path / ".git/info").mkdir(exist_ok=True)
    (at.path / ".git/info/grafts").write_text(f"{head}\n")


def malformed(at: GitRepository) -> None:
    """A baseline that is cut off."""
    (at.path / ".secret-scan.json").write_text('[{"salt": "')
    at.commit("hostile")


def deep(at: GitRepository) -> None:
    """A baseline that nests deeper than Python calls."""
    (at.path / ".secrets.baseline").write_text("[" * 200_000)
    at.commit("hostile")


def enormous(at: GitRepository) -> None:
    """A baseline of 40 MB."""
    (at.path / ".secret-scan.json").write_bytes(b"[" + b'{"salt": "x"},\n' * 2_700_000)


def loading(at: GitRepository) -> None:
    """A baseline that wants a plugin of the repository loaded."""
    (at.path / "evil.py").write_text(f"open({MARK!r}, 'w')\n")
    plugins = [{"name": "Evil", "path": "file:///drone/src/evil.py"}]
    baseline = {"version": "1.5.0", "plugins_used": plugins, "filters_used": [], "results": {}}
    (at.path / ".secrets.baseline").write_text(json.dumps(baseline))
    at.commit("hostile")


CASES = (links, submodule, pointers, names, programs, replaced, malformed, deep, enormous, loading, pipes)


@pytest.mark.parametrize("how", ["changes", "tree"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_it_ends_with_the_secret_found_and_nothing_run(
    step: Steps, git_repository: GitRepository, case: Callable[[GitRepository], None], how: str
) -> None:
    git_repository.commit("with a secret", {"a.py": KEY})
    case(git_repository)
    ran = step(case.__name__, how, git_repository.path)
    assert ran.code == 3, ran.log
    assert "a.py:1:24" in ran.log


@pytest.mark.parametrize("how", ["changes", "tree"])
def test_a_workspace_of_root_is_scanned_by_somebody_else(
    step: Steps, git_repository: GitRepository, how: str
) -> None:
    """Git calls that "dubious ownership"."""
    git_repository.commit("with a secret", {"a.py": KEY})
    ran = step("root's workspace, another user", how, git_repository.path, "1000:1000")
    assert ran.code == 3, ran.log
    assert "a.py:1:24" in ran.log


@pytest.mark.parametrize(("how", "code"), [("changes", 1), ("tree", 0)])
def test_a_folder_that_is_no_repository(step: Steps, tmp_path: Path, how: str, code: int) -> None:
    (tmp_path / "a.txt").write_text("a\n")
    assert step("no repository", how, tmp_path).code == code


def test_an_empty_repository_has_nothing_that_could_be_clean(
    step: Steps, git_repository: GitRepository
) -> None:
    assert step("empty repository", "changes", git_repository.path).code == 1


def test_an_empty_folder_is_no_clean_one(step: Steps, tmp_path: Path) -> None:
    assert step("nothing at all", "tree", tmp_path).code == 1
