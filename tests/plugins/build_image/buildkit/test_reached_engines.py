"""Sessions over what engines are reached by, and registries that want a login."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest
from docker.tls import TLSConfig

from build_image.buildkit import BuildFailedError, TextTree
from kit.address import free_port
from kit.buildkit_builds import Builds
from kit.registry import Registry
from kit.registry_client import Credentials
from kit.second_engine import second_engine
from kit.shell_image import ensure_shell_image
from kit.tls import make_authority
from kit.token_registry import TokenRegistry, token_registry

pytestmark = pytest.mark.container


def test_a_session_goes_over_tls_with_a_large_context(tmp_path: Path) -> None:
    authority = make_authority(tmp_path)
    port = free_port()
    large = secrets.token_bytes(1 << 20) * 20
    with second_engine(authority, port):
        own = str(authority.server_certificate), str(authority.server_key)
        tls = TLSConfig(client_cert=own, ca_cert=str(authority.certificate), verify=True)
        api = docker.APIClient(f"https://127.0.0.1:{port}", version="1.45", tls=tls)
        api.trust_env = False  # else REQUESTS_CA_BUNDLE of the environment takes the authority's place
        shell_image = ensure_shell_image(api)

        built = Builds(api, "drone-ml-test/tls:1")(
            f"FROM {shell_image}\nRUN --mount=type=bind,target=/src wc -c </src/large\n",
            TextTree({"large": large}),
        )
        api.close()

    assert built.output.strip() == str(len(large))


@pytest.fixture
def private_base(api: docker.APIClient, shell_image: str) -> Iterator[tuple[str, Credentials]]:
    """An image that the engine has not, at a registry that wants a login."""
    login = Credentials("ci", "hunter2-of-the-registry")
    with Registry(credentials=login) as registry:
        # By address: an engine of 20.10 may push to a name of 127.0.0.1 in clear, and its BuildKit not pull.
        repository = f"127.0.0.1:{registry.port}/private/base"
        api.tag(shell_image, repository, "1")
        auth = {"username": login.username, "password": login.password}
        assert "error" not in api.push(repository, "1", auth_config=auth)
        api.remove_image(f"{repository}:1")
        yield f"{repository}:1", login


def test_a_private_base_is_pulled_with_the_login_of_its_host(
    run_build: Builds, private_base: tuple[str, Credentials]
) -> None:
    base, login = private_base
    host = base.partition("/")[0]
    logins = {host: (login.username, login.password)}

    built = run_build(f"FROM {base}\nRUN echo pulled\n", credentials=logins.get, no_cache=True)

    assert built.output == "pulled\n"
    assert built.session.hosts == {host}


def test_a_private_base_without_its_login_is_refused(
    run_build: Builds, private_base: tuple[str, Credentials]
) -> None:
    with pytest.raises(BuildFailedError, match=r"401|authorization|no basic auth"):
        run_build(f"FROM {private_base[0]}\nRUN true\n", no_cache=True)


@pytest.fixture
def behind_tokens(
    api: docker.APIClient, shell_image: str, registry: Registry
) -> Iterator[tuple[str, TokenRegistry]]:
    """An image that the engine has not, at a registry that wants a token."""
    name = f"tokens/{secrets.token_hex(4)}"
    repository = f"127.0.0.1:{registry.port}/{name}"
    api.tag(shell_image, repository, "1")
    assert "error" not in api.push(repository, "1")
    api.remove_image(f"{repository}:1")
    with token_registry(registry, Credentials("ci", "hunter2-of-the-tokens")) as tokens:
        yield f"{tokens.address}/{name}:1", tokens


def test_a_base_behind_a_token_server_is_pulled_with_the_login(
    run_build: Builds, behind_tokens: tuple[str, TokenRegistry]
) -> None:
    base, tokens = behind_tokens
    logins = {tokens.address: (tokens.login.username, tokens.login.password)}

    built = run_build(f"FROM {base}\nRUN echo pulled\n", credentials=logins.get, no_cache=True)

    assert built.output == "pulled\n"
    assert tokens.given
    assert not tokens.refused


def test_a_base_behind_a_token_server_without_the_login_is_refused(
    run_build: Builds, behind_tokens: tuple[str, TokenRegistry]
) -> None:
    base, tokens = behind_tokens

    with pytest.raises(BuildFailedError, match=r"401|authorization|unauthorized"):
        run_build(f"FROM {base}\nRUN true\n", no_cache=True)

    assert not tokens.given
