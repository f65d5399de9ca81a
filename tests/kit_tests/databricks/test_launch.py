import pytest

from kit.databricks.client import BOOTSTRAP, cluster, submission, task
from kit.databricks.files import Entry, Files
from kit.databricks.launch import Launch, LaunchError, plan
from kit.databricks.order import in_order, verdict
from kit.databricks.runs import FAILED, SUCCESS, Ending, Output, Run, TaskRun
from kit.databricks.spec import Submission, parse, raw_tasks
from kit.databricks.values import Json, JsonObject

SECRETS = {"registry": {"user": "robot", "password": "hunter2"}}


def run_of(*tasks: JsonObject) -> Run:
    body = submission(*tasks)
    parsed = parse(Submission, body)
    attempts = [
        TaskRun(100 + n, asked, sent, "1124-215516-00000001")
        for n, (asked, sent) in enumerate(zip(parsed.tasks, raw_tasks(body), strict=True))
    ]
    return Run(1, 2, "trainer@example.com", parsed, 0.0, attempts)


def planned(*, file: JsonObject | None = None, existing: str | None = None, **spec: Json) -> Launch:
    """The launch of one task on a cluster with these fields."""
    files = Files(["trainer@example.com"])
    files.put(BOOTSTRAP, "cGFzcw==", "AUTO", overwrite=False)
    files.put("/Shared/notebook", "cGFzcw==", "SOURCE", overwrite=False)
    asked = task(new_cluster=cluster("r.example/a:1") | spec)
    if file:
        asked["spark_python_task"] = file
    if existing:
        del asked["new_cluster"]
        asked["existing_cluster_id"] = existing
    run = run_of(asked)
    return plan(run, run.attempts[0], "http://host:1", SECRETS, files.get)


def ending_of(error: pytest.ExceptionInfo[LaunchError]) -> Ending:
    return error.value.ending


@pytest.mark.parametrize(
    ("runtime", "folder"),
    [
        ("15.4.x-scala2.12", "/Workspace/Users/trainer@example.com"),
        ("14.0.x-scala2.12", "/Workspace/Users/trainer@example.com"),
        ("13.3.x-scala2.12", "/databricks/driver"),
        ("9.1.x-scala2.12", "/databricks/driver"),
    ],
)
def test_a_workspace_file_starts_in_its_own_folder_from_runtime_14_on(runtime: str, folder: str) -> None:
    assert planned(spark_version=runtime).folder == folder


@pytest.mark.parametrize("path", [BOOTSTRAP, BOOTSTRAP.removeprefix("/Workspace")])
def test_a_workspace_path_means_the_mount_with_and_without_its_name(path: str) -> None:
    assert planned(file={"python_file": path}).script == BOOTSTRAP


def test_a_file_uri_means_the_image() -> None:
    launch = planned(file={"python_file": "file:/app/run.py"})
    assert (launch.script, launch.folder) == ("/app/run.py", "/databricks/driver")


@pytest.mark.parametrize("path", ["/Users/trainer@example.com/other.py", "/Shared/notebook", "dbfs:/a.py"])
def test_a_file_that_is_missing_or_a_notebook_cannot_be_read(path: str) -> None:
    with pytest.raises(LaunchError, match="Cannot read the python file") as error:
        planned(file={"python_file": path})
    assert ending_of(error).life_cycle == "INTERNAL_ERROR"


def test_the_environment_is_the_one_of_the_cluster_with_secrets_resolved() -> None:
    launch = planned(
        spark_env_vars={
            "A": "1",
            "PASSWORD": "{{secrets/registry/password}}",
            "B": "x{{secrets/registry/user}}",
        }
    )
    assert launch.environment == {
        "DATABRICKS_RUNTIME_VERSION": "15.4",
        "DB_CLUSTER_ID": "1124-215516-00000001",
        "A": "1",
        "PASSWORD": "hunter2",
        "B": "x{{secrets/registry/user}}",
    }
    assert "hunter2" not in repr(launch)


def test_the_login_of_the_registry_may_be_a_secret() -> None:
    auth: JsonObject = {"username": "{{secrets/registry/user}}", "password": "{{secrets/registry/password}}"}
    login = planned(docker_image={"url": "r.example/a:1", "basic_auth": auth}).login
    assert login
    assert (login.username, login.password) == ("robot", "hunter2")


def test_a_secret_that_does_not_exist_keeps_the_cluster_from_starting() -> None:
    with pytest.raises(LaunchError, match="Secret does not exist with scope: a and key: b"):
        planned(spark_env_vars={"A": "{{secrets/a/b}}"})


def test_a_single_quote_in_a_variable_breaks_the_cluster_as_it_does_in_reality() -> None:
    with pytest.raises(LaunchError, match="SPARK_STARTUP_FAILURE"):
        planned(spark_env_vars={"A": "it's"})


def test_parameters_are_passed_on_with_their_references_filled_in() -> None:
    parameters: Json = [
        "--run={{job.run_id}}",
        "{{ task.run_id }}",
        "{{workspace.url}}",
        "{{my.value}",
        "{{other.name}}",
    ]
    launch = planned(file={"python_file": BOOTSTRAP, "parameters": parameters})
    assert launch.arguments == ("--run=1", "100", "http://host:1", "{{my.value}", "{{other.name}}")


def test_a_cluster_that_does_not_exist_fails_the_run() -> None:
    with pytest.raises(
        LaunchError, match="Run executed on existing cluster ID 0-0-x failed since the cluster does not exist"
    ):
        planned(existing="0-0-x")


def test_tasks_come_after_those_that_they_depend_on() -> None:
    run = run_of(
        task("c", depends_on=[{"task_key": "b"}]), task("b", depends_on=[{"task_key": "a"}]), task("a")
    )
    assert [attempt.task.task_key for attempt in in_order(run)] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("run_if", "endings", "result"),
    [
        ("ALL_SUCCESS", (SUCCESS, SUCCESS), None),
        ("ALL_SUCCESS", (SUCCESS, FAILED), "UPSTREAM_FAILED"),
        ("ALL_DONE", (FAILED, FAILED), None),
        ("NONE_FAILED", (SUCCESS, FAILED), "UPSTREAM_FAILED"),
        ("AT_LEAST_ONE_SUCCESS", (SUCCESS, FAILED), None),
        ("ALL_FAILED", (SUCCESS, FAILED), "EXCLUDED"),
        ("AT_LEAST_ONE_FAILED", (SUCCESS, FAILED), None),
    ],
)
def test_run_if_decides_on_the_endings_of_what_a_task_depends_on(
    run_if: str, endings: tuple[Ending, ...], result: str | None
) -> None:
    last = task("c", depends_on=[{"task_key": "a"}, {"task_key": "b"}], run_if=run_if)
    run = run_of(task("a"), task("b"), last)
    for attempt, ending in zip(run.attempts[:2], endings, strict=True):
        attempt.end(ending, Output(), 0.0)
    found = verdict(run, run.attempts[2])
    assert (found and found.result) == result


def test_a_run_whose_last_tasks_succeeded_in_spite_of_a_failure_says_so() -> None:
    run = run_of(task("a"), task("b", depends_on=[{"task_key": "a"}], run_if="ALL_DONE"))
    run.attempts[0].end(FAILED, Output(), 0.0)
    run.attempts[1].end(SUCCESS, Output(), 0.0)
    assert run.ending
    assert (run.ending.life_cycle, run.ending.result) == ("TERMINATED", "SUCCESS_WITH_FAILURES")


def test_an_entry_describes_itself() -> None:
    assert Entry("/a", "FILE", 1, b"xy").describe()["size"] == 2
