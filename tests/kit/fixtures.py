"""Fixtures for engine, registry, images and MLflow: each is made by the first test that asks for it."""

from collections.abc import Iterator

import pytest

from kit.base_image import ensure_base_image
from kit.engine import Engine, ensure_engine
from kit.images import BuiltImage, build_images
from kit.mlflow_server import MlflowServer
from kit.registry import Registry
from kit.second_engine import second_engine


@pytest.fixture(scope="session")
def engine() -> Engine:
    """A Docker engine that answers; one that had to be started is left running for the next time."""
    return ensure_engine()


@pytest.fixture(scope="session")
def containerd_engine() -> Iterator[Engine]:
    """A newer engine, which keeps images in containerd; it is empty, and gone at the end."""
    with second_engine() as running:
        yield running


@pytest.fixture(scope="session")
def base_image(engine: Engine) -> str:
    """The name of the image that plugin images stand on."""
    return ensure_base_image(engine)


@pytest.fixture(scope="session")
def images(engine: Engine, base_image: str) -> dict[str, BuiltImage]:
    """Every plugin's image, by plugin, built from the working tree as it is."""
    return build_images(engine, base_image)


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
