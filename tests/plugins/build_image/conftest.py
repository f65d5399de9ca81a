"""A build-image step on the real engine and registry."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Unpack

import pytest

from drone_plugin.testing import build
from drone_plugin.testing.goformat import Value
from drone_plugin.testing.spec import BuildSpec
from kit.drone.result import StepResult
from kit.drone.run import CommonOptions, run_step
from kit.engine import Engine
from kit.image_files import files_below
from kit.images import BuiltImage
from kit.registry import Registry

SOCKET = "/var/run/docker.sock"
COMMIT = "c0ffee" + "0" * 34
PUSH = build.push(COMMIT, "Fix a typo")

RunBuild = Callable[..., StepResult]
ImageFiles = Callable[[str], Mapping[str, bytes]]


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """What the step finds in /drone/src; a test writes into it first."""
    folder = tmp_path / "workspace"
    folder.mkdir()
    return folder


@pytest.fixture
def repo(registry: Registry, engine: Engine, request: pytest.FixtureRequest) -> Iterator[str]:
    """A repository of the open registry for one test; its images leave the engine afterwards."""
    name = f"{registry.address}/test/{hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:12]}"
    yield name
    client = engine.client()
    for image in client.images.list(name=name):
        client.images.remove(str(image.id), force=True)


@pytest.fixture
def run_build(engine: Engine, images: Mapping[str, BuiltImage], repo: str, workspace: Path) -> RunBuild:
    """Run a step with `repo` and these settings on `workspace`: of a push, with the engine's socket."""

    def run(
        settings: Mapping[str, Value] | None = None,
        made: BuildSpec = PUSH,
        *,
        environment: Mapping[str, str] | None = None,
        socket: bool = True,
        **options: Unpack[CommonOptions],
    ) -> StepResult:
        options.setdefault("workspace_source", workspace)
        return run_step(
            images["build-image"].name,
            {"repo": repo, **(settings or {})},
            made,
            environment=environment,
            volumes={SOCKET: SOCKET} if socket else {},
            engine=engine,
            **options,
        )

    return run


@pytest.fixture
def image_files(engine: Engine) -> ImageFiles:
    """The regular files of an image below /src, by their path below it; nothing is run."""
    return lambda image: files_below(engine, image, "/src")
