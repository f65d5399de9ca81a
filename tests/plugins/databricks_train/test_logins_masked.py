"""Logins at Azure and Google, with all debug output on: no secret of theirs is printed, nor goes elsewhere."""

import json
import logging
import sys
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from databricks_train.workspace import grants
from drone_plugin.testing.goformat import Value
from kit.databricks.client import TOKEN
from kit.scripted_server import Answer, Server, serving

from .conftest import Ran, Stand
from .google_key import google_key

CLIENT_SECRET = "azure-s3cret/of+the~principal"
OWN = "ya29.of-the-account-with-the-key"
AZURE: dict[str, Value] = {
    "auth_type": "azure-client-secret",
    "client_id": "c-1",
    "client_secret": CLIENT_SECRET,
    "azure_tenant_id": "t-1",
}
GOOGLE: dict[str, Value] = {"auth_type": "google-credentials", "google_credentials": google_key()}
GOOGLE_ID: dict[str, Value] = {
    **GOOGLE,
    "auth_type": "google-id",
    "google_service_account": "trainer@project.iam.gserviceaccount.com",
}
LOGINS = {
    "azure": (AZURE, [{"access_token": TOKEN}]),
    "google": (GOOGLE, [{"id_token": TOKEN}]),
    "google, as another account": (GOOGLE_ID, [{"access_token": OWN}, {"token": TOKEN}]),
}


def answer(value: object, status: int = 200) -> Answer:
    """An answer in JSON."""
    return Answer(status, body=json.dumps(value).encode())


def told(ran: Ran) -> list[str]:
    """The secrets that the log holds, in whatever spelling."""
    private = json.loads(google_key())["private_key"]
    lines = [line for line in private.splitlines() if len(line) > 40]
    secrets = [CLIENT_SECRET, quote(CLIENT_SECRET, safe=""), OWN, TOKEN, private, *lines]
    return [secret for secret in secrets if secret in ran.log]


@pytest.fixture
def _debugging() -> Iterator[None]:
    """Every library says all that it can."""
    root, level = logging.getLogger(), logging.getLogger().level
    handler = logging.StreamHandler(sys.stderr)
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield
    root.setLevel(level)
    root.removeHandler(handler)


def logs_in(stand: Stand, server: Server, monkeypatch: pytest.MonkeyPatch, login: dict[str, Value]) -> Ran:
    """A training by this login, whose cloud is a server of this machine."""
    zone = stand.workspace.url.partition("//")[2].rpartition(":")[0]
    monkeypatch.setitem(grants.AZURE_LOGINS, zone, server.url)
    monkeypatch.setattr(grants, "GOOGLE_LOGIN", f"{server.url}/token")
    monkeypatch.setattr(grants, "GOOGLE_ACCOUNTS", f"{server.url}/accounts")
    return stand.run(token="", log_level="debug", **login)


@pytest.mark.usefixtures("_debugging")
@pytest.mark.parametrize("name", LOGINS)
def test_a_training_by_another_login_succeeds_and_tells_no_secret(
    stand: Stand, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    login, answers = LOGINS[name]
    with serving(*map(answer, answers)) as server:
        ran = logs_in(stand, server, monkeypatch, login)
    assert ran.code == 0, ran.log
    assert len(server.requests) == len(answers)
    assert "POST /" in ran.log, "of the libraries' debug output"
    assert told(ran) == []
    assert {request.bearer for request in stand.workspace.requests} == {TOKEN}


@pytest.mark.usefixtures("_debugging")
@pytest.mark.parametrize("login", [AZURE, GOOGLE], ids=["azure", "google"])
def test_a_refusal_that_quotes_the_secret_is_masked(
    stand: Stand, monkeypatch: pytest.MonkeyPatch, login: dict[str, Value]
) -> None:
    key = json.loads(google_key())["private_key"]
    said = f"no such client with {CLIENT_SECRET} or {key}"
    with serving(answer({"error": "invalid_client", "error_description": said}, 401)) as server:
        ran = logs_in(stand, server, monkeypatch, login)
    assert ran.code == 6, ran.log
    assert "no such client with" in ran.log
    own = CLIENT_SECRET if login is AZURE else key
    assert own not in ran.log
    assert [line for line in key.splitlines() if login is GOOGLE and len(line) > 40 and line in ran.log] == []
