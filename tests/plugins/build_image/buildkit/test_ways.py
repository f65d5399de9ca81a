"""Engines, and what may stand before them, that do not allow everything: what is built then, and what is said."""

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import docker
import pytest

from build_image.buildkit import Builder, Output, Recipe, SessionRefusedError, Source, TextTree, Way
from kit.buildkit_builds import archive_of
from kit.engine import Engine
from kit.engine_proxy import EngineProxy

pytestmark = pytest.mark.container

NO_SESSION = {"/session": (403, "Forbidden by the proxy")}
NO_BUILDKIT = {**NO_SESSION, "version=2": (400, "buildkit is not enabled on daemon")}

Client = Callable[[Mapping[str, tuple[int, str]]], docker.APIClient]


@pytest.fixture
def client_of(any_engine: Engine, tmp_path: Path) -> Iterator[Client]:
    """A client whose engine is behind a proxy that refuses something."""
    with ExitStack() as stack:

        def connect(refused: Mapping[str, tuple[int, str]]) -> docker.APIClient:
            proxy = stack.enter_context(EngineProxy(any_engine.socket, tmp_path / "proxy.sock", refused))
            api = docker.APIClient(base_url=proxy.host, version="auto")
            stack.callback(api.close)
            return api

        yield connect


def source_of(shell_image: str, **files: bytes) -> Source:
    dockerfile = f"FROM {shell_image}\nCOPY . /src\nRUN cat /src/word /src/other\n".encode()
    trees = {"context": TextTree(files), "dockerfile": TextTree({"Dockerfile": dockerfile})}
    return Source(trees, lambda: iter([archive_of({**files, "Dockerfile": dockerfile})]))


def test_an_engine_that_allows_everything_builds_with_a_session(
    api: docker.APIClient, shell_image: str
) -> None:
    said: list[str] = []
    word = secrets.token_bytes(8).hex().encode()

    with Builder(api, source_of(shell_image, word=word, other=b""), said.append) as builder:
        output = built(api, builder)

    assert (output, said, builder.way) == (word, [], Way.SESSION)


@pytest.mark.parametrize("refused", [NO_SESSION, NO_BUILDKIT], ids=["no session", "no BuildKit"])
def test_what_cannot_be_had_is_done_without_and_said(
    client_of: Client, shell_image: str, refused: Mapping[str, tuple[int, str]]
) -> None:
    said: list[str] = []
    word = secrets.token_bytes(8).hex().encode()
    api = client_of(refused)

    with Builder(api, source_of(shell_image, word=word, other=b"!"), said.append) as builder:
        output = built(api, builder)

    # BuildKit of an engine before 27.5 does not find an upload where images are in containerd.
    is_classic = refused is NO_BUILDKIT or str(api.version()["Version"]).startswith("26")
    assert builder.way is (Way.CLASSIC if is_classic else Way.UPLOAD)
    assert output.strip() == word + b"!"
    assert said[0].startswith(
        "the engine opens no session (HTTP 403 for POST /session: Forbidden by the proxy); building with "
    )
    assert f"building with {builder.way} instead: no build secrets, no " in said[-1]


def test_a_build_that_was_to_have_secrets_is_not_made_without_them(client_of: Client) -> None:
    source = Source({}, lambda: iter([b""]), secrets={"token": b"hunter2"})

    with pytest.raises(SessionRefusedError) as raised, Builder(client_of(NO_SESSION), source, print):
        pass

    assert raised.value.status == 403
    assert "hunter2" not in repr(source)


def built(api: docker.APIClient, builder: Builder) -> bytes:
    """What a build's RUN wrote; the image was there, and is gone."""
    with builder.build(Recipe(network="none", no_cache=True)) as build:
        output = [event.data for event in build if isinstance(event, Output)]
    api.remove_image(build.image_id)
    return b"".join(output)
