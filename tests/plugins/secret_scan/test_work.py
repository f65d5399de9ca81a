"""secret-scan as pipelines use it."""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Unpack

import pytest

from drone_plugin.testing import build
from drone_plugin.testing.goformat import Value
from drone_plugin.testing.spec import BuildSpec, RepoSpec
from kit import drone
from kit.drone.checkout import Repository, archive
from kit.drone.fixtures import GitRepository
from kit.drone.result import StepResult
from kit.drone.run import CommonOptions, run_step
from kit.engine import Engine
from kit.images import BuiltImage

pytestmark = pytest.mark.container

RunScan = Callable[..., StepResult]

PUSH = build.push("c" * 40, "Fix a typo")
KEY = "AKIA" + "IOSFODNN7EXAMPL3"
PASSWORD = "hunter2" * 2 + "x"


@pytest.fixture
def run_scan(engine: Engine, images: Mapping[str, BuiltImage], tmp_path: Path) -> RunScan:
    """Run a step with these settings on the test's folder."""

    def run(
        settings: Mapping[str, Value] | None = None,
        made: BuildSpec = PUSH,
        *,
        environment: Mapping[str, str] | None = None,
        **options: Unpack[CommonOptions],
    ) -> StepResult:
        options.setdefault("workspace_source", tmp_path)
        return run_step(
            images["secret-scan"].name,
            settings or {},
            made,
            environment=environment,
            engine=engine,
            **options,
        )

    return run


def findings(step: StepResult) -> list[str]:
    """The kind and the place of each finding."""
    heads = [before for before, line in pairwise(step.log.splitlines()) if line.startswith("    ")]
    return [head.partition("  (")[0] for head in heads if not head.startswith(" ")]


def test_findings_are_told_by_place_and_kind_in_order_and_never_quoted(
    run_scan: RunScan, tmp_path: Path
) -> None:
    (tmp_path / "b.py").write_text(f'\n\nkey = "{KEY}"\npassword = "{PASSWORD}"\n')
    (tmp_path / "a").mkdir()
    (tmp_path / "a/settings.yml").write_text(f"password: {PASSWORD}\n")
    (tmp_path / "clean.py").write_text("print()\n")

    step = run_scan({"scan": "tree", "log_level": "debug"})

    assert step.exit_code == 3, step.log
    assert findings(step) == [
        "Password or Key  a/settings.yml:1:11",
        "AWS Access Key  b.py:3:8",
        "Password or Key  b.py:4:13",
    ]
    assert "error: 3 new secrets in 3 items" in step.log
    assert "pragma: allowlist secret" in step.log
    assert KEY[4:] not in step.raw_log
    assert PASSWORD[4:] not in step.raw_log


def test_a_clean_commit_passes(run_scan: RunScan, git_repository: GitRepository) -> None:
    commit = git_repository.commit("Fix", {"app.py": "print()\n", "b/.drone.yml": "steps: []\n"})
    made = replace(build.push(commit, "Fix"), repo=RepoSpec(host="127.0.0.1"))

    step = run_scan(made=made, workspace_source=Repository(git_repository.path))

    assert step.exit_code == 0, step.log
    assert "no new secrets in " in step.log


def test_hostile_trees_are_scanned_to_their_end(run_scan: RunScan, tmp_path: Path) -> None:
    (tmp_path / "out").symlink_to("/proc/self/environ")
    (tmp_path / "up").symlink_to("/")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "binary").write_bytes(b"\0" + KEY.encode())
    (tmp_path / "latin.txt").write_bytes(f"caf\xe9 {KEY}".encode("latin-1"))
    (tmp_path / "utf16.txt").write_text(KEY, encoding="utf-16")
    (tmp_path / "date.yml").write_text(f"released: 2021-99-99\nkey: {KEY}\n")
    (tmp_path / "forged\n\x1b[2K\x1b]1338;e30=\x1b]0m.txt").write_text(KEY)
    (tmp_path / os.fsdecode(b"byte-\xff")).write_text(KEY)
    (tmp_path / ".drone-ml").mkdir()
    (tmp_path / ".drone-ml/image.json").write_text(KEY)

    step = run_scan(
        {"scan": "tree"},
        environment={"LC_ALL": "C", "LANG": "xx_def test_findings_are_told_at_every.ISO-8859-1"},
    )

    assert step.exit_code == 3, step.log
    found = [line.removeprefix("AWS Access Key  ").partition(":")[0] for line in findings(step)]
    assert found[1:3] == ["date.yml", r'"forged\n\u001b[2K\u001b]1338;e30=\u001b]0m.txt"']
    assert sorted(found)[2:] == ["date.yml", "latin.txt", "utf16.txt"]
    assert "byte-" in found[0]
    assert step.card is None


def test_excluded_files_are_not_scanned(run_scan: RunScan, tmp_path: Path) -> None:
    for name in ("tests/data/a.pem", "docs/b.md", "src/c.py"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(KEY)

    step = run_scan({"scan": "tree", "exclude": ["tests/data/**", "docs/*.md"]})

    assert findings(step) == ["AWS Access Key  src/c.py:1:1"]


def test_an_empty_workspace_is_no_clean_one(run_scan: RunScan) -> None:
    step = run_scan({"scan": "tree"})
    assert step.exit_code == 1, step.log
    assert "error: there is no file to scan in /drone/src" in step.log
    assert "did the clone step run" in step.log


def test_no_clone_is_no_clean_one(run_scan: RunScan, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("1\n")
    step = run_scan()
    assert step.exit_code not in {0, 3}, step.log
    assert "no clone of a repository" in step.log


def test_what_cannot_be_read_is_no_clean_tree(run_scan: RunScan, tmp_path: Path) -> None:
    (tmp_path / "open.txt").write_text("nothing\n")
    step = run_scan({"scan": "tree"}, environment={"DRONE_WORKSPACE": "/proc/self/fdinfo/0"})
    assert step.exit_code == 1, step.log
    assert "warning: not scanned: .: Not a directory" in step.log


def test_woodpecker_is_served_as_drone_is(
    engine: Engine, images: Mapping[str, BuiltImage], tmp_path: Path
) -> None:
    records = json.loads((Path(drone.__file__).parent / "data/woodpecker-environments.json").read_text())
    recorded = next(record["env"] for record in records["environments"] if record["id"] == "push")
    (tmp_path / "woodpecker/src").mkdir(parents=True)
    (tmp_path / "woodpecker/src/a.txt").write_text(KEY)
    (tmp_path / "woodpecker/src/b.txt").write_text(KEY)
    container = engine.client().containers.create(
        images["secret-scan"].name,
        environment={**recorded, "PLUGIN_EXCLUDE": "b.*", "PLUGIN_SCAN": "tree"},
    )
    try:
        container.put_archive("/", archive(tmp_path))
        container.start()
        code = container.wait()["StatusCode"]
        log = container.logs().decode()
    finally:
        container.remove(force=True)

    assert code == 3, log
    assert log.splitlines()[0].startswith("secret-scan 0.1.0 · Woodpecker · push · ")
    assert "AWS Access Key  a.txt:1:1" in log.splitlines()
