"""Manifests at a registry: found, read, named again, and what is said when that fails."""

import hashlib
import json
import secrets
from pathlib import Path

import pytest

from build_image.registry.client import Descriptor, Manifest, Registry
from build_image.registry.refusals import ImmutableTagError
from drone_plugin import JobFailedError, PluginError, RefusedError, UnreachableError
from drone_plugin.registries import Login
from drone_plugin.testing.clock import FakeClock
from drone_plugin.waiting import Waiting
from kit.registry import Registry as RealRegistry
from kit.registry_client import OCI_INDEX, Credentials
from kit.scripted_server import DROP, Answer, serving
from kit.tls import make_authority

PASSWORD = f"{secrets.token_hex(6)}/+-"
INDEX = Manifest(
    json.dumps({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": []}).encode(), OCI_INDEX
)
FOUND = Answer(headers={"Docker-Content-Digest": INDEX.digest, "Content-Type": OCI_INDEX}, body=INDEX.data)
PUT = Answer(201, {"Docker-Content-Digest": INDEX.digest}, b"")


def client(url: str, login: Login | None = None, clock: FakeClock | None = None) -> Registry:
    """A registry without TLS, whose retries take no time."""
    waiting = Waiting(clock or FakeClock(), now=lambda: 0.0, chance=lambda: 0.0)
    return Registry(url.partition("://")[2], login=login, insecure=True, waiting=waiting)


def error(code: str, message: str, status: int) -> Answer:
    """An error as the distribution API has it."""
    return Answer(status, body=json.dumps({"errors": [{"code": code, "message": message}]}).encode())


def test_a_manifest_is_put_found_and_named_again(registry: RealRegistry) -> None:
    with client(f"http://{registry.address}") as ours:
        assert ours.resolve("team/manifests", "one") is None

        ours.put_manifest("team/manifests", "one", INDEX)
        read = ours.manifest("team/manifests", "one")
        ours.tag("team/manifests", "two", INDEX)

        assert read == INDEX
        assert ours.resolve("team/manifests", "two") == Descriptor(OCI_INDEX, INDEX.digest, len(INDEX.data))
    assert registry.digest("team/manifests", "two") == INDEX.digest


def test_one_connection_serves_request_after_request_without_a_wait(registry: RealRegistry) -> None:
    clock = FakeClock()
    name = f"test/{INDEX.digest[7:19]}-kept"
    with client(f"http://{registry.address}", clock=clock) as found:
        found.put_manifest(name, "t", INDEX)
        for _ in range(3):
            assert found.manifest(name, "t") == INDEX
            found.confirm(name, "t", INDEX.digest)

    assert clock.slept == []


def test_a_login_is_given_when_it_is_asked_for() -> None:
    with RealRegistry(credentials=Credentials("drone", PASSWORD)) as guarded:
        with client(f"http://{guarded.address}", Login("drone", PASSWORD)) as ours:
            ours.put_manifest("team/model", "one", INDEX)
            assert ours.resolve("team/model", "one")
        with client(f"http://{guarded.address}") as ours, pytest.raises(RefusedError) as nobody:
            ours.resolve("team/model", "one")
        mistyped = Login("drone", "x" + PASSWORD)
        with client(f"http://{guarded.address}", mistyped) as ours, pytest.raises(RefusedError) as wrong:
            ours.put_manifest("team/model", "two", INDEX)

    assert nobody.value.lines() == [
        f"registry {guarded.address} refuses reading team/model:one: 401",
        "it wants a login: set username and password",
    ]
    assert wrong.value.lines() == [
        (
            f"registry {guarded.address} refuses the manifest of team/model:two: "
            "401 UNAUTHORIZED: authentication required"
        ),
        "check username and password",
    ]


def test_a_503_and_then_a_429_to_the_manifest_are_waited_out() -> None:
    clock = FakeClock()
    with serving(Answer(503), Answer(429, {"Retry-After": "7"}), PUT) as server:
        client(server.url, clock=clock).put_manifest("a/b", "t", INDEX)

    assert clock.slept == [0.5, 7.0]


def test_a_connection_that_is_cut_is_tried_again() -> None:
    with serving(DROP, DROP, PUT) as server:
        client(server.url).put_manifest("a/b", "t", INDEX)

    assert len(server.requests) == 3


@pytest.mark.parametrize(
    ("answer", "kind", "lines"),
    [
        (error("DENIED", "no", 403), RefusedError, ["refuses the manifest of a/b:t: 403 DENIED: no"]),
        (Answer(403, body=b"<html>"), RefusedError, ["refuses the manifest of a/b:t: 403"]),
        (
            error("NAME_UNKNOWN", "unknown", 404),
            RefusedError,
            ["has no repository a/b to put t into: 404 NAME_UNKNOWN: unknown"],
        ),
        (
            Answer(429, {"Retry-After": "120"}),
            UnreachableError,
            ["cannot answer for the manifest of a/b:t now: 429", "it asks to wait 2 min 00 s"],
        ),
        (
            Answer(429, {"Retry-After": "Thu, 01 Jan 1970 00:02:00 GMT"}),
            UnreachableError,
            ["cannot answer for the manifest of a/b:t now: 429", "it asks to wait 2 min 00 s"],
        ),
        (
            Answer(500),
            UnreachableError,
            ["cannot answer for the manifest of a/b:t now: 500 (5 attempts in 7.5 s)", "try again later"],
        ),
        (DROP, UnreachableError, ["closed the connection without an answer (5 attempts in 7.5 s)"]),
        (
            Answer(400, body=b"Client sent an HTTP request to an HTTPS server.\n"),
            UnreachableError,
            ["does not answer in plain HTTP", "it speaks TLS: leave `insecure` out"],
        ),
        (
            error("TAG_INVALID", "The image tag 't' already exists and the tag is immutable.", 400),
            ImmutableTagError,
            ["lets nobody move the tag t of a/b: 400 TAG_INVALID: "],
        ),
        (Answer(201, {"Docker-Content-Digest": "sha256:" + "0" * 64}), JobFailedError, ["is sha256:000"]),
    ],
)
def test_a_manifest_that_is_not_taken_says_why(
    answer: Answer | str, kind: type[PluginError], lines: list[str]
) -> None:
    with serving(answer) as server, pytest.raises(kind) as caught:
        client(server.url, Login("drone", PASSWORD)).put_manifest("a/b", "t", INDEX)

    for said, expected in zip(caught.value.lines(), lines, strict=False):
        assert expected in said
    assert len(caught.value.lines()) >= len(lines)


def test_an_immutable_tag_that_names_the_image_already_is_as_good() -> None:
    with serving(error("PRECONDITION", "configured as immutable", 412), FOUND) as server:
        client(server.url).tag("a/b", "t", INDEX)


def test_another_builds_push_between_push_and_read_is_found() -> None:
    with serving(FOUND) as server, pytest.raises(JobFailedError) as caught:
        client(server.url).confirm("a/b", "t", "sha256:" + "1" * 64)

    assert f"/a/b:t is {INDEX.digest} at the registry, but sha256:1111" in caught.value.message
    assert caught.value.hint.startswith("another build pushes the same tag")
    assert caught.value.exit_code == 1


def test_a_private_authority_is_named_or_asked_for(tmp_path: Path) -> None:
    authority = make_authority(tmp_path)
    with serving(FOUND, authority=authority) as server:
        host = server.url.partition("://")[2]
        trusting = Registry(host, bundle=authority.certificate)
        assert trusting.resolve("a/b", "t")
        with pytest.raises(UnreachableError) as caught:
            Registry(host).resolve("a/b", "t")

    assert "has a certificate that is not trusted here: " in caught.value.message
    assert caught.value.hint == "if a private authority issued it, name that in ca_certificates"


def test_a_registry_without_tls_is_told_from_one_that_is_away() -> None:
    with serving(FOUND) as server, pytest.raises(UnreachableError) as caught:
        Registry(server.url.partition("://")[2]).resolve("a/b", "t")

    assert "does not speak TLS with us: wrong version number" in caught.value.message
    assert caught.value.hint == "for a registry without TLS set insecure: true"


def test_the_password_goes_to_no_foreign_host_and_stands_in_no_error() -> None:
    challenge = {"WWW-Authenticate": 'Bearer realm="https://evil.example/token",service="x"'}
    with serving(Answer(401, challenge)) as server, pytest.raises(RefusedError) as foreign:
        client(server.url, Login("drone", PASSWORD)).resolve("a/b", "t")
    with serving(error("DENIED", f"bad {PASSWORD}", 403)) as server, pytest.raises(RefusedError) as echoed:
        client(server.url, Login("drone", PASSWORD)).manifest("a/b", "t")

    assert "wants the login at https://evil.example/token" in foreign.value.message
    assert "MARKER" not in f"{foreign.value.lines()}{echoed.value.lines()}"


def test_a_token_that_ends_is_fetched_once_more() -> None:
    learned: list[str] = []
    with serving() as server:
        challenge = Answer(401, {"WWW-Authenticate": f'Bearer realm="{server.url}/token",service="x"'})
        tokens = [
            Answer(body=json.dumps({"token": f"token-{n}", "expires_in": 300}).encode()) for n in (1, 2)
        ]
        server.answers[:] = [challenge, tokens[0], FOUND, challenge, tokens[1], FOUND, Answer(500)]
        ours = Registry(server.url.partition("://")[2], insecure=True, learn=learned.append)

        assert ours.manifest("a/b", "t") == ours.manifest("a/b", "t") == INDEX

    assert learned == ["token-1", "token-2"]
    assert server.headers[-1]["authorization"] == "Bearer token-2"
    assert hashlib.sha256(INDEX.data).hexdigest() in INDEX.digest
