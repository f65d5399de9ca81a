from collections.abc import Iterator
from pathlib import Path

import pytest

from kit.engine import Engine
from kit.errors import KitError
from kit.registry import Registry
from kit.registry_client import Credentials, RegistryClient

LOGIN = Credentials("drone", "correct horse")


@pytest.fixture(scope="module")
def guarded() -> Iterator[Registry]:
    """A registry with one login."""
    with Registry(credentials=LOGIN) as running:
        yield running


@pytest.mark.container
def test_what_the_engine_pushes_has_one_digest_everywhere(
    engine: Engine, base_image: str, registry: Registry
) -> None:
    client = engine.client()
    name = f"{registry.address}/kit/pushed"
    client.images.get(base_image).tag(name, "1")
    try:
        assert "error" not in client.images.push(name, tag="1")
        digest = registry.digest("kit/pushed", "1")
        assert client.images.get_registry_data(f"{name}:1").id == digest
        assert registry.digest("kit/pushed", str(digest)) == digest
    finally:
        client.images.remove(f"{name}:1")


def test_a_missing_tag_is_not_an_error(registry: Registry) -> None:
    assert registry.digest("kit/nothing", "1") is None


def test_a_registry_with_a_login_lets_its_user_in(guarded: Registry) -> None:
    assert guarded.digest("kit/nothing", "1") is None


@pytest.mark.parametrize("login", [None, Credentials("drone", "wrong")])
def test_a_refused_login_is_not_a_missing_tag(guarded: Registry, login: Credentials | None) -> None:
    with pytest.raises(KitError, match="401"):
        RegistryClient(guarded.address, login).digest("kit/nothing", "1")


def test_storage_that_is_given_is_kept(tmp_path: Path) -> None:
    with Registry(tmp_path) as first:
        digest = first.client.put_index("kit/kept", "1", [])
    with Registry(tmp_path) as second:
        assert second.digest("kit/kept", "1") == digest


def test_the_same_index_has_the_same_digest(registry: Registry) -> None:
    digests = {registry.client.put_index("kit/index", tag, []) for tag in ("1", "1.2")}
    assert len(digests) == 1
