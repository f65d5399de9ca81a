"""Which image a training gets: names as Docker splits them, digests as the registry has them."""

import base64
import io
import json
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from databricks_train.image.registry import Registry as Door
from databricks_train.image.resolve import ResolvedImage, resolve, still
from databricks_train.settings import TrainSettings
from drone_plugin import (
    Decision,
    Log,
    PluginError,
    Redactor,
    RefusedError,
    SettingsError,
    Step,
    UnreachableError,
    read_build,
)
from drone_plugin.certificates import open_trust
from drone_plugin.images import ImageName, parse_image
from drone_plugin.lines import LineStream
from drone_plugin.proxies import Proxies
from drone_plugin.registries import Login
from drone_plugin.testing.clock import FakeClock
from drone_plugin.testing.encode import settings_from
from drone_plugin.testing.environment import Context, step_environment
from drone_plugin.waiting import Waiting
from kit.registry import Registry
from kit.registry_client import Credentials

from .conftest import Stand
from .local_server import Answer, LocalServer, certificate

DIGEST = "sha256:" + "a" * 64
OTHER = "sha256:" + "b" * 64
LOGIN = Login("drone", "hunter2-in-the-registry")
BASIC = "Basic " + base64.b64encode(b"drone:hunter2-in-the-registry").decode()


@pytest.fixture
def serve() -> Iterator[LocalServer]:
    """A server that stands for a registry, and answers 404 until told otherwise."""
    with LocalServer() as server:
        yield server


def name_at(server: LocalServer) -> ImageName:
    """A name at a server of ours."""
    return ImageName(server.address, "team/model", "1")


def registry_digest(
    scheme: str,
    name: ImageName,
    login: Login | None,
    *,
    authorities: str = "",
    proxies: Proxies | None = None,
    learned: list[str] | None = None,
) -> str:
    """What the door says, whose waits take no time."""
    with open_trust(authorities, {}, Path("/nowhere")) as trust:
        learn = (learned if learned is not None else []).append
        door = Door(
            trust,
            login,
            insecure=scheme == "http",
            proxies=proxies or Proxies(),
            waiting=Waiting(FakeClock()),
            learn=learn,
        )
        return door.digest(name)


def found(digest: str = DIGEST) -> Answer:
    """What a registry answers for a manifest that it has."""
    return Answer(200, {"Docker-Content-Digest": digest})


def test_an_open_registry_tells_the_digest(registry: Registry) -> None:
    digest = registry.client.put_index("team/model", "1", [])
    assert registry_digest("http", ImageName(registry.address, "team/model", "1"), None) == digest
    assert registry_digest("http", parse_image(f"{registry.address}/team/model@{digest}"), None) == digest


def test_a_registry_that_knows_accounts_gets_the_login() -> None:
    with Registry(credentials=Credentials(LOGIN.username, LOGIN.password)) as registry:
        digest = registry.client.put_index("team/model", "1", [])
        name = ImageName(registry.address, "team/model", "1")
        assert registry_digest("http", name, LOGIN) == digest
        for login in (None, Login("drone", "wrong")):
            with pytest.raises(RefusedError, match=r"refuses .*team/model:1") as refused:
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
    with pytest.raises(UnreachableError, match=r"does not answer: Connection refused .5 attempts"):
        registry_digest(scheme, name, None)


def test_a_registry_without_tls_is_unreachable_by_https_and_the_hint_says_so(serve: LocalServer) -> None:
    with pytest.raises(UnreachableError, match="does not speak TLS") as refused:
        registry_digest("https", name_at(serve), None)
    assert "insecure_registry" in refused.value.hint


def test_a_registry_of_a_private_authority_needs_its_certificate(tmp_path: Path) -> None:
    pem = certificate(tmp_path, "localhost")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pem)
    with LocalServer(context) as server:
        server.answers["/v2/team/model/manifests/1"] = found()
        with pytest.raises(UnreachableError, match="not trusted here") as refused:
            registry_digest("https", name_at(server), None)
        assert "ca_certificates" in refused.value.hint
        assert registry_digest("https", name_at(server), None, authorities=authority(pem)) == DIGEST


def authority(pem: Path) -> str:
    """The certificate of a file that holds the key, too."""
    return "-----BEGIN CERT" + pem.read_text().partition("-----BEGIN CERT")[2]


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


def test_a_token_is_a_secret_from_the_moment_it_is_there(serve: LocalServer) -> None:
    learned: list[str] = []
    serve.answers["/token"] = Answer(200, body=b'{"token": "t-1"}')
    serve.answers["/v2/team/model/manifests/1"] = ask_at(f"{serve.url}/token")
    serve.with_header["Authorization: Bearer t-1"] = found()
    registry_digest("http", name_at(serve), None, learned=learned)
    assert learned == ["t-1"]


def test_a_token_server_of_a_foreign_host_gets_the_login_only_where_the_settings_name_it(
    serve: LocalServer, tmp_path: Path
) -> None:
    pem = certificate(tmp_path, "localhost")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pem)
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
        assert registry_digest("http", name_at(serve), named, authorities=authority(pem)) == DIGEST
        assert tokens.requests[0].headers["Authorization"] == BASIC


def test_a_netrc_of_the_environment_is_no_login(
    serve: LocalServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("default login octocat password of-the-clone\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    serve.answers["/v2/team/model/manifests/1"] = found()
    assert registry_digest("http", name_at(serve), None) == DIGEST
    assert "Authorization" not in serve.requests[0].headers


def test_a_registry_is_asked_through_the_proxy_but_not_without_tls(serve: LocalServer) -> None:
    proxies = Proxies.read({"http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"})
    serve.answers["/v2/team/model/manifests/1"] = found()
    assert registry_digest("http", name_at(serve), None, proxies=proxies) == DIGEST
    with pytest.raises(UnreachableError, match="through the proxy"):
        registry_digest("https", name_at(serve), None, proxies=proxies)


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


@pytest.mark.parametrize("repository", ["a b", "https://registry.example.com/x", "Model"])
def test_what_is_no_image_in_the_hand_over_file_is_named_as_such(stand: Stand, repository: str) -> None:
    stand.write_image(repository=repository)
    ran = stand.run()
    assert ran.code == 2
    assert f"error: .drone-ml/image.json: '{repository}' is not an image" in ran.log


def test_a_registry_that_is_busy_is_asked_again(stand: Stand, serve: LocalServer) -> None:
    repository = f"{serve.address}/team/model"
    serve.answers["/v2/team/model/manifests/1"] = Answer(503)
    ran = stand.run(image_repo=repository, image=f"{repository}:1")
    assert ran.code == 4, ran.log
    assert len(serve.requests) > 1


def test_the_image_of_a_tag_is_submitted_by_its_digest(stand: Stand) -> None:
    (stand.folder / ".drone-ml/image.json").unlink()
    assert stand.run(image=f"{stand.repository}:1").code == 0
    assert f"{stand.repository}@{stand.digest}" in str(stand.workspace.submissions()[0])


@pytest.mark.parametrize("repository", ["registry:5000/model:1", f"model@{DIGEST}", "a b", "registry/"])
def test_image_repo_is_a_repository_and_no_image(stand: Stand, repository: str) -> None:
    ran = stand.run(image_repo=repository)
    assert ran.code == 2
    assert "settings.image_repo" in ran.log


def step_of(stand: Stand, **settings: str) -> Step[TrainSettings]:
    """The step that the image is resolved for."""
    stream = LineStream(io.BytesIO(), Redactor(), FakeClock())
    given = {"image_repo": stand.repository, "insecure_registry": "true", **settings}
    return Step(
        TrainSettings.load({f"PLUGIN_{name.upper()}": value for name, value in given.items()}),
        read_build(
            step_environment(Context(stand.made), name="train", number=3, now=0, settings=settings_from({}))
        ),
        Decision(act=True, reason=""),
        Log(stream, FakeClock(), colour=False),
        Redactor(),
        {},
        FakeClock(),
        stand.folder,
    )


def tagged(stand: Stand, *tags: str) -> str:
    """Let the record of the image name these tags; its digest."""
    path = stand.folder / ".drone-ml/image.json"
    path.write_text(path.read_text().replace('"tags": []', f'"tags": {json.dumps(tags)}'))
    return stand.digest


def test_an_image_by_tag_is_that_of_the_commit_and_is_known_by_its_digest(
    stand: Stand, registry: Registry
) -> None:
    digest = tagged(stand, stand.made.commit, "latest")
    assert registry.client.put_index("team/model", stand.made.commit, []) == digest
    step = step_of(stand, image_reference="tag")
    image = resolve(step)
    assert image == ResolvedImage(f"{stand.repository}@{digest}", f"{stand.repository}:{stand.made.commit}")
    assert still(step, image) == image.digest == digest


def test_a_tag_that_is_moved_meanwhile_shows(stand: Stand) -> None:
    with LocalServer() as server:
        repository = f"{server.address}/team/model"
        server.answers["/v2/team/model/manifests/1"] = found()
        step = step_of(stand, image_repo=repository, image=f"{repository}:1", image_reference="tag")
        image = resolve(step)
        server.answers["/v2/team/model/manifests/1"] = found(OTHER)
        assert image.digest == DIGEST
        assert still(step, image) == OTHER


def test_a_tag_that_has_been_moved_before_is_refused(stand: Stand, serve: LocalServer) -> None:
    repository = f"{serve.address}/team/model"
    stand.write_image(repository=repository)
    tagged(stand, stand.made.commit)
    serve.answers[f"/v2/team/model/manifests/{stand.digest}"] = found(stand.digest)
    serve.answers[f"/v2/team/model/manifests/{stand.made.commit}"] = found(OTHER)
    with pytest.raises(SettingsError, match="at the registry, not"):
        resolve(step_of(stand, image_repo=repository, image_reference="tag"))
    assert resolve(step_of(stand, image_repo=repository)).digest == stand.digest


def test_without_a_tag_of_its_own_an_image_cannot_be_named_by_tag(stand: Stand) -> None:
    tagged(stand, "latest")
    with pytest.raises(SettingsError, match="no tag of its own, and image_reference is tag"):
        resolve(step_of(stand, image_reference="tag"))
    image = resolve(step_of(stand))
    assert not image.tag
    assert still(step_of(stand), image) == stand.digest
