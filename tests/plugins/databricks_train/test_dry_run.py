"""What a dry run checks in a workspace, and how it says what is wrong."""

import io
from collections.abc import Iterator

import pytest

from databricks_train.life.dry_run import LOGIN, Check, Checked, run_checks, workspace_checks, worst
from databricks_train.workspace.api import Workspace
from databricks_train.workspace.catalog import Catalog
from drone_plugin import (
    Log,
    PluginError,
    Redactor,
    RefusedError,
    SettingsError,
    SystemClock,
    UnreachableError,
)
from drone_plugin.log import LineStream
from drone_plugin.waiting import Waiting
from kit.databricks.client import TOKEN, cluster, submission, task
from kit.databricks.faults import Fault
from kit.databricks.server import Workspace as StandIn
from kit.databricks.values import JsonObject, ManualClock

from .conftest import SteppedClock

SECRETS = {"registry": {"user": "u", "password": "p"}}


@pytest.fixture
def served() -> Iterator[StandIn]:
    """A workspace with secrets."""
    with StandIn(secrets=SECRETS, clock=ManualClock()) as workspace:
        yield workspace


def checked(url: str, body: JsonObject, token: str = TOKEN) -> tuple[list[Checked], list[str]]:
    """The results for a body, and what was printed."""
    printed = io.BytesIO()
    log = Log(LineStream(printed, Redactor(), SystemClock()), SystemClock(), colour=False)
    workspace = Workspace(url, token, Waiting(SteppedClock(ManualClock()), chance=lambda: 0.0))
    results = run_checks(workspace_checks(workspace, Catalog(workspace.door), {**body}), log)
    return results, printed.getvalue().decode().splitlines()


def with_cluster(**fields: JsonObject | str) -> JsonObject:
    """A body whose cluster has these fields."""
    return submission(task(new_cluster={**cluster(), **fields}))


LOGIN_PAIR: JsonObject = {
    "basic_auth": {"username": "{{secrets/registry/user}}", "password": "{{secrets/registry/password}}"}
}


def test_all_that_is_there_is_ticked(served: StandIn) -> None:
    results, lines = checked(served.url, with_cluster(docker_image=LOGIN_PAIR))
    assert lines == [
        f"✔ login: trainer@example.com at {served.url}",
        "✔ node_type_id i3.xlarge",
        "✔ spark_version 15.4.x-scala2.12",
        "✔ secret scope registry: has password, user",
    ]
    assert worst(results) is None


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"node_type_id": "i3.xlarg"}, ["has no node_type_id i3.xlarg", "did you mean i3.xlarge?"]),
        ({"driver_node_type_id": "abacus"}, ["has no node_type_id abacus", "it has 11 others"]),
        (
            {"spark_version": "15.5.x-scala2.12"},
            ["has no spark_version 15.5", "did you mean 15.4.x-scala2.12?"],
        ),
        (
            {"spark_env_vars": {"A": "{{secrets/registry/key}}"}},
            ["has no key", "databricks secrets put-secret registry key"],
        ),
        (
            {"spark_env_vars": {"A": "{{secrets/mlflow/key}}"}},
            ["secret scope mlflow: Scope mlflow does not exist"],
        ),
    ],
)
def test_what_is_missing_is_told_with_what_to_do(
    served: StandIn, fields: dict[str, JsonObject | str], words: list[str]
) -> None:
    results, lines = checked(served.url, with_cluster(**fields))
    failed = next(number for number, line in enumerate(lines) if "✘" in line)
    for line, word in zip(lines[failed:], words, strict=False):
        assert word in line
    error = worst(results)
    assert isinstance(error, SettingsError)
    assert error.message.startswith("1 of ")


def test_a_token_that_is_refused_is_told_once(served: StandIn) -> None:
    results, lines = checked(served.url, submission(), token="dapi-old")
    assert "✘ login: " in lines[0]
    assert lines[1:] == [
        "  check token, and what its user may do",
        "· node_type_id i3.xlarge: not checked, for it needs login",
        "· spark_version 15.4.x-scala2.12: not checked, for it needs login",
    ]
    assert isinstance(worst(results), RefusedError)
    assert len(served.requests) == 1


def test_a_host_that_is_not_there_is_told_once() -> None:
    results, lines = checked("http://127.0.0.1:9", submission())
    assert "✘ login: http://127.0.0.1:9 cannot be asked" in lines[0]
    assert isinstance(worst(results), UnreachableError)


def test_what_was_saved_is_looked_for(served: StandIn) -> None:
    there: JsonObject = {"settings": {"name": "nightly"}, "state": "TERMINATED"}
    for path in ("/api/2.2/jobs/get", "/api/2.1/clusters/get"):
        served.faults.add(Fault("GET", path, "status", status=200, body=there))
    _, lines = checked(served.url, {"job_id": 7, "tasks": [{"existing_cluster_id": "c-1"}]})
    assert lines[1:] == ["✔ cluster c-1: TERMINATED", "✔ job 7: nightly"]


def fail(error: PluginError) -> str:
    """A check that fails."""
    raise error


def test_the_gravest_failure_decides_the_exit_code_and_none_hides_another() -> None:
    log = Log(LineStream(io.BytesIO(), Redactor(), SystemClock()), SystemClock(), colour=False)
    checks = [
        Check("image", lambda: fail(SettingsError("no such tag"))),
        Check("experiment", lambda: fail(RefusedError("may not write"))),
        Check("tracking server", lambda: "3.17.2"),
        Check("model", lambda: "", needs="experiment"),
        Check("alias", lambda: "", needs="model"),
    ]
    results = run_checks(checks, log)
    assert [(result.error is None, result.skipped) for result in results] == [
        (False, False),
        (False, False),
        (True, False),
        (True, True),
        (True, True),
    ]
    error = worst(results)
    assert error is not None
    assert (error.exit_code, error.message) == (6, "2 of 5 checks failed")
    assert LOGIN not in error.hint
