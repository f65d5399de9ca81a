import secrets
from collections.abc import Iterator

import docker
import pytest

from kit.buildkit_builds import Builds
from kit.engine import Engine


@pytest.fixture
def api(engine: Engine) -> docker.APIClient:
    """A client of the engine."""
    return engine.client().api


@pytest.fixture
def run_build(api: docker.APIClient) -> Iterator[Builds]:
    """Build, under a name that no other test has; it is gone afterwards."""
    builds = Builds(api, f"drone-ml-test/buildkit:{secrets.token_hex(8)}")
    yield builds
    builds.remove()
