"""Registries that want a login, refuse it, or are not there."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kit.drone.result import StepResult
from kit.engine import Engine
from kit.registry import Registry
from kit.registry_client import Credentials

pytestmark = pytest.mark.container

RunBuild = Callable[..., StepResult]

COMMIT = "c0ffee" + "0" * 34
PASSWORD = "sw0rdfish/+-MARKER"
LOGIN = {"username": "drone", "password": {"from_secret": "registry_password"}}


@pytest.fixture(scope="module")
def guarded() -> Iterator[Registry]:
    """A registry that wants a login."""
    with Registry(credentials=Credentials("drone", PASSWORD)) as running:
        yield running


@pytest.fixture
def guarded_repo(guarded: Registry, engine: Engine) -> Iterator[str]:
    """A repository in it; its images leave the engine afterwards."""
    name = f"{guarded.address}/team/model"
    yield name
    client = engine.client()
    for image in client.images.list(name=name):
        client.images.remove(str(image.id), force=True)


@pytest.fixture(autouse=True)
def _tiny_dockerfile(workspace: Path) -> None:
    (workspace / "Dockerfile").write_text("FROM scratch\nCOPY Dockerfile /\n")


def test_the_right_login_pushes_and_is_printed_nowhere(
    run_build: RunBuild, guarded: Registry, guarded_repo: str
) -> None:
    settings = {**LOGIN, "repo": guarded_repo, "log_level": "debug"}
    step = run_build(settings, secrets={"registry_password": PASSWORD})

    assert step.exit_code == 0, step.log
    assert guarded.digest("team/model", COMMIT)
    assert "MARKER" not in step.raw_log


def test_a_wrong_password_is_refused_in_words_that_name_user_and_registry(
    run_build: RunBuild, guarded: Registry, guarded_repo: str
) -> None:
    settings = {**LOGIN, "repo": guarded_repo, "log_level": "debug"}
    step = run_build(settings, secrets={"registry_password": f"wrong-{PASSWORD}"})

    assert step.exit_code == 6, step.log
    assert f"error: login of drone at {guarded.address} failed: " in step.log
    assert "check username, password and repo" in step.log
    assert "MARKER" not in step.raw_log
    assert not step.files


def test_no_login_is_refused_after_the_build(run_build: RunBuild, guarded_repo: str) -> None:
    step = run_build({"repo": guarded_repo})

    assert step.exit_code == 6, step.log
    assert f"error: the push of {guarded_repo}:{COMMIT} failed: no basic auth credentials" in step.log
    assert not step.files


@pytest.fixture
def closed(engine: Engine) -> Iterator[str]:
    """The address of a registry that is gone; images for it leave the engine afterwards."""
    with Registry() as running:
        address = running.address
    yield address
    client = engine.client()
    for image in client.images.list(name=f"{address}/team/model"):
        client.images.remove(str(image.id), force=True)


def test_a_registry_that_is_not_there_is_unreachable(run_build: RunBuild, closed: str) -> None:
    without = run_build({"repo": f"{closed}/team/model"})
    with_login = run_build({**LOGIN, "repo": f"{closed}/x"}, secrets={"registry_password": PASSWORD})

    assert (without.exit_code, with_login.exit_code) == (4, 4), without.log + with_login.log
    assert f"error: the push of {closed}/team/model:{COMMIT} failed: " in without.log
    assert f"error: login of drone at {closed} failed: " in with_login.log


def test_what_the_build_prints_is_masked_when_it_is_the_password(
    run_build: RunBuild, workspace: Path, base_image: str, guarded_repo: str
) -> None:
    (workspace / "Dockerfile").write_text(
        f"FROM {base_image}\nARG LEAK\nRUN echo $LEAK && echo $LEAK | base64 && exit 1\n"
    )
    settings = {**LOGIN, "repo": guarded_repo, "log_level": "debug", "build_args": {"LEAK": PASSWORD}}

    step = run_build(settings, secrets={"registry_password": PASSWORD})

    assert step.exit_code == 1, step.log
    assert "MARKER" not in step.raw_log
    assert "TUFSS0VS" not in step.raw_log  # MARKER in base64, where it falls on a group of three bytes
