import email.utils

import pytest

from kit.databricks.client import Client, submission, task
from kit.databricks.faults import Fault
from kit.databricks.output import LOG_LIMIT
from kit.databricks.script import Outcome, Phase
from kit.databricks.server import Workspace
from kit.databricks.troubles import (
    ANY,
    RUNS_GET,
    bad_gateway,
    expired,
    nasty_log,
    throttled,
    unknown_state,
    without,
)
from kit.databricks.values import ManualClock, at


@pytest.fixture
def client(workspace: Workspace) -> Client:
    return Client(workspace)


def status(client: Client, run_id: int) -> int:
    return client.send("GET", "/2.2/jobs/runs/get", run_id=run_id).status_code


def test_a_gateway_is_bad_for_so_many_seconds_of_the_workspace(
    client: Client, workspace_clock: ManualClock
) -> None:
    client.workspace.faults.add(bad_gateway(RUNS_GET, lasting=180, skip=1))
    run_id = client.submit()
    seen = []
    for _ in range(5):
        seen.append(status(client, run_id))
        workspace_clock.sleep(60)
    assert seen == [200, 502, 502, 502, 200]


def test_a_fault_can_wait_for_a_phase_of_the_newest_run(client: Client) -> None:
    client.workspace.faults.add(Fault("GET", RUNS_GET, "status", phase="RUNNING"))
    client.workspace.script(Outcome(["PENDING", "RUNNING", "RUNNING", "TERMINATING"]))
    run_id = client.submit()
    assert [status(client, run_id) for _ in range(5)] == [200, 200, 503, 200, 200]


def test_too_many_requests_may_name_a_date(client: Client) -> None:
    date = email.utils.formatdate(usegmt=True)
    client.workspace.faults.add(throttled(ANY, times=2, retry_after=date), throttled(ANY, retry_after=""))
    answers = [client.send("GET", "/2.2/jobs/runs/list") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [429, 429, 429, 200]
    assert [answer.headers.get("Retry-After") for answer in answers] == [date, date, None, None]


def test_a_token_expires_at_a_call(client: Client) -> None:
    client.workspace.faults.add(expired(after=2))
    assert [client.send("GET", "/2.2/jobs/runs/list").status_code for _ in range(4)] == [200, 200, 403, 403]


def test_answers_may_be_strange_or_poor(client: Client) -> None:
    client.workspace.faults.add(unknown_state(), without("state", times=1))
    run_id = client.submit()
    assert at(client.run(run_id), "state") == {"life_cycle_state": "HIBERNATING"}
    poor = client.run(run_id)
    assert "state" not in poor
    assert at(poor, "status", "state") == "RUNNING"


def test_a_run_can_be_deleted_in_the_middle(client: Client) -> None:
    client.workspace.script(Outcome(["RUNNING"], vanishes=True))
    run_id = client.submit(submission(idempotency_token="once"))
    client.run(run_id)
    told = client.refused("GET", "/2.2/jobs/runs/get", run_id=run_id)
    assert told == (400, "INVALID_PARAMETER_VALUE", f"Run {run_id} does not exist.")
    assert client.workspace.runs_by_token() == {"once": 1}


def test_a_run_can_be_stopped_from_outside(client: Client) -> None:
    client.workspace.script(Outcome([Phase("RUNNING", polls=99)], cancel_states=[]))
    run_id = client.submit(submission(task("a"), task("b", depends_on=[{"task_key": "a"}])))
    client.run(run_id)
    client.workspace.stop(run_id)
    run = client.run(run_id)
    assert [at(run, "tasks", n, "state", "result_state") for n in (0, 1)] == ["CANCELED", "CANCELED"]
    assert at(run, "state", "user_cancelled_or_timedout") is True


def test_a_nasty_log_is_cut_and_is_no_plain_text() -> None:
    log = nasty_log()
    assert log.logs_truncated
    assert len(log.logs.encode()) >= LOG_LIMIT
    assert {"\x1b", "\ufffd", "\r"} < set(log.logs)


def test_requests_are_stamped_with_the_time_of_the_workspace(
    client: Client, workspace_clock: ManualClock
) -> None:
    client.submit()
    workspace_clock.sleep(7)
    client.submit()
    first, second = client.workspace.requests
    assert second.at - first.at == 7
