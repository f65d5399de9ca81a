import pytest

from kit.databricks.client import Client, cluster, task
from kit.databricks.script import Outcome, Phase
from kit.databricks.server import Workspace
from kit.databricks.values import Json, JsonObject, at


@pytest.fixture
def client(workspace: Workspace) -> Client:
    return Client(workspace)


def number(answer: JsonObject, name: str) -> int:
    found = answer[name]
    assert isinstance(found, int)
    return found


def create(client: Client, **fields: Json) -> int:
    shared: JsonObject = {
        "task_key": "train",
        "spark_python_task": {
            "python_file": "/Shared/a.py",
            "parameters": ["--lr={{job.parameters.learning_rate}}"],
        },
        "job_cluster_key": "big",
    }
    settings: JsonObject = {
        "name": "nightly",
        "description": "Trains by night.",
        "tasks": [shared],
        "job_clusters": [{"job_cluster_key": "big", "new_cluster": cluster()}],
        "parameters": [{"name": "learning_rate", "default": "0.1"}, {"name": "epochs", "default": "3"}],
    }
    return number(client.post("/2.2/jobs/create", settings | fields), "job_id")


def run_now(client: Client, job_id: int, **fields: Json) -> int:
    return number(client.post("/2.2/jobs/run-now", {"job_id": job_id, **fields}), "run_id")


def test_a_saved_job_is_shown_as_it_was_sent(client: Client) -> None:
    shown = client.get("/2.2/jobs/get", job_id=create(client))
    assert at(shown, "settings", "name") == "nightly"
    assert at(shown, "settings", "job_clusters", 0, "job_cluster_key") == "big"
    assert at(shown, "settings", "max_concurrent_runs") == 1


def test_a_job_that_does_not_exist_is_an_invalid_parameter(client: Client) -> None:
    told = (400, "INVALID_PARAMETER_VALUE", "Job 7 does not exist.")
    assert client.refused("GET", "/2.2/jobs/get", job_id=7) == told
    assert client.refused("POST", "/2.2/jobs/run-now", body={"job_id": 7}) == told


def test_a_run_of_a_job_says_which_and_with_what_parameters(client: Client) -> None:
    job_id = create(client)
    run = client.run(run_now(client, job_id, job_parameters={"epochs": "20"}))
    assert (run["job_id"], run["run_type"]) == (job_id, "JOB_RUN")
    assert (run["run_name"], run["description"]) == ("nightly", "Trains by night.")
    assert run["job_parameters"] == [
        {"name": "learning_rate", "value": "0.1", "default": "0.1"},
        {"name": "epochs", "value": "20", "default": "3"},
    ]
    assert at(run, "job_clusters", 0, "new_cluster", "docker_image", "url") == "registry.example/train:1"
    assert at(run, "tasks", 0, "job_cluster_key") == "big"


def test_the_token_of_a_run_now_finds_its_run_and_is_shared_with_submissions(client: Client) -> None:
    job_id = create(client)
    first = run_now(client, job_id, idempotency_token="once")
    assert run_now(client, job_id, idempotency_token="once") == first
    assert client.workspace.runs_by_token() == {"once": 1}
    client.workspace.forget(first)
    told = client.refused("POST", "/2.2/jobs/run-now", body={"job_id": job_id, "idempotency_token": "once"})
    assert told[:2] == (400, "INVALID_PARAMETER_VALUE")
    assert len(client.workspace.runs()) == 1


def test_a_job_skips_a_run_while_another_is_active_unless_it_may_queue(client: Client) -> None:
    job_id = create(client)
    client.workspace.script(Outcome([Phase("RUNNING", polls=99)]))
    run_now(client, job_id)
    skipped = client.run(run_now(client, job_id))
    assert at(skipped, "state", "life_cycle_state") == "SKIPPED"
    assert at(skipped, "state", "result_state") == "MAXIMUM_CONCURRENT_RUNS_REACHED"
    assert at(skipped, "status", "termination_details", "code") == "MAX_CONCURRENT_RUNS_EXCEEDED"
    queued = client.run(run_now(client, job_id, queue={"enabled": True}))
    assert at(queued, "state", "life_cycle_state") == "PENDING"


def test_runs_are_listed_by_kind_and_by_job(client: Client) -> None:
    job_id = create(client)
    of_job, one_time = run_now(client, job_id), client.submit()
    for query, run_id in ({"run_type": "JOB_RUN"}, of_job), ({"run_type": "SUBMIT_RUN"}, one_time):
        listed = client.get("/2.2/jobs/runs/list", **query)
        assert at(listed, "runs", 0, "run_id") == run_id
        assert listed["has_more"] is False
    assert at(client.get("/2.2/jobs/runs/list", job_id=job_id), "runs", 0, "run_id") == of_job


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"tasks": []}, "One or more tasks"),
        ({"job_clusters": []}, "Job cluster 'big' is not defined"),
        ({"tasks": [task("a", new_cluster=None, environment_key="e")]}, "Environment 'e' is not defined"),
    ],
)
def test_a_job_that_could_not_run_is_refused(client: Client, change: JsonObject, said: str) -> None:
    with pytest.raises(AssertionError, match=said):
        create(client, **change)


def test_a_serverless_task_needs_no_cluster_and_a_query_needs_neither(client: Client) -> None:
    serverless = task("a", new_cluster=None, environment_key="e")
    query: JsonObject = {"task_key": "b", "sql_task": {"warehouse_id": "1"}}
    client.submit(
        {
            "tasks": [serverless, query],
            "environments": [{"environment_key": "e", "spec": {"environment_version": "4"}}],
        }
    )
