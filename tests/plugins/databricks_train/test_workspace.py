"""The verbs of a workspace, against the stand-in: what survives which fault, and what is said of the rest."""

import itertools
from email.utils import formatdate

import pytest

from databricks_train.workspace.door import RETRY_SECONDS, THROTTLED_SECONDS
from databricks_train.workspace.errors import GoneError, OutageError
from drone_plugin import PluginError, RefusedError, SettingsError, UnreachableError
from kit.databricks.client import Client, submission, task
from kit.databricks.faults import Fault
from kit.databricks.script import Outcome, Phase
from kit.databricks.server import Workspace as StandIn
from kit.databricks.values import JsonObject

from .conftest import Asked, SteppedClock

SUBMIT = "/api/2.2/jobs/runs/submit"
GET = "/api/2.2/jobs/runs/get"
ME = "/api/2.0/preview/scim/v2/Me"
HTML = "<html><body>Bad gateway</body></html>"
BUSY: JsonObject = {"error_code": "REQUEST_LIMIT_EXCEEDED", "message": "Too many requests"}


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
    assert [run.run_id for run in workspace.runs()] == [run_id]


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
    with pytest.raises(GoneError, match=f"run {run_id} is gone: Run {run_id} does not exist"):
        door.run(run_id)
    with pytest.raises(GoneError, match="was deleted"):
        door.submit(body)


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


def test_a_saved_job_is_started_once_however_often_its_answer_is_lost(workspace: StandIn, at: Asked) -> None:
    door = at(workspace.url)
    body: JsonObject = {"name": "nightly", "tasks": [task()]}
    job_id = Client(workspace).post("/2.2/jobs/create", body)["job_id"]
    assert isinstance(job_id, int)
    workspace.script(Outcome([Phase("RUNNING", polls=99)]))
    door.user()
    workspace.faults.add(Fault("POST", "/api/2.2/jobs/run-now", "drop-after", times=2))
    run_id = door.run_now({"job_id": job_id, "idempotency_token": "t"})
    assert [run.run_id for run in workspace.runs()] == [run_id]
    assert door.look_up(run_id).job_id == job_id


def test_a_saved_job_that_is_not_there_is_told_as_such(workspace: StandIn, at: Asked) -> None:
    with pytest.raises(SettingsError, match=r"job 7: Job 7 does not exist"):
        at(workspace.url).run_now({"job_id": 7})
