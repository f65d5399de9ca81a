"""Fixtures for engine, registry, images and MLflow: each is started once, by the first test that asks for it."""

from collections.abc import Iterator

import pytest

from kit.engine import Engine, ensure_engine
from kit.mlflow_server import MlflowServer
from kit.registry import Registry


@pytest.fixture(scope="session")
def engine() -> Engine:
    """A Docker engine that answers; a private one that had to be started is left running for the next time."""
    return ensure_engine()


@pytest.fixture(scope="session")
def registry() -> Iterator[Registry]:
    """An open, empty registry."""
    with Registry() as running:
        yield running


@pytest.fixture(scope="session")
def mlflow_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MlflowServer]:
    """An empty MLflow server."""
    with MlflowServer(tmp_path_factory.mktemp("mlflow")) as running:
        yield running
