import pytest

from kit.databricks.client import Client, submission, task
from kit.databricks.endings import SPOT_LOST
from kit.databricks.script import Outcome
from kit.databricks.server import Workspace
from kit.databricks.values import Json, JsonObject, at

FAILS_ONCE = {"train": [Outcome([], "FAILED", error="ValueError: no"), Outcome([])]}
CHAIN = submission(
    task("prepare"),
    task("train", depends_on=[{"task_key": "prepare"}]),
    task("evaluate", depends_on=[{"task_key": "train"}]),
)


@pytest.fixture
def client(workspace: Workspace) -> Client:
    return Client(workspace)


def repair(client: Client, run_id: int, **fields: Json) -> int:
    answer = client.post("/2.2/jobs/runs/repair", {"run_id": run_id, **fields})["repair_id"]
    assert isinstance(answer, int)
    return answer


def failed(client: Client, outcome: Outcome) -> int:
    client.workspace.script(outcome)
    run_id = client.submit(CHAIN)
    assert at(client.run(run_id), "state", "life_cycle_state") == "INTERNAL_ERROR"
    return run_id


def results(run: JsonObject) -> list[tuple[Json, Json, Json]]:
    tasks = run["tasks"]
    assert isinstance(tasks, list)
    return [
        (at(one, "task_key"), at(one, "attempt_number"), at(one, "state", "result_state")) for one in tasks
    ]


def refused(client: Client, run_id: int, **fields: Json) -> str:
    return client.refused("POST", "/2.2/jobs/runs/repair", body={"run_id": run_id, **fields})[2]


def test_only_what_failed_runs_again_as_part_of_the_same_run(client: Client) -> None:
    run_id = failed(client, Outcome([], tasks=FAILS_ONCE))
    assert results(client.run(run_id))[1:] == [("train", 0, "FAILED"), ("evaluate", 0, "UPSTREAM_FAILED")]
    repair_id = repair(client, run_id, rerun_all_failed_tasks=True)
    run = client.get("/2.2/jobs/runs/get", run_id=run_id, include_history="true")
    assert results(run)[3:] == [("train", 1, "SUCCESS"), ("evaluate", 1, "SUCCESS")]
    assert at(run, "state", "result_state") == "SUCCESS"
    assert [at(run, "repair_history", n, "type") for n in (0, 1)] == ["ORIGINAL", "REPAIR"]
    assert at(run, "repair_history", 1, "id") == repair_id
    assert len(client.workspace.runs()) == 1


def test_a_second_repair_names_the_first(client: Client) -> None:
    run_id = failed(client, Outcome([], tasks={"train": [Outcome([], "FAILED")]}))
    first = repair(client, run_id, rerun_all_failed_tasks=True)
    client.run(run_id)
    again: JsonObject = {"rerun_all_failed_tasks": True}
    assert refused(client, run_id, **again) == (
        "The latest repair ID needs to be provided in order to create a new repair"
    )
    assert "not the ID of the latest repair" in refused(client, run_id, latest_repair_id=7, **again)
    assert repair(client, run_id, latest_repair_id=first, **again) != first


def test_a_run_in_progress_or_without_failures_is_not_repaired(client: Client) -> None:
    run_id = client.submit(CHAIN)
    assert "is in progress" in refused(client, run_id, rerun_all_failed_tasks=True)
    client.workspace.script(Outcome([]))
    good = client.submit(CHAIN)
    client.run(good)
    for _ in range(9):
        client.run(good)
    assert "has no failed tasks" in refused(client, good, rerun_all_failed_tasks=True)
    assert "Unknown task keys: nothing" in refused(client, good, rerun_tasks=["nothing"])
    assert "Only one of" in refused(client, good, rerun_tasks=["train"], rerun_all_failed_tasks=True)


def test_what_depends_on_a_task_runs_again_with_it_when_asked(client: Client) -> None:
    client.workspace.script(Outcome([]))
    run_id = client.submit(CHAIN)
    client.run(run_id)
    repair(client, run_id, rerun_tasks=["train"], rerun_dependent_tasks=True)
    assert results(client.run(run_id))[3:] == [("train", 1, "SUCCESS"), ("evaluate", 1, "SUCCESS")]


def test_a_task_that_may_retry_gets_another_attempt_on_another_cluster(client: Client) -> None:
    client.workspace.script(Outcome(tasks={"train": [Outcome([], ending=SPOT_LOST), Outcome(["RUNNING"])]}))
    run_id = client.submit(submission(task(max_retries=1)))
    shown = [client.run(run_id) for _ in range(3)][-1]
    assert results(shown) == [("train", 0, "FAILED"), ("train", 1, "SUCCESS")]
    assert at(shown, "state", "result_state") == "SUCCESS"
    clusters = [at(shown, "tasks", n, "cluster_instance", "cluster_id") for n in (0, 1)]
    assert clusters[0] != clusters[1]


def test_the_cluster_of_a_task_says_why_it_ended(client: Client) -> None:
    client.workspace.script(Outcome([], ending=SPOT_LOST), Outcome(["PENDING"]))
    lost, waits = client.run(client.submit()), client.run(client.submit())
    cluster = client.get(
        "/2.1/clusters/get", cluster_id=str(at(lost, "tasks", 0, "cluster_instance", "cluster_id"))
    )
    assert (cluster["state"], at(cluster, "termination_reason", "code")) == (
        "TERMINATED",
        "SPOT_INSTANCE_TERMINATION",
    )
    assert at(cluster, "termination_reason", "type") == "CLOUD_FAILURE"
    assert at(lost, "status", "termination_details", "code") == "CLOUD_FAILURE"
    assert "SPOT_INSTANCE_TERMINATION" in str(at(lost, "state", "state_message"))
    assert "cluster_instance" not in str(waits)
    assert client.refused("GET", "/2.1/clusters/get", cluster_id="0-x")[2] == "Cluster 0-x does not exist"


def test_tasks_follow_one_another_and_the_run_is_running_all_the_while(client: Client) -> None:
    run_id = client.submit(CHAIN)
    seen = [at(client.run(run_id), "state", "life_cycle_state") for _ in range(7)]
    assert seen == ["PENDING", *["RUNNING"] * 5, "TERMINATED"]
