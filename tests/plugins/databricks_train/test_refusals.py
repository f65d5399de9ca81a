"""What keeps a training from starting: each with its exit code, a way out, and nothing submitted."""

import json
from dataclasses import replace

import pytest
from mlflow import MlflowClient

from databricks_train.tracking import server as tracking
from databricks_train.workspace import door
from drone_plugin.testing import build
from drone_plugin.testing.goformat import Value
from kit.databricks.faults import Fault
from kit.databricks.values import at
from kit.drone.fixtures import GitRepository

from .conftest import Ran, Stand
from .local_server import Answer, LocalServer

SUBMIT = "/api/2.2/jobs/runs/submit"


def refused(stand: Stand, ran: Ran, code: int, *words: str) -> None:
    """Assert exit code and words of the last lines, no traceback, and that nothing was submitted."""
    told = [line for line in ran.lines if "error: " in line or ran.lines.index(line) == len(ran.lines) - 1]
    assert ran.code == code, ran.log
    for word in words:
        assert any(word in line for line in told), ran.log
    assert "Traceback" not in ran.log
    assert not stand.workspace.submissions()
    assert not (stand.folder / ".drone-ml/training.json").exists()


def test_parameters_that_nothing_takes_are_refused_first_of_all(stand: Stand) -> None:
    stand.made = replace(stand.made, message="Retune [train lr=0.1 fast]")
    ran = stand.run(host="http://127.0.0.1:9")
    refused(stand, ran, 2, "[train fast]: there is no such profile", "this step declares no parameters")
    assert not stand.workspace.requests


def test_a_wrong_token_is_exit_code_6_and_names_the_token(stand: Stand) -> None:
    ran = stand.run(token="dapi-of-somebody-else")
    refused(stand, ran, 6, "Invalid access token", "check token")
    assert not stand.mlflow_runs()


def test_a_missing_permission_to_run_is_exit_code_6(stand: Stand) -> None:
    message = "trainer@example.com does not have permission to submit runs"
    forbidden = Fault(
        "POST",
        SUBMIT,
        "status",
        status=403,
        body={"error_code": "PERMISSION_DENIED", "message": message},
    )
    stand.workspace.faults.add(forbidden)
    ran = stand.run()
    assert ran.code == 6
    assert ran.lines[-2].endswith(f"refuses the job: {message}")
    assert stand.mlflow_run().info.status == "FAILED"


def test_what_databricks_does_not_accept_is_told_in_its_words(stand: Stand) -> None:
    ran = stand.run(node_type="m5.enormous")
    assert ran.code == 2
    assert "Node type m5.enormous is not supported. Supported node types: " in ran.lines[-1]
    assert stand.mlflow_run().info.status == "FAILED"


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give up on a server that does not answer at once: the clients sleep by themselves."""
    monkeypatch.setattr(door, "FIRST_SECONDS", 1)
    monkeypatch.setitem(tracking.CLIENT_ENVIRONMENT, "MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")


@pytest.mark.usefixtures("hasty")
def test_a_host_that_does_not_answer_is_exit_code_4(stand: Stand) -> None:
    ran = stand.run(host="http://127.0.0.1:9")
    refused(
        stand,
        ran,
        4,
        "http://127.0.0.1:9 cannot be asked for the token's user: Connection refused",
    )


@pytest.mark.usefixtures("hasty")
def test_a_host_that_is_something_else_is_exit_code_4_and_named(stand: Stand) -> None:
    with LocalServer() as other:
        other.answers["/api/2.0/preview/scim/v2/Me"] = Answer(
            200, {"Content-Type": "text/html"}, b"<html>Welcome</html>"
        )
        refused(stand, stand.run(host=other.url), 4, "not its API", "settings.host")


@pytest.mark.usefixtures("hasty")
def test_an_mlflow_server_that_is_gone_costs_no_training(stand: Stand) -> None:
    ran = stand.run(mlflow_tracking_uri="http://127.0.0.1:9")
    assert ran.code == 0, ran.log
    warned = (
        "warning: MLflow at http://127.0.0.1:9: experiment /Shared/model: Connection refused; the job makes"
    )
    assert any(line.startswith(warned) for line in ran.lines)
    variables = at(stand.workspace.submissions()[0], "tasks", 0, "new_cluster", "spark_env_vars")
    assert at(variables, "MLFLOW_EXPERIMENT_NAME") == "/Shared/model"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Answer(403, body=b'{"error_code": "PERMISSION_DENIED", "message": "no right to READ"}'), 6),
        (Answer(401, body=b"You are not authenticated."), 6),
        (Answer(403, body=b"Invalid Host header - possible DNS rebinding attack detected"), 6),
        (Answer(500, body=b'{"error_code": "INTERNAL_ERROR", "message": "a disk is full"}'), 0),
        (Answer(503, body=b"<html>Service Unavailable</html>"), 0),
        (Answer(429, body=b"{}"), 0),
        (Answer(200, body=b"<html>Log in</html>"), 0),
        (Answer(404, body=b"<html>Not found</html>"), 2),
        (Answer(400, body=b'{"error_code": "INVALID_PARAMETER_VALUE", "message": "Connection 503"}'), 2),
    ],
    ids=lambda value: f"{value.status} {value.body[:24]!r}" if isinstance(value, Answer) else str(value),
)
@pytest.mark.usefixtures("hasty")
def test_mlflow_says_no_in_many_ways(stand: Stand, answer: Answer, code: int) -> None:
    with LocalServer() as server:
        server.answers["/api/2.0/mlflow/experiments/get-by-name"] = answer
        ran = stand.run(mlflow_tracking_uri=server.url)
    said = f"MLflow at {server.url}: experiment /Shared/model"
    if code == 0:
        assert ran.code == 0, ran.log
        assert any(line.startswith(f"warning: {said}") for line in ran.lines)
        return
    refused(stand, ran, code, said)
    assert not stand.workspace.requests
    if code == 6:
        assert ran.lines[-1] == "check the tracking settings, and what their user may do"


def test_an_experiment_that_is_deleted_is_exit_code_2(stand: Stand) -> None:
    client = MlflowClient(stand.tracking_uri)
    client.delete_experiment(client.create_experiment("/Shared/gone"))
    refused(stand, stand.run(experiment="/Shared/gone"), 2, "settings.experiment", "is deleted")


def test_without_image_json_the_step_says_which_one_is_missing(stand: Stand) -> None:
    (stand.folder / ".drone-ml/image.json").unlink()
    refused(stand, stand.run(), 2, ".drone-ml/image.json is missing", "build-image step")


def test_the_image_of_another_build_is_refused(stand: Stand) -> None:
    stand.write_image(build=1)
    refused(stand, stand.run(), 2, f"is of another build: 1, and this build's is {stand.made.number}")


def test_an_image_json_that_is_committed_is_refused(stand: Stand) -> None:
    repository = GitRepository(stand.folder / "repository")
    image = (stand.folder / ".drone-ml/image.json").read_text()
    repository.commit("Cheat", {".drone-ml/image.json": image})
    stand.folder = repository.path
    refused(stand, stand.run(), 2, "committed to the repository", "git rm --cached")


@pytest.mark.parametrize("content", ["", "{", "[]", '{"kind": "drone-ml/image"}', "\0" * 300000])
def test_an_image_json_that_is_none_is_refused(stand: Stand, content: str) -> None:
    (stand.folder / ".drone-ml/image.json").write_text(content)
    refused(stand, stand.run(), 2, ".drone-ml/image.json")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"token": "", "host": ""}, ["settings.host: is required", "settings.token: is required"]),
        ({"cluster_registry_username": "drone"}, ["cluster_registry_username: must be a reference"]),
        (
            {"cluster_registry_username": "{{secrets/registry/user}}"},
            ["settings.cluster_registry_username and settings.cluster_registry_password: one is set"],
        ),
        ({"registry_password": "hunter2-hunter2"}, ["settings.registry_username and settings.registry_pass"]),
        ({"mlflow_username": "drone"}, ["settings.mlflow_username and settings.mlflow_password"]),
        ({"environment": {"MOTTO": "it's"}}, ["settings.environment.MOTTO: may hold neither"]),
        ({"environment": {"A": "x\ny"}}, ["settings.environment.A: may hold neither"]),
        ({"environment": {"HF_TOKEN": "hf_1"}}, ["settings.environment.HF_TOKEN: sounds like a secret"]),
        ({"environment": {"A B": "x"}}, ["settings.environment.A B: is not a valid name"]),
        ({"environment": {"X;reboot": "x"}}, ["settings.environment.X;reboot: is not a valid name"]),
        ({"cluster": {"spark_env_vars": {"A": "it's"}}}, ["settings.cluster.spark_env_vars.A: may hold"]),
        ({"cluster": {"docker_image": {"url": "x"}}}, ["settings.cluster.docker_image: is set by the step"]),
        ({"cluster": {"num_workers": 2}}, ["settings.cluster.num_workers: is set by the step; use workers"]),
        ({"arguments": ["x" * 10_000]}, ["settings.arguments: 10", "Databricks takes 10000"]),
        ({"entry_point": "rm -rf /"}, ["settings.entry_point"]),
        ({"entry_point": "../train.py"}, ["settings.entry_point"]),
        ({"host": "https://user:word@workspace.example"}, ["settings.host"]),
        ({"host": "ftp://workspace.example"}, ["settings.host"]),
        ({"mlflow_tracking_uri": "sqlite:///x.db"}, ["settings.mlflow_tracking_uri"]),
        ({"timeout": "8d"}, ["settings.timeout"]),
        ({"timeout": "0s"}, ["settings.timeout"]),
        ({"workers": -1}, ["settings.workers"]),
        (
            {"experiment": "", "environment": {"A": "it's"}, "mlflow_username": "drone"},
            ["settings.experiment: is required", "environment.A", "settings.mlflow_username"],
        ),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_settings_that_cannot_work_are_refused_together_before_anything_is_asked(
    stand: Stand, settings: dict[str, Value], words: list[str]
) -> None:
    refused(stand, stand.run(**settings), 2, *words)
    assert not stand.workspace.requests


def test_a_secret_that_does_not_reach_the_build_is_explained(stand: Stand) -> None:
    ran = stand.run({"PLUGIN_TOKEN": ""})
    refused(stand, ran, 2, "settings.token: set, but empty", "no secret of that name reaches this build")


def test_a_commit_that_asks_for_nothing_needs_no_credential(stand: Stand) -> None:
    stand.made = build.push(stand.made.commit, "Fix typo", number=stand.made.number)
    ran = stand.run(token="", host="", mlflow_tracking_uri="")
    assert ran.code == 0
    assert ran.lines == ['databricks-train: nothing to do: commit "Fix typo" has no [train]']


def test_nothing_ambient_reaches_a_client(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("DATABRICKS_HOST", "MLFLOW_TRACKING_URI"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")
    monkeypatch.setenv("ARM_CLIENT_ID", "somebody")
    ran = stand.run(log_level="debug")
    assert ran.code == 0, ran.log
    removed = next(line for line in ran.lines if line.startswith("removed from the environment"))
    for variable in ("DATABRICKS_HOST", "MLFLOW_TRACKING_URI", "ARM_CLIENT_ID"):
        assert variable in removed
    variables = json.dumps(stand.workspace.submissions())
    assert "127.0.0.1:9" not in variables
