"""Which image a training gets: names as Docker splits them, digests as the registry has them."""

import base64
import ssl
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import requests

from databricks_train.image import Login, Name, may_have_login, parse_name, registry_digest
from drone_plugin import PluginError, RefusedError, SettingsError, UnreachableError
from kit.registry import Registry
from kit.registry_client import Credentials

from .conftest import Stand
from .local_server import Answer, LocalServer, certificate

DIGEST = "sha256:" + "a" * 64
OTHER = "sha256:" + "b" * 64
LOGIN = Login("drone", "hunter2-in-the-registry")
BASIC = "Basic " + base64.b64encode(b"drone:hunter2-in-the-registry").decode()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("ubuntu", Name("docker.io", "library/ubuntu", "latest")),
        ("ubuntu:24.04", Name("docker.io", "library/ubuntu", "24.04")),
        ("team/model", Name("docker.io", "team/model", "latest")),
        ("docker.io/ubuntu", Name("docker.io", "library/ubuntu", "latest")),
        ("index.docker.io/team/model", Name("docker.io", "team/model", "latest")),
        ("registry.example.com/model:1", Name("registry.example.com", "model", "1")),
        ("registry:5000/a/b/c", Name("registry:5000", "a/b/c", "latest")),
        ("localhost/model", Name("localhost", "model", "latest")),
        ("Registry/model", Name("Registry", "model", "latest")),
        ("registry/model", Name("docker.io", "registry/model", "latest")),
        (f"registry:5000/model@{DIGEST}", Name("registry:5000", "model", DIGEST)),
        (f"registry:5000/model:1@{DIGEST}", Name("registry:5000", "model", DIGEST)),
        ("[::1]:5000/model", Name("[::1]:5000", "model", "latest")),
    ],
)
def test_names_are_split_as_docker_splits_them(text: str, name: Name) -> None:
    assert parse_name(text) == name


@pytest.mark.parametrize(
    ("realm", "registry", "allowed"),
    [
        ("https://auth.docker.io/token", "registry-1.docker.io", True),
        ("https://gitlab.com/jwt/auth", "registry.gitlab.com", True),
        ("https://ghcr.io/token", "ghcr.io", True),
        ("https://us.icr.io/oauth/token", "icr.io", True),
        ("https://gitlab.example.co.uk/jwt/auth", "registry.example.co.uk", True),
        ("https://auth.partner.example/token", "registry.example.com", True),
        ("https://registry:8443/token", "registry", True),
        ("http://ghcr.io/token", "ghcr.io", False),
        ("http://auth.partner.example/token", "registry.example.com", False),
        ("https://evil.example/token", "registry.example.com", False),
        ("https://notexample.com/token", "registry.example.com", False),
        ("https://registry.example.com.evil.example/", "registry.example.com", False),
        ("https://registry.example.com@evil.example/", "registry.example.com", False),
        ("https://other/token", "registry", False),
        ("https://gcr.io/token", "ghcr.io", False),
        ("https://9.0.0.5/token", "10.0.0.5", False),
        ("https://[fe80::2]/token", "fe80::1", False),
        ("https:///token", "registry.example.com", False),
        ("", "registry.example.com", False),
        ("file:///etc/passwd", "registry.example.com", False),
    ],
)
def test_a_login_goes_by_tls_to_the_registrys_own_domain_only(
    realm: str, registry: str, *, allowed: bool
) -> None:
    assert may_have_login(realm, registry, "auth.partner.example") is allowed


@pytest.fixture
def serve() -> Iterator[LocalServer]:
    """A server that stands for a registry, and answers 404 until told otherwise."""
    with LocalServer() as server:
        yield server


def name_at(server: LocalServer, reference: str = "1") -> Name:
    """A name at a server of ours."""
    return Name(server.address, "team/model", reference)


def found(digest: str = DIGEST) -> Answer:
    """What a registry answers for a manifest that it has."""
    return Answer(200, {"Docker-Content-Digest": digest})


def test_an_open_registry_tells_the_digest(registry: Registry) -> None:
    digest = registry.client.put_index("team/model", "1", [])
    assert registry_digest("http", Name(registry.address, "team/model", "1"), None) == digest
    assert registry_digest("http", Name(registry.address, "team/model", digest), None) == digest


def test_a_registry_that_knows_accounts_gets_the_login() -> None:
    with Registry(credentials=Credentials(LOGIN.username, LOGIN.password)) as registry:
        digest = registry.client.put_index("team/model", "1", [])
        name = Name(registry.address, "team/model", "1")
        assert registry_digest("http", name, LOGIN) == digest
        for login in (None, Login("drone", "wrong")):
            with pytest.raises(RefusedError, match="refuses to show") as refused:
                registry_digest("http", name, login)
            assert refused.value.hint == "check registry_username and registry_password"


def test_no_password_is_sent_to_a_registry_that_does_not_ask(serve: LocalServer) -> None:
    serve.answers["/v2/team/model/manifests/1"] = found()
    registry_digest("http", name_at(serve), LOGIN)
    assert [request.headers.get("Authorization") for request in serve.requests] == [None]


@pytest.mark.parametrize("digest", ["", "sha256:short", "md5:" + "a" * 64])
def test_an_answer_without_a_digest_is_no_answer(serve: LocalServer, digest: str) -> None:
    serve.answers["/v2/team/model/manifests/1"] = found(digest)
    with pytest.raises(UnreachableError, match="without a digest"):
        registry_digest("http", name_at(serve), None)


@pytest.mark.parametrize(
    ("status", "kind"),
    [(404, SettingsError), (403, RefusedError), (401, RefusedError), (503, UnreachableError)],
)
def test_each_refusal_is_told_for_what_it_is(
    serve: LocalServer, status: int, kind: type[PluginError]
) -> None:
    serve.answers["/v2/team/model/manifests/1"] = Answer(status)
    with pytest.raises(kind, match="team/model:1"):
        registry_digest("http", name_at(serve), None)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_registry_that_is_not_there_is_unreachable(scheme: str) -> None:
    with LocalServer() as gone:
        name = name_at(gone)
    with pytest.raises(UnreachableError, match="does not answer") as refused:
        registry_digest(scheme, name, None)
    assert refused.value.hint == "check image_repo, and that steps reach it"


def test_a_registry_without_tls_is_unreachable_by_https_and_the_hint_says_so(serve: LocalServer) -> None:
    with pytest.raises(UnreachableError, match="does not answer") as refused:
        registry_digest("https", name_at(serve), None)
    assert "insecure_registry" in refused.value.hint


def ask_at(realm: str) -> Answer:
    """The refusal that sends a client to a token server."""
    challenge = f'Bearer realm="{realm}",service="the registry",scope="repository:team/model:pull",error="x"'
    return Answer(401, {"WWW-Authenticate": challenge})


@pytest.mark.parametrize("body", [b'{"token": "t-1"}', b'{"access_token": "t-1"}'])
def test_a_token_server_is_asked_without_a_login_where_there_is_none(serve: LocalServer, body: bytes) -> None:
    serve.answers["/token"] = Answer(200, body=body)
    serve.answers["/v2/team/model/manifests/1"] = ask_at(f"{serve.url}/token")
    serve.with_header["Authorization: Bearer t-1"] = found()
    assert registry_digest("http", name_at(serve), None) == DIGEST
    asked = serve.requests[1]
    assert asked.query == {"service": ["the registry"], "scope": ["repository:team/model:pull"]}
    assert "Authorization" not in asked.headers


@pytest.mark.parametrize(
    "answer",
    [Answer(401), Answer(200, body=b"[]"), Answer(200, body=b"{}"), Answer(200, body=b'{"token": {}}')],
)
def test_a_token_server_that_gives_none_is_a_refusal(serve: LocalServer, answer: Answer) -> None:
    serve.answers["/token"] = answer
    serve.answers["/v2/team/model/manifests/1"] = ask_at(f"{serve.url}/token")
    with pytest.raises(RefusedError):
        registry_digest("http", name_at(serve), None)


@pytest.mark.parametrize("answer", [Answer(200, body=b"<html>"), None])
def test_a_token_server_that_does_not_work_is_unreachable(serve: LocalServer, answer: Answer | None) -> None:
    if answer:
        serve.answers["/token"] = answer
    realm = f"{serve.url}/token" if answer else "nowhere"
    serve.answers["/v2/team/model/manifests/1"] = ask_at(realm)
    with pytest.raises(UnreachableError):
        registry_digest("http", name_at(serve), None)


def test_a_token_server_without_tls_is_refused_before_it_is_asked(serve: LocalServer) -> None:
    serve.answers["/v2/team/model/manifests/1"] = ask_at(f"{serve.url}/token")
    with pytest.raises(RefusedError, match="no TLS address of its own domain"):
        registry_digest("http", name_at(serve), LOGIN)
    assert [request.path for request in serve.requests] == ["/v2/team/model/manifests/1"]


def test_a_token_server_of_a_foreign_host_gets_the_login_only_where_the_settings_name_it(
    serve: LocalServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pem = certificate(tmp_path, "localhost")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pem)
    monkeypatch.setattr(requests.adapters, "DEFAULT_CA_BUNDLE_PATH", str(pem))
    with LocalServer(context) as tokens:
        tokens.answers["/token"] = Answer(200, body=b'{"token": "t-1"}')
        realm = tokens.url.replace("127.0.0.1", "localhost") + "/token"
        serve.answers["/v2/team/model/manifests/1"] = ask_at(realm)
        serve.with_header["Authorization: Bearer t-1"] = found()
        with pytest.raises(RefusedError, match="localhost") as refused:
            registry_digest("http", name_at(serve), LOGIN)
        assert refused.value.hint.endswith("registry_auth_host: localhost")
        assert not tokens.requests
        named = Login(LOGIN.username, LOGIN.password, "localhost")
        assert registry_digest("http", name_at(serve), named) == DIGEST
        assert tokens.requests[0].headers["Authorization"] == BASIC


def test_a_netrc_and_a_proxy_of_the_environment_are_no_business_of_the_registry(
    serve: LocalServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("default login octocat password of-the-clone\n")
    ambient: Mapping[str, str] = {"NETRC": str(tmp_path / "netrc"), "HTTP_PROXY": "http://127.0.0.1:9"}
    for variable, value in ambient.items():
        monkeypatch.setenv(variable, value)
    serve.answers["/v2/team/model/manifests/1"] = found()
    assert registry_digest("http", name_at(serve), None) == DIGEST
    assert "Authorization" not in serve.requests[0].headers


def test_an_image_outside_of_image_repo_is_refused_before_any_registry_is_asked(stand: Stand) -> None:
    stand.write_image(repository="registry.example.com/team/model")
    ran = stand.run()
    assert ran.code == 2
    assert "registry.example.com/team/model@" in ran.lines[-1]
    assert f"is not in image_repo, which is {stand.repository}" in ran.lines[-1]
    assert stand.run(image="evil.example/model").code == 2


def test_a_digest_under_which_the_registry_has_something_else_is_refused(
    stand: Stand, serve: LocalServer
) -> None:
    serve.answers[f"/v2/team/model/manifests/{DIGEST}"] = found(OTHER)
    repository = f"{serve.address}/team/model"
    ran = stand.run(image_repo=repository, image=f"{repository}@{DIGEST}")
    assert ran.code == 2
    assert ran.lines[-1] == (f"error: settings.image: the registry has {OTHER} under {repository}@{DIGEST}")


def test_the_image_of_a_tag_is_submitted_by_its_digest(stand: Stand) -> None:
    (stand.folder / ".drone-ml/image.json").unlink()
    assert stand.run(image=f"{stand.repository}:1").code == 0
    assert f"{stand.repository}@{stand.digest}" in str(stand.workspace.submissions()[0])


@pytest.mark.parametrize("repository", ["registry:5000/model:1", f"model@{DIGEST}", "a b", "registry/"])
def test_image_repo_is_a_repository_and_no_image(stand: Stand, repository: str) -> None:
    ran = stand.run(image_repo=repository)
    assert ran.code == 2
    assert "settings.image_repo" in ran.log
