import time

import pytest
import requests

from kit.databricks.client import Client, submission
from kit.databricks.faults import Fault
from kit.databricks.server import Workspace
from kit.databricks.values import JsonObject

SUBMIT = "/api/2.2/jobs/runs/submit"
GET = "/api/2.2/jobs/runs/get"


@pytest.fixture
def client(workspace: Workspace) -> Client:
    return Client(workspace)


def runs(client: Client) -> int:
    listed = client.get("/2.2/jobs/runs/list").get("runs", [])
    assert isinstance(listed, list)
    return len(listed)


@pytest.mark.parametrize(("kind", "applied"), [("drop-before", 0), ("drop-after", 1)])
def test_a_dropped_connection_leaves_the_request_applied_or_not(
    client: Client, kind: str, applied: int
) -> None:
    client.workspace.faults.add(
        Fault("POST", SUBMIT, "drop-after" if kind == "drop-after" else "drop-before")
    )
    with pytest.raises(requests.ConnectionError):
        client.submit()
    assert runs(client) == applied


def test_a_status_comes_with_its_headers_and_applies_nothing(client: Client) -> None:
    headers = {"Retry-After": "7"}
    body: JsonObject = {"error_code": "REQUEST_LIMIT_EXCEEDED", "message": "too many"}
    client.workspace.faults.add(Fault("POST", SUBMIT, "status", status=429, headers=headers, body=body))
    response = client.send("POST", "/2.2/jobs/runs/submit", body=submission())
    assert (response.status_code, response.headers["Retry-After"], response.json()) == (429, "7", body)
    assert runs(client) == 0


def test_a_status_may_come_although_the_request_was_applied(client: Client) -> None:
    client.workspace.faults.add(Fault("POST", SUBMIT, "status", status=504, applied=True))
    assert client.send("POST", "/2.2/jobs/runs/submit", body=submission()).status_code == 504
    assert runs(client) == 1


def test_a_status_with_text_is_a_page_of_html(client: Client) -> None:
    client.workspace.faults.add(Fault("GET", GET, "status", status=502, body="<h1>Bad Gateway</h1>"))
    response = client.send("GET", "/2.2/jobs/runs/get", run_id=1)
    assert (response.headers["Content-Type"], response.text) == ("text/html", "<h1>Bad Gateway</h1>")


def test_a_fault_happens_so_often_after_so_many_and_then_no_more(client: Client) -> None:
    client.workspace.faults.add(Fault("GET", "/api/2.2/jobs/runs/*", "status", times=2, skip=1))
    codes = [client.send("GET", "/2.2/jobs/runs/list").status_code for _ in range(4)]
    assert codes == [200, 503, 503, 200]


def test_an_answer_can_lose_fields_and_hold_unknown_words(client: Client) -> None:
    def stranger(run: JsonObject) -> JsonObject:
        return {**{k: v for k, v in run.items() if k != "state"}, "status": {"state": "DREAMING"}}

    client.workspace.faults.add(Fault("GET", GET, "replace", replace=stranger))
    run_id = client.submit()
    strange = client.run(run_id)
    assert "state" not in strange
    assert strange["status"] == {"state": "DREAMING"}
    assert "state" in client.run(run_id)


def test_a_request_that_hangs_ends_when_the_workspace_closes() -> None:
    with Workspace() as workspace:
        workspace.faults.add(Fault("GET", GET, "hang"))
        with pytest.raises(requests.ReadTimeout):
            requests.get(f"{workspace.url}{GET}", timeout=0.1)
        closing = time.monotonic()
    assert time.monotonic() - closing < 5


def test_every_request_is_recorded_without_its_credential(client: Client) -> None:
    client.submit()
    Client(client.workspace, token=None).send("GET", "/2.2/jobs/runs/list", limit=1)
    first, second = client.workspace.requests
    assert (first.method, first.path, first.authorized) == ("POST", SUBMIT, True)
    assert (second.query, second.authorized) == ({"limit": "1"}, False)
    assert "dapi-of-the-test" not in repr(first) + str(first.headers)
    assert client.workspace.submissions() == [submission()]
