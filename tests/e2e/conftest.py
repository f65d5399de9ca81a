from collections.abc import Iterator

import pytest

from kit.engine import Engine
from kit.service import Service
from kit.stage import Stage, running_stage


@pytest.fixture(scope="session")
def stage(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Engine, registry, MLflow and workspace, shared by all pipelines of a test run."""
    with running_stage(engine, tmp_path_factory.mktemp("stage")) as running:
        yield running


@pytest.fixture
def service(stage: Stage, images: object, tmp_path_factory: pytest.TempPathFactory) -> Service:
    """A small service in a git repository, with a pipeline that uses all three plugins."""
    assert images
    return Service(stage, tmp_path_factory.mktemp("service") / "repository")
