import pytest

from kit.databricks.client import Client, submission, task
from kit.databricks.runs import Ending
from kit.databricks.script import Outcome, Phase
from kit.databricks.server import Workspace
from kit.databricks.values import Json, JsonObject, ManualClock, at

MULTIPLE_TASKS = (
    "Retrieving the output of runs with multiple tasks is not supported. "
    "Please retrieve the output of each individual task run instead."
)


@pytest.fixture
def client(workspace: Workspace) -> Client:
    return Client(workspace)


def polled(client: Client, run_id: int, polls: int) -> list[Json]:
    """The life-cycle states that so many calls of runs/get show."""
    return [at(client.run(run_id), "state", "life_cycle_state") for _ in range(polls)]


def finished(client: Client, outcome: Outcome, body: JsonObject | None = None) -> JsonObject:
    """A run that went through a short course."""
    client.workspace.script(outcome)
    return client.run(client.submit(body))


def task_id(run: JsonObject, index: int = 0) -> int:
    found = at(run, "tasks", index, "run_id")
    assert isinstance(found, int)
    return found


def test_a_run_shows_each_scripted_state_once_per_poll(client: Client) -> None:
    client.workspace.script(Outcome(["QUEUED", Phase("PENDING", polls=2), "RUNNING", "TERMINATING"]))
    run_id = client.submit()
    assert polled(client, run_id, 6) == [
        "QUEUED",
        "PENDING",
        "PENDING",
        "RUNNING",
        "TERMINATING",
        "TERMINATED",
    ]


def test_a_run_without_a_script_succeeds(client: Client) -> None:
    run_id = client.submit()
    assert polled(client, run_id, 3) == ["PENDING", "RUNNING", "TERMINATED"]
    assert at(client.run(run_id), "state", "result_state") == "SUCCESS"


def test_a_phase_in_seconds_follows_the_clock_and_not_the_polls(
    client: Client, workspace_clock: ManualClock
) -> None:
    client.workspace.script(Outcome([Phase("PENDING", seconds=90), Phase("RUNNING", seconds=3600)]))
    run_id = client.submit()
    assert polled(client, run_id, 3) == ["PENDING"] * 3
    workspace_clock.sleep(100)
    assert polled(client, run_id, 1) == ["RUNNING"]
    workspace_clock.sleep(3590)
    run = client.run(run_id)
    assert (at(run, "state", "result_state"), at(run, "run_duration")) == ("SUCCESS", 3_690_000)
    assert (at(run, "tasks", 0, "setup_duration"), at(run, "tasks", 0, "execution_duration")) == (
        90_000,
        3_600_000,
    )


def test_a_failed_task_makes_the_run_an_internal_error_but_is_terminated_itself(client: Client) -> None:
    run = finished(client, Outcome([], "FAILED"))
    assert run["state"] == {
        "life_cycle_state": "INTERNAL_ERROR",
        "result_state": "FAILED",
        "state_message": "Task train failed with message: Workload failed, see run output for details.",
        "user_cancelled_or_timedout": False,
    }
    assert at(run, "tasks", 0, "state", "life_cycle_state") == "TERMINATED"
    assert at(run, "tasks", 0, "state", "result_state") == "FAILED"


def test_the_new_status_stands_beside_the_old_state(client: Client) -> None:
    run = finished(client, Outcome([], "FAILED"))
    assert at(run, "status", "state") == "TERMINATED"
    assert at(run, "status", "termination_details", "code") == "RUN_EXECUTION_ERROR"
    assert at(run, "status", "termination_details", "type") == "CLIENT_ERROR"


def test_a_run_lists_its_tasks_from_the_start_with_ids_of_their_own(client: Client) -> None:
    run = client.run(client.submit(submission(task("a"), task("b"))))
    assert len({task_id(run), task_id(run, 1), run["run_id"]}) == 3
    assert at(run, "tasks", 0, "new_cluster", "docker_image", "url") == "registry.example/train:1"
    assert at(run, "state", "life_cycle_state") == "PENDING"


def test_the_address_of_a_run_has_the_form_that_a_workspace_gives_out(client: Client) -> None:
    run = client.run(client.submit())
    url = client.workspace.url
    assert run["run_page_url"] == f"{url}/?o=900800700600500#job/{run['job_id']}/run/{run['run_id']}"


def test_the_output_of_a_failed_task_keeps_error_trace_and_logs_apart(client: Client) -> None:
    run = finished(
        client, Outcome([], "FAILED", "ValueError: no", "Traceback …", "epoch 1", logs_truncated=True)
    )
    output = client.get("/2.2/jobs/runs/get-output", run_id=task_id(run))
    assert output["error"] == "ValueError: no"
    assert output["error_trace"] == "Traceback …"
    assert (output["logs"], output["logs_truncated"]) == ("epoch 1", True)
    assert at(output, "metadata", "state", "result_state") == "FAILED"


def test_a_running_task_has_no_logs_yet(client: Client) -> None:
    client.workspace.script(Outcome(["RUNNING"], logs="epoch 1"))
    run = client.run(client.submit())
    assert "logs" not in client.get("/2.2/jobs/runs/get-output", run_id=task_id(run))


def test_the_output_of_the_run_that_holds_the_task_is_refused(client: Client) -> None:
    run_id = client.submit()
    assert client.refused("GET", "/2.2/jobs/runs/get-output", run_id=run_id) == (
        400,
        "INVALID_PARAMETER_VALUE",
        MULTIPLE_TASKS,
    )


@pytest.mark.parametrize("path", ["get", "get-output"])
def test_an_unknown_run_is_an_invalid_parameter(client: Client, path: str) -> None:
    answer = client.refused("GET", f"/2.2/jobs/runs/{path}", run_id=7)
    assert answer == (400, "INVALID_PARAMETER_VALUE", "Run 7 does not exist.")


def test_a_run_id_that_is_no_number_is_refused(client: Client) -> None:
    assert client.refused("GET", "/2.2/jobs/runs/get", run_id="x")[:2] == (400, "INVALID_PARAMETER_VALUE")


def test_a_cancelled_run_passes_through_terminating(client: Client) -> None:
    client.workspace.script(
        Outcome([Phase("RUNNING", polls=99)], cancel_states=[Phase("TERMINATING", polls=2)])
    )
    run_id = client.submit()
    assert client.post("/2.2/jobs/runs/cancel", {"run_id": run_id}) == {}
    assert polled(client, run_id, 3) == ["TERMINATING", "TERMINATING", "TERMINATED"]
    run = client.run(run_id)
    assert at(run, "state", "result_state") == "CANCELED"
    assert at(run, "state", "user_cancelled_or_timedout") is True
    assert at(run, "status", "termination_details", "code") == "USER_CANCELED"


def test_cancelling_a_run_that_has_ended_changes_nothing(client: Client) -> None:
    run = finished(client, Outcome([]))
    assert client.post("/2.2/jobs/runs/cancel", {"run_id": run["run_id"]}) == {}
    assert client.run(task_id({"tasks": [run]})) == run


def test_a_run_past_its_timeout_is_stopped_by_the_platform(
    client: Client, workspace_clock: ManualClock
) -> None:
    client.workspace.script(Outcome([Phase("RUNNING", seconds=9e9)]))
    run_id = client.submit(submission(timeout_seconds=600))
    assert polled(client, run_id, 1) == ["RUNNING"]
    workspace_clock.sleep(600)
    assert polled(client, run_id, 2) == ["TERMINATING", "TERMINATED"]
    run = client.run(run_id)
    assert at(run, "state", "result_state") == "TIMEDOUT"
    assert at(run, "status", "termination_details", "code") == "CANCELED"


def test_the_same_idempotency_token_finds_the_same_run_even_after_it_failed(client: Client) -> None:
    client.workspace.script(Outcome([], "FAILED"))
    body = submission(idempotency_token="a" * 64)
    first = client.submit(body)
    assert polled(client, first, 1) == ["INTERNAL_ERROR"]
    assert client.submit(body) == first
    assert client.submit(submission(idempotency_token="b")) != first


def test_the_token_of_a_deleted_run_is_refused(client: Client) -> None:
    client.workspace.script(Outcome([]))
    body = submission(idempotency_token="a")
    run_id = client.submit(body)
    client.run(run_id)
    client.post("/2.2/jobs/runs/delete", {"run_id": run_id})
    assert client.refused("POST", "/2.2/jobs/runs/submit", body=body)[:2] == (400, "INVALID_PARAMETER_VALUE")
    assert client.refused("GET", "/2.2/jobs/runs/get", run_id=run_id)[2] == f"Run {run_id} does not exist."


def test_an_active_run_cannot_be_deleted(client: Client) -> None:
    run_id = client.submit()
    status, _, message = client.refused("POST", "/2.2/jobs/runs/delete", body={"run_id": run_id})
    assert (status, "is active" in message) == (400, True)


def test_what_depends_on_a_failed_task_is_not_run(client: Client) -> None:
    second = task("evaluate", depends_on=[{"task_key": "train"}])
    run = finished(client, Outcome([], "FAILED"), submission(task("train"), second))
    assert at(run, "tasks", 1, "state", "result_state") == "UPSTREAM_FAILED"
    assert str(at(run, "state", "state_message")).startswith("Task train failed")


def test_a_cluster_that_does_not_start_ends_the_task_as_an_internal_error(client: Client) -> None:
    ending = Ending("FAILED", "No such image.", "INTERNAL_ERROR", "CLUSTER_ERROR", "CLIENT_ERROR")
    run = finished(client, Outcome([], ending=ending))
    assert at(run, "tasks", 0, "state", "life_cycle_state") == "INTERNAL_ERROR"
    assert at(run, "status", "termination_details", "code") == "CLUSTER_ERROR"


def test_tasks_come_by_the_hundred(client: Client) -> None:
    run_id = client.submit(submission(*(task(f"t{n}") for n in range(150))))
    first = client.run(run_id)
    second = client.get("/2.2/jobs/runs/get", run_id=run_id, page_token=str(first["next_page_token"]))
    assert [len(page["tasks"]) for page in (first, second) if isinstance(page["tasks"], list)] == [100, 50]
    assert "next_page_token" not in second


def test_runs_are_listed_newest_first_in_pages(client: Client) -> None:
    ids = [client.submit() for _ in range(5)]
    first = client.get("/2.2/jobs/runs/list", limit=3)
    second = client.get("/2.2/jobs/runs/list", limit=3, page_token=str(first["next_page_token"]))
    pages = [at(page, "runs") for page in (first, second)]
    listed = [
        run["run_id"] for page in pages if isinstance(page, list) for run in page if isinstance(run, dict)
    ]
    assert listed == ids[::-1]
    assert (first["has_more"], second["has_more"]) == (True, False)


def test_only_active_runs_are_listed_when_asked(client: Client) -> None:
    done, active = finished(client, Outcome([])), client.submit()
    assert at(client.get("/2.2/jobs/runs/list", active_only="true"), "runs", 0, "run_id") == active
    assert at(client.get("/2.2/jobs/runs/list", completed_only="true"), "runs", 0, "run_id") == done["run_id"]


def test_more_than_25_runs_per_page_are_refused(client: Client) -> None:
    assert client.refused("GET", "/2.2/jobs/runs/list", limit=26)[:2] == (400, "INVALID_PARAMETER_VALUE")
