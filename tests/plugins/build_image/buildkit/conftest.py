import secrets
from collections.abc import Iterator

import docker
import pytest

from kit.buildkit_builds import Builds
from kit.engine import Engine
from kit.shell_image import ensure_shell_image

ENGINES = {"20.10-graphdriver": "engine", "26.1-containerd": "containerd_engine"}


@pytest.fixture(params=ENGINES)
def any_engine(request: pytest.FixtureRequest) -> Engine:
    """Each engine in turn."""
    found: Engine = request.getfixturevalue(ENGINES[request.param])
    return found


@pytest.fixture
def api(any_engine: Engine) -> docker.APIClient:
    """A client of the engine."""
    return any_engine.client().api


@pytest.fixture
def shell_image(api: docker.APIClient) -> str:
    """The name of an image with a shell."""
    return ensure_shell_image(api)


@pytest.fixture
def run_build(api: docker.APIClient) -> Iterator[Builds]:
    """Build, under a name that no other test has; it is gone afterwards."""
    builds = Builds(api, f"drone-ml-test/buildkit:{secrets.token_hex(8)}")
    yield builds
    builds.remove()
