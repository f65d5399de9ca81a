"""What the plugins tell a forge on loopback: findings, failures and pushed images, and no secret."""

import html
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from build_image import __main__ as build_image
from build_image.settings import BuildSettings
from drone_plugin import Plugin
from drone_plugin.testing import build
from drone_plugin.testing.outcome import StepOutcome
from drone_plugin.testing.spec import BuildSpec
from drone_plugin.testing.step import DroneStep
from kit.address import host_name
from kit.drone.run import run_step
from kit.engine import Engine
from kit.forges import TOKEN, FakeForge, forge
from kit.images import BuiltImage
from kit.registry import Registry
from secret_scan.plugin import PLUGIN as SCAN

COMMIT = "c0ffee" + "0" * 34
PULL = build.pull_request(7, COMMIT, title="A change", number=3)
PUSH = build.push(COMMIT, "A change", number=3)
KEY = "AKIA" + "IOSFODNN7EXAMPL3"

BUILD = Plugin("build-image", "0", BuildSettings, build_image._decide, build_image._work)


@pytest.fixture
def served() -> Iterator[FakeForge]:
    """A forge."""
    with forge("gitea") as stored:
        yield stored


def asked(served: FakeForge) -> dict[str, str]:
    """The settings of a step that reports to the forge."""
    return {"report": "both", "report_url": served.url, "report_forge": "gitea", "report_token": TOKEN}


def told(served: FakeForge) -> list[tuple[str, str]]:
    """State and description of each status."""
    return [(status["state"], status["description"]) for status in served.statuses]


def test_findings_are_told_by_place_and_kind_and_never_quoted(
    served: FakeForge, drone_step: DroneStep, tmp_path: Path
) -> None:
    (tmp_path / "a.py").write_text(f'\n\nkey = "{KEY}"\n')

    outcome = drone_step(SCAN, {**asked(served), "scan": "tree"}, build=PULL)

    assert outcome.exit_code == 3, outcome.log
    assert told(served) == [("failure", "1 secret found")]
    (comment,) = served.own()
    assert "<code>a.py:3:8</code>" in html.unescape(comment)
    assert "AWS Access Key" in comment
    assert KEY not in comment


def test_the_next_build_that_is_clean_puts_it_right_in_the_same_comment(
    served: FakeForge, drone_step: DroneStep, tmp_path: Path
) -> None:
    (tmp_path / "a.py").write_text(f'key = "{KEY}"\n')
    drone_step(SCAN, {**asked(served), "scan": "tree"}, build=PULL)
    (tmp_path / "a.py").write_text("key = None\n")
    drone_step(
        SCAN,
        {**asked(served), "scan": "tree"},
        build=build.pull_request(7, COMMIT, title="A change", number=4),
    )

    assert told(served) == [("failure", "1 secret found"), ("success", "No secrets found")]
    (comment,) = served.own()
    assert "No secrets found" in comment


def test_a_folder_that_cannot_be_scanned_is_an_error_on_the_commit(
    served: FakeForge, drone_step: DroneStep
) -> None:
    outcome = drone_step(SCAN, {**asked(served), "scan": "tree"}, build=PULL)

    assert outcome.exit_code == 1
    assert told(served)[0][0] == "failure"
    assert "there is no file to scan" in told(served)[0][1]


def test_an_engine_that_is_not_there_is_told_as_an_error(
    served: FakeForge, drone_step: DroneStep, tmp_path: Path
) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    given = {"repo": "registry.example.com/x", "docker_host": f"unix://{tmp_path}/none", "docker_wait": "1s"}

    outcome = drone_step(BUILD, {**asked(served), **given}, build=PULL)

    assert outcome.exit_code == 4, outcome.log
    assert told(served)[0][0] == "error"
    assert "no Docker engine answers" in served.own()[0]


RunBuild = Callable[[str, BuildSpec], StepOutcome]


@pytest.fixture
def run_build(
    served: FakeForge, drone_step: DroneStep, tmp_path: Path, engine: Engine, registry: Registry
) -> RunBuild:
    """Builds this Dockerfile on the real engine."""

    def run(dockerfile: str, made: BuildSpec) -> StepOutcome:
        (tmp_path / "Dockerfile").write_text(dockerfile)
        given = {"repo": f"{registry.address}/test/reports", "docker_host": engine.docker_host}
        return drone_step(BUILD, {**asked(served), **given}, build=made)

    return run


@pytest.mark.container
def test_a_build_that_fails_is_told_with_the_end_of_its_output(
    run_build: RunBuild, served: FakeForge, base_image: str
) -> None:
    outcome = run_build(f"FROM {base_image}\nRUN expr 40000 + 2 && false\n", PULL)

    assert outcome.exit_code == 1, outcome.log
    assert told(served)[0][0] == "failure"
    assert "the Dockerfile failed at RUN" in told(served)[0][1]
    assert "40002" in served.own()[0]


@pytest.mark.container
def test_an_image_that_is_pushed_is_told_by_its_digest(
    run_build: RunBuild, served: FakeForge, registry: Registry
) -> None:
    outcome = run_build("FROM scratch\nCOPY Dockerfile /\n", PUSH)

    assert outcome.exit_code == 0, outcome.log
    digest = registry.digest("test/reports", COMMIT)
    assert told(served) == [("success", f"Image {(digest or '')[:19]}… pushed")]


@pytest.mark.container
def test_the_image_of_a_plugin_reports_from_its_container(
    engine: Engine, images: Mapping[str, BuiltImage], tmp_path: Path
) -> None:
    (tmp_path / "a.py").write_text(f'key = "{KEY}"\n')
    with forge("github", host=host_name()) as served:
        settings = {**asked(served), "report_forge": "github", "scan": "tree"}
        step = run_step(images["secret-scan"].name, settings, PULL, engine=engine, workspace_source=tmp_path)

    assert step.exit_code == 3, step.log
    assert told(served) == [("failure", "1 secret found")]
    assert len(served.own()) == 1
