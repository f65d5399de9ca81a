"""Fixtures for the Databricks stand-in."""

from collections.abc import Iterator

import pytest

from kit.databricks.server import Workspace
from kit.databricks.tiny_image import forget_images, push_tiny_image
from kit.databricks.values import ManualClock
from kit.engine import Engine
from kit.registry import Registry


@pytest.fixture
def workspace_clock() -> ManualClock:
    """The time of `workspace`: it passes only when a test lets it."""
    return ManualClock()


@pytest.fixture
def workspace(workspace_clock: ManualClock) -> Iterator[Workspace]:
    """A workspace whose runs go by `workspace.script(…)`, without containers."""
    with Workspace(clock=workspace_clock) as served:
        yield served


@pytest.fixture
def container_workspace(engine: Engine) -> Iterator[Workspace]:
    """A workspace that runs submitted images on the engine."""
    with Workspace(engine) as served:
        yield served


@pytest.fixture(scope="session")
def tiny_image(engine: Engine, base_image: str, registry: Registry) -> Iterator[str]:
    """An image with `tiny_train` in it, in the open registry."""
    yield push_tiny_image(engine, base_image, registry)
    forget_images(engine, registry)
