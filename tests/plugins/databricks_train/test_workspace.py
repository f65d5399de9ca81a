"""The verbs of a workspace, against the stand-in: what survives which fault, and what is said of the rest."""

import itertools
import logging
from collections.abc import Callable
from email.utils import formatdate
from pathlib import Path

import pytest

from databricks_train.door import FIRST_SECONDS, RETRY_SECONDS, THROTTLED_SECONDS
from databricks_train.workspace import Workspace
from databricks_train.workspace_errors import GoneError, OutageError
from drone_plugin import PluginError, RefusedError, SettingsError, UnreachableError
from drone_plugin.waiting import Waiting
from kit.databricks.client import TOKEN, Client, submission, task
from kit.databricks.faults import Fault
from kit.databricks.script import Outcome, Phase
from kit.databricks.server import Workspace as StandIn
from kit.databricks.values import JsonObject, ManualClock

from .conftest import SteppedClock
from .local_server import Answer, LocalServer, certificate

SUBMIT = "/api/2.2/jobs/runs/submit"
GET = "/api/2.2/jobs/runs/get"
ME = "/api/2.0/preview/scim/v2/Me"
HTML = "<html><body>Bad gateway</body></html>"
BUSY: JsonObject = {"error_code": "REQUEST_LIMIT_EXCEEDED", "message": "Too many requests"}

Asked = Callable[..., Workspace]


@pytest.fixture
def clock() -> SteppedClock:
    """A time that passes only when somebody waits."""
    return SteppedClock(ManualClock())


@pytest.fixture
def at(clock: SteppedClock) -> Asked:
    """A client of a workspace, on that time."""

    def asked(url: str, token: str = TOKEN) -> Workspace:
        return Workspace(url, token, Waiting(clock, clock.time.now, lambda: 0.0))

    return asked


def test_who_asks_is_told_by_name(workspace: StandIn, at: Asked) -> None:
    assert at(workspace.url).user() == "trainer@example.com"


@pytest.mark.parametrize("kind", ["drop-before", "drop-after"])
def test_a_lost_answer_to_a_submission_makes_no_second_run(workspace: StandIn, at: Asked, kind: str) -> None:
    door = at(workspace.url)
    door.user()
    workspace.faults.add(
        Fault("POST", SUBMIT, "drop-after" if kind == "drop-after" else "drop-before", times=2)
    )
    run_id = door.submit(submission(idempotency_token="t" * 64))
    assert len(workspace.submissions()) == 3
    assert [run.run_id for run in door.active_runs()] == [run_id]


@pytest.mark.parametrize("pause", ["2", "date"])
def test_a_throttled_request_is_repeated_when_databricks_says_so(
    workspace: StandIn, at: Asked, clock: SteppedClock, pause: str
) -> None:
    door = at(workspace.url)
    door.user()
    begun = clock.monotonic()
    if pause == "2":
        workspace.faults.add(
            Fault("GET", ME, "status", times=20, status=429, headers={"Retry-After": "2"}, body=BUSY)
        )
        at_least = 40
    else:
        date = formatdate(clock.time.now() + 33, usegmt=True)
        workspace.faults.add(Fault("GET", ME, "status", status=429, headers={"Retry-After": date}, body=BUSY))
        at_least = 33
    assert door.user() == "trainer@example.com"
    assert at_least <= clock.monotonic() - begun < at_least + 1


def test_a_workspace_that_throttles_for_ever_is_given_up_within_the_patience(
    workspace: StandIn, at: Asked, clock: SteppedClock
) -> None:
    door = at(workspace.url)
    door.user()
    workspace.faults.add(Fault("GET", ME, "status", times=10**6, status=429, body=BUSY))
    begun = clock.monotonic()
    with pytest.raises(OutageError, match=r"the token's user: Too many requests \(429\)"):
        door.user()
    assert THROTTLED_SECONDS - 11 < clock.monotonic() - begun <= THROTTLED_SECONDS


def test_a_workspace_that_is_down_is_given_up_within_the_patience(
    workspace: StandIn, at: Asked, clock: SteppedClock
) -> None:
    door = at(workspace.url)
    door.user()
    workspace.faults.add(Fault("GET", ME, "status", times=10**6, status=503, body=HTML))
    begun = clock.monotonic()
    with pytest.raises(OutageError, match="is not its API's"):
        door.user()
    assert RETRY_SECONDS - 11 < clock.monotonic() - begun <= RETRY_SECONDS


@pytest.mark.parametrize("status", [500, 502, 503, 504, 200])
def test_a_gateway_that_answers_with_a_page_of_its_own_is_asked_again(
    workspace: StandIn, at: Asked, status: int
) -> None:
    workspace.faults.add(Fault("GET", ME, "status", times=3, status=status, body=HTML))
    assert at(workspace.url).user() == "trainer@example.com"


def test_a_poll_is_one_attempt_and_says_how_long_databricks_wants_to_be_left_alone(
    workspace: StandIn, at: Asked
) -> None:
    door = at(workspace.url)
    run_id = door.submit(submission())
    workspace.faults.add(Fault("GET", GET, "status", status=429, headers={"Retry-After": "17"}, body=BUSY))
    with pytest.raises(OutageError) as outage:
        door.run(run_id)
    assert outage.value.pause == 17
    assert door.run(run_id).run_id == run_id


def test_the_tasks_of_all_pages_are_read(workspace: StandIn, at: Asked) -> None:
    door = at(workspace.url)
    run_id = door.submit(submission(*(task(f"t{number}") for number in range(150))))
    assert [found.key for found in door.run(run_id).tasks] == [f"t{number}" for number in range(150)]


def test_the_page_of_a_run_has_the_form_that_works_for_everyone(workspace: StandIn, at: Asked) -> None:
    door = at(workspace.url)
    run = door.run(door.submit(submission()))
    assert run.url == f"{workspace.url}/jobs/{run.job_id}/runs/{run.run_id}?o=900800700600500"


def test_a_run_that_was_deleted_is_gone_and_so_is_what_its_token_stands_for(
    workspace: StandIn, at: Asked
) -> None:
    door, body = at(workspace.url), submission(idempotency_token="t")
    run_id = door.submit(body)
    for _ in range(4):
        door.run(run_id)
    Client(workspace).post("/2.2/jobs/runs/delete", {"run_id": run_id})
    with pytest.raises(GoneError, match=f"no run {run_id} any more"):
        door.run(run_id)
    with pytest.raises(GoneError, match="was deleted"):
        door.submit(body)


def test_active_runs_are_found_by_who_made_them_and_by_name(workspace: StandIn, at: Asked) -> None:
    door = at(workspace.url)
    workspace.script(*[Outcome([Phase("RUNNING", polls=99)])] * 30)
    ids = [door.submit(submission(run_name=f"model {number % 2}")) for number in range(30)]
    assert {run.run_id for run in door.active_runs(creator="trainer@example.com")} == set(ids)
    assert {run.run_id for run in door.active_runs(name="model 1")} == set(ids[1::2])
    assert door.active_runs(creator="somebody@example.com") == []
    first = door.active_runs()[0]
    assert "new_cluster" in str(first.answer["tasks"]), "as they were submitted"


def test_an_output_that_cannot_be_printed_as_it_is_can_be_printed(workspace: StandIn, at: Asked) -> None:
    door = at(workspace.url)
    workspace.script(Outcome(["RUNNING"], logs="cut \ud800 here\x1b[31m", logs_truncated=True))
    run_id = door.submit(submission())
    door.run(run_id)
    (only,) = door.run(run_id).tasks
    output = door.output(only.run_id)
    assert output.truncated
    assert output.logs.encode() == b"cut ? here\x1b[31m"


def test_a_file_is_written_twice_without_harm(workspace: StandIn, at: Asked) -> None:
    door, path = at(workspace.url), "/Workspace/Users/trainer@example.com/.drone-ml/a.py"
    door.put_file(path, b"1")
    door.put_file(path, b"2")


@pytest.mark.parametrize(
    ("status", "code", "refusal"),
    [
        (400, "INVALID_PARAMETER_VALUE", (SettingsError, "does not accept the job: no")),
        (403, "PERMISSION_DENIED", (RefusedError, "refuses the job: no")),
        (401, "UNAUTHENTICATED", (RefusedError, "refuses the job: no")),
        (404, "ENDPOINT_NOT_FOUND", (SettingsError, "has no such API: no")),
        (404, "RESOURCE_DOES_NOT_EXIST", (SettingsError, "does not accept the job: no")),
        (409, "RESOURCE_CONFLICT", (SettingsError, "does not accept the job: no")),
        (501, "NOT_IMPLEMENTED", (UnreachableError, r"the job: no \(501\)")),
    ],
)
def test_a_refusal_is_told_in_databricks_words_and_not_repeated(
    workspace: StandIn, at: Asked, status: int, code: str, refusal: tuple[type[PluginError], str]
) -> None:
    body: JsonObject = {"error_code": code, "message": "no"}
    workspace.faults.add(Fault("POST", SUBMIT, "status", times=9, status=status, body=body))
    with pytest.raises(refusal[0], match=refusal[1]):
        at(workspace.url).submit(submission())
    assert len(workspace.submissions()) == 1


@pytest.mark.parametrize("field", ["detail", "error_description", "error", "message"])
def test_the_reason_is_found_in_the_shapes_of_scim_and_oauth_too(
    workspace: StandIn, at: Asked, field: str
) -> None:
    workspace.faults.add(Fault("GET", ME, "status", status=403, body={field: "no such user"}))
    with pytest.raises(RefusedError, match="no such user"):
        at(workspace.url).user()


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
    monkeypatch.setattr("databricks_train.door.FIRST_SECONDS", 0.2)
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
    import ssl  # noqa: PLC0415 - this test alone

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


def test_a_cancelled_run_ends(workspace: StandIn, at: Asked) -> None:
    door = at(workspace.url)
    workspace.script(Outcome([Phase("RUNNING", polls=10**6)]))
    run_id = door.submit(submission())
    door.cancel(run_id)
    states = list(itertools.islice(iter(lambda: door.run(run_id).state, None), 4))
    assert states[-1].result == "CANCELED"


def test_a_request_to_cancel_is_made_once(workspace: StandIn, at: Asked) -> None:
    door = at(workspace.url)
    run_id = door.submit(submission())
    workspace.faults.add(Fault("POST", "/api/2.2/jobs/runs/cancel", "status", times=9, status=503, body=HTML))
    with pytest.raises(OutageError):
        door.cancel(run_id)
    assert len([r for r in workspace.requests if r.path.endswith("/cancel")]) == 1
