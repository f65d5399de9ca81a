"""Tokens that are asked for, renewed, and sent to nobody else; with a real place where they are given out."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import certifi
import pytest

from databricks_train.workspace.api import Workspace
from databricks_train.workspace.auth import AccessToken, GrantedToken, login, token_session
from databricks_train.workspace.grants import Exchange, Grant
from databricks_train.workspace.settings import AuthSettings
from drone_plugin import PluginError, RefusedError, UnreachableError
from drone_plugin.certificates import Trust
from drone_plugin.http import Proxies, Session, Waiting
from kit.databricks.client import submission
from kit.databricks.faults import Fault
from kit.databricks.script import Outcome, Phase
from kit.databricks.server import Workspace as StandIn
from kit.databricks.values import JsonObject, ManualClock
from kit.scripted_server import DROP, Answer, Server, serving

from .conftest import SteppedClock


def token(name: str, seconds: object = 3600) -> Answer:
    """The answer that gives out a token."""
    body = {"access_token": name, "token_type": "Bearer", "expires_in": seconds}
    return Answer(body=json.dumps(body).encode())


@dataclass
class Giver:
    """A place where tokens are given out, and a login there."""

    server: Server
    session: Session
    clock: SteppedClock
    learnt: list[str] = field(default_factory=list)

    def login(self) -> GrantedToken:
        """A login as a service principal of Databricks."""
        asked = Grant(f"{self.server.url}/oidc/v1/token", lambda: {"scope": "all-apis"}, ("client", "secret"))
        return GrantedToken(asked, self.session, self.clock, self.learnt.append)

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.clock.sleep(seconds)


Giving = Callable[..., Giver]


@pytest.fixture
def giving() -> Iterator[Giving]:
    """Starts a place that gives these answers, the last one for ever."""
    clock = SteppedClock(ManualClock())
    with ExitStack() as stack:
        session = stack.enter_context(
            token_session(Trust(Path(certifi.where())), Proxies(), Waiting(clock, chance=lambda: 0.0))
        )

        def start(*answers: Answer | str) -> Giver:
            return Giver(stack.enter_context(serving(*answers)), session, clock)

        yield start


def bearer(headers: Mapping[str, str]) -> str:
    """The token of a login's headers."""
    return headers["Authorization"].removeprefix("Bearer ")


def test_a_token_is_asked_for_once_while_it_is_good_and_again_before_its_end(giving: Giving) -> None:
    giver = giving(token("one"), token("two"))
    who = giver.login()
    assert [bearer(who.headers()) for _ in range(3)] == ["one"] * 3
    giver.wait(3600 - 61)
    assert bearer(who.headers()) == "one"
    giver.wait(2)
    assert bearer(who.headers()) == "two"
    assert giver.server.requests == [("POST", "/oidc/v1/token")] * 2
    assert giver.learnt == ["one", "two"], "so that they are masked"


def test_the_secret_goes_by_basic_authentication(giving: Giving) -> None:
    giver = giving(token("one"))
    giver.login().headers()
    assert giver.server.headers[0]["authorization"] == "Basic Y2xpZW50OnNlY3JldA=="


@pytest.mark.parametrize("seconds", [None, "soon", [], "3600"])
def test_a_life_that_nobody_can_read_is_an_hour(giving: Giving, seconds: object) -> None:
    giver = giving(token("one", seconds), token("two"))
    who = giver.login()
    who.headers()
    giver.wait(3500)
    assert bearer(who.headers()) == "one"
    giver.wait(60)
    assert bearer(who.headers()) == "two"


def test_a_token_that_lives_a_minute_is_used_for_half_of_it(giving: Giving) -> None:
    giver = giving(token("one", 60), token("two"))
    who = giver.login()
    who.headers()
    giver.wait(29)
    assert bearer(who.headers()) == "one"
    giver.wait(2)
    assert bearer(who.headers()) == "two"


def test_a_lost_answer_and_a_gateway_that_is_down_are_asked_again(giving: Giving) -> None:
    giver = giving(DROP, Answer(503), token("one"))
    assert bearer(giver.login().headers()) == "one"


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        (
            Answer(401, body=b'{"error": "invalid_client", "error_description": "no such client"}'),
            RefusedError,
            r"gives out no token: no such client \(401\)",
        ),
        (Answer(400, body=b'{"error": "unauthorized_client"}'), RefusedError, "unauthorized_client"),
        (Answer(200, body=b'{"token_type": "Bearer"}'), RefusedError, "no reason given"),
        (Answer(200, body=b"<html>Log in</html>"), UnreachableError, "no place where tokens are given out"),
        (Answer(404, body=b"Not found"), UnreachableError, r"no place where .* \(404\)"),
        (Answer(302, {"Location": "http://127.0.0.1:9/"}), UnreachableError, "no place where"),
        (Answer(500, body=b'{"error": "oops"}'), UnreachableError, "no token now: oops"),
    ],
)
def test_why_there_is_no_token_is_told(
    giving: Giving, answer: Answer, error: type[PluginError], words: str
) -> None:
    giver = giving(answer)
    with pytest.raises(error, match=words):
        giver.login().headers()


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (401, "Unauthorized"),
        (403, "Invalid access token."),
        (403, "Invalid Token"),
        (403, "The access token has expired"),
    ],
)
def test_a_token_that_ends_while_a_run_is_waited_for_is_renewed_once_and_the_wait_goes_on(
    giving: Giving, status: int, message: str
) -> None:
    giver = giving(token("one"), token("two"))
    with StandIn(tokens={"one": "robot", "two": "robot"}) as served:
        workspace = Workspace(served.url, giver.login(), Waiting(giver.clock))
        served.script(Outcome([Phase("RUNNING", polls=9)]))
        run_id = workspace.submit(submission())
        body: JsonObject = {"error_code": status, "message": message}
        served.faults.add(Fault("GET", "/api/2.2/jobs/runs/get", "status", status=status, body=body))
        assert workspace.run(run_id).state.phase == "RUNNING"
        assert len(giver.server.requests) == 2
        assert served.requests[-1].bearer == "two"


def test_a_login_that_is_refused_with_a_new_token_too_is_refused(giving: Giving) -> None:
    giver = giving(token("one"), token("two"))
    with StandIn(tokens={"three": "robot"}) as served:
        workspace = Workspace(served.url, giver.login(), Waiting(giver.clock))
        with pytest.raises(RefusedError, match="Invalid access token") as refusal:
            workspace.user()
        assert len(served.requests) == 2
    assert "client_secret" in refusal.value.hint


def acting(giver: Giver) -> GrantedToken:
    """A login as somebody else, by a token that is exchanged."""
    exchange = Exchange(f"{giver.server.url}/generate", {"audience": "x"}, "let robot create tokens")
    asked = Grant(f"{giver.server.url}/token", lambda: {"assertion": "jwt"}, exchange=exchange)
    return GrantedToken(asked, giver.session, giver.clock, giver.learnt.append)


def test_who_acts_as_somebody_else_exchanges_the_own_token_for_that_ones(giving: Giving) -> None:
    giver = giving(token("own"), Answer(body=b'{"token": "of-the-other"}'))
    assert bearer(acting(giver).headers()) == "of-the-other"
    assert giver.server.requests == [("POST", "/token"), ("POST", "/generate")]
    assert giver.server.headers[1]["authorization"] == "Bearer own"
    assert giver.learnt == ["own", "of-the-other"], "so that both are masked"


def test_who_may_not_act_as_somebody_else_is_told_what_to_give(giving: Giving) -> None:
    said = {"error": {"code": 403, "message": "Permission 'iam.serviceAccounts.getOpenIdToken' denied"}}
    giver = giving(token("own"), Answer(403, body=json.dumps(said).encode()))
    with pytest.raises(RefusedError, match=r"no token: Permission 'iam.*' denied \(403\)") as refusal:
        acting(giver).headers()
    assert refusal.value.hint == "let robot create tokens"


def test_an_access_token_cannot_be_renewed() -> None:
    with StandIn(tokens={"other": "trainer"}) as served:
        with pytest.raises(RefusedError) as refusal:
            Workspace(served.url, AccessToken("dapi-old")).user()
        assert len(served.requests) == 1
    assert refusal.value.hint == "check token, and what its user may do"


def settings(host: str = "https://acme.cloud.databricks.com", **given: str) -> AuthSettings:
    """Settings of a login."""
    environment = {"PLUGIN_HOST": host, **{f"PLUGIN_{name.upper()}": value for name, value in given.items()}}
    return AuthSettings.load(environment)


def test_the_settings_choose_the_login(giving: Giving) -> None:
    giver = giving(token("one"))
    by_token = login(settings(token="dapi-1"), giver.session, giver.clock, giver.learnt.append)
    assert bearer(by_token.headers()) == "dapi-1"
    given = settings(giver.server.url, auth_type="oauth-m2m", client_id="c", client_secret="s")
    by_grant = login(given, giver.session, giver.clock, giver.learnt.append)
    assert bearer(by_grant.headers()) == "one"


PRINCIPAL = {"auth_type": "oauth-m2m", "client_id": "robot", "client_secret": "s3cret-of-the-robot"}


def test_a_service_principal_waits_for_longer_than_its_tokens_live(giving: Giving) -> None:
    giver = giving(Answer(500))
    principals = {"robot": "s3cret-of-the-robot"}
    with StandIn(principals=principals, token_lifetime=600, clock=giver.clock.time) as served:
        who = login(settings(served.url, **PRINCIPAL), giver.session, giver.clock, giver.learnt.append)
        workspace = Workspace(served.url, who, Waiting(giver.clock))
        assert workspace.user() == "robot"
        served.script(Outcome([Phase("RUNNING", seconds=3600)]))
        run_id = workspace.submit(submission())
        while not workspace.run(run_id).state.ended:
            giver.clock.sleep(30)
    assert len(giver.learnt) == 7, "one for each nine minutes, always before it ends"
    assert {request.bearer for request in served.requests if "/api/" in request.path} == set(giver.learnt)
    assert len(served.submissions()) == 1


def test_a_token_that_ends_sooner_than_it_was_said_to_is_renewed_when_it_is_refused(giving: Giving) -> None:
    giver = giving(Answer(500))
    principals = {"robot": "s3cret-of-the-robot"}
    with StandIn(principals=principals, token_lifetime=600, clock=giver.clock.time) as served:
        longer = Fault(
            "POST", "/oidc/v1/token", "replace", replace=lambda answer: {**answer, "expires_in": 3600}
        )
        served.faults.add(longer)
        who = login(settings(served.url, **PRINCIPAL), giver.session, giver.clock, giver.learnt.append)
        workspace = Workspace(served.url, who, Waiting(giver.clock))
        workspace.user()
        giver.clock.sleep(700)
        assert workspace.user() == "robot"
    assert len(giver.learnt) == 2


def test_a_service_principal_with_a_wrong_secret_is_refused_in_the_words_of_its_host(giving: Giving) -> None:
    giver = giving(Answer(500))
    with StandIn(principals={"robot": "another"}) as served:
        who = login(settings(served.url, **PRINCIPAL), giver.session, giver.clock, giver.learnt.append)
        with pytest.raises(RefusedError, match="Client authentication failed") as refusal:
            Workspace(served.url, who).user()
    assert "client_secret" in refusal.value.hint
    assert "s3cret-of-the-robot" not in str(refusal.value)
