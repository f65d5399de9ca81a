"""Reaching a workspace: what is said of a host that is none, and what nobody else gets to see."""

import logging
import ssl
from pathlib import Path

import pytest

from databricks_train.workspace.door import FIRST_SECONDS
from drone_plugin import RefusedError, SettingsError, UnreachableError
from kit.databricks.client import TOKEN, submission, task
from kit.databricks.faults import Fault
from kit.databricks.server import Workspace as StandIn
from kit.databricks.values import ManualClock

from .conftest import Asked, SteppedClock
from .local_server import Answer, LocalServer, certificate

ME = "/api/2.0/preview/scim/v2/Me"


def test_a_host_that_nobody_answers_at_is_told_within_twenty_seconds(at: Asked, clock: SteppedClock) -> None:
    begun = clock.monotonic()
    with pytest.raises(UnreachableError, match="Connection refused") as error:
        at("http://127.0.0.1:9").user()
    assert clock.monotonic() - begun <= FIRST_SECONDS
    assert "settings.host" in error.value.hint


def test_a_host_that_is_silent_is_told_within_twenty_seconds(
    workspace: StandIn, clock: SteppedClock, at: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert FIRST_SECONDS < 10.5, "one attempt that takes all of it, and no second one"
    monkeypatch.setattr("databricks_train.workspace.door.FIRST_SECONDS", 0.2)
    workspace.faults.add(Fault("GET", ME, "hang", times=9))
    with pytest.raises(UnreachableError, match="no answer in time"):
        at(workspace.url).user()
    assert clock.monotonic() == ManualClock().now()


def test_a_name_that_leads_nowhere_is_told_as_such(at: Asked) -> None:
    with pytest.raises(
        UnreachableError, match=r"cannot be asked for the token's user: .*(name|resolve|known)"
    ):
        at("http://workspace.invalid").user()


def test_a_host_that_sends_us_on_is_not_followed_with_the_credential(at: Asked) -> None:
    with LocalServer() as elsewhere, LocalServer() as host:
        host.answers[ME] = Answer(302, {"Location": f"{elsewhere.url}/login"})
        with pytest.raises(UnreachableError, match="sends us on to") as error:
            at(host.url).user()
        assert elsewhere.requests == []
    assert error.value.hint == f"write host: {elsewhere.url}"


def test_a_host_behind_a_private_link_is_told_as_such(at: Asked) -> None:
    with LocalServer() as host:
        host.answers[ME] = Answer(302, {"Location": "/login.html?error=private-link-validation-error:1"})
        with pytest.raises(RefusedError, match="private link"):
            at(host.url).user()


def test_a_host_that_is_something_else_is_named(at: Asked) -> None:
    with LocalServer() as host, pytest.raises(UnreachableError, match=r"\(404\) is not its API's") as error:
        at(host.url).user()
    assert "settings.host" in error.value.hint


def test_a_certificate_that_nobody_vouches_for_is_refused_and_a_trusted_one_is_not(
    at: Asked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pem = certificate(tmp_path, "localhost")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    with LocalServer(context) as host:
        host.answers[ME] = Answer(200, body=b'{"userName": "trainer"}')
        with pytest.raises(UnreachableError, match="certificate verify failed") as error:
            at(host.url).user()
        assert "ca_certificates" in error.value.hint
        assert host.requests == []
        with pytest.raises(UnreachableError):
            at(host.url.replace("https", "http")).user()
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(pem))
        assert at(host.url).user() == "trainer"


def test_requests_go_through_the_proxy_of_the_runner(at: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    with LocalServer() as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        proxy.answers[ME] = Answer(200, body=b'{"userName": "by proxy"}')
        assert at("http://workspace.example").user() == "by proxy"
        assert proxy.requests[0].headers["Host"] == "workspace.example"


def test_nothing_is_taken_from_the_environment_or_from_a_file(
    workspace: StandIn, at: Asked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with LocalServer() as elsewhere:
        (tmp_path / ".databrickscfg").write_text(f"[DEFAULT]\nhost = {elsewhere.url}\ntoken = stolen\n")
        (tmp_path / ".netrc").write_text("default login a password b\n")
        (tmp_path / ".netrc").chmod(0o600)
        monkeypatch.setenv("HOME", str(tmp_path))
        for name in ("HOST", "TOKEN", "CLIENT_ID", "CLIENT_SECRET", "USERNAME", "PASSWORD"):
            monkeypatch.setenv(f"DATABRICKS_{name}", elsewhere.url)
        monkeypatch.setenv("DATABRICKS_CONFIG_PROFILE", "none-such")
        assert at(workspace.url).user() == "trainer@example.com"
        assert elsewhere.requests == []
    assert {request.bearer for request in workspace.requests} == {TOKEN}
    assert [request.path for request in workspace.requests] == [ME], "and nothing is asked beside"


def test_the_debug_log_of_the_sdk_tells_no_secret(
    workspace: StandIn, at: Asked, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("databricks.sdk").setLevel(logging.DEBUG)
    body = submission(task(spark_env_vars={"A": "marker-of-the-test"}))
    with pytest.raises(SettingsError):
        at(workspace.url).submit({**body, "idempotency_token": "marker-of-the-test" * 9})
    assert "marker-of-the-test" not in caplog.text
    assert TOKEN not in caplog.text
