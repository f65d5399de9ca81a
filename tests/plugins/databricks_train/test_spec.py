"""From settings to the request: what is submitted, and what makes two submissions the same."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace

import pytest
from pydantic import JsonValue

from databricks_train import spec
from databricks_train.settings import TrainSettings
from drone_plugin import Build, SettingsError, read_build
from drone_plugin.testing.encode import settings_from
from drone_plugin.testing.environment import Context, step_environment
from drone_plugin.testing.goformat import Value
from kit.databricks.values import at

from .conftest import PUSH

IMAGE = "registry.example.com/team/model@sha256:" + "a" * 64
TRACKING = spec.Tracking("databricks", "databricks-uc", "42", "r-1")
GOOD: Mapping[str, Value] = {
    "spark_version": "15.4.x-scala2.12",
    "node_type": "m5.2xlarge",
    "entry_point": "my_model.train",
    "arguments": ["--epochs", "20"],
}


def environment(**settings: Value) -> dict[str, str]:
    """A step's environment as Drone makes it."""
    asked = settings_from({**GOOD, **settings})
    return step_environment(Context(PUSH), name="train", number=3, now=0, settings=asked)


def loaded(**settings: Value) -> TrainSettings:
    """Settings as a step reads them."""
    return TrainSettings.load(environment(**settings))


BUILD = read_build(environment())


def cluster(**settings: Value) -> spec.Body:
    """The cluster that these settings make."""
    return spec.cluster(loaded(**settings), IMAGE)


def test_a_cluster_is_a_single_node_with_the_image_unless_asked_otherwise() -> None:
    assert cluster() == {
        "spark_version": "15.4.x-scala2.12",
        "node_type_id": "m5.2xlarge",
        "num_workers": 0,
        "data_security_mode": "SINGLE_USER",
        "docker_image": {"url": IMAGE},
        "spark_conf": {"spark.databricks.cluster.profile": "singleNode", "spark.master": "local[*]"},
        "custom_tags": {"ResourceClass": "SingleNode"},
    }


def test_a_cluster_with_workers_is_none() -> None:
    made = cluster(workers=4)
    assert made["num_workers"] == 4
    assert not made.keys() & {"spark_conf", "custom_tags"}


def test_a_cluster_that_scales_has_no_fixed_size() -> None:
    made = cluster(cluster={"autoscale": {"min_workers": 1, "max_workers": 4}})
    assert made["autoscale"] == {"min_workers": 1, "max_workers": 4}
    assert not made.keys() & {"num_workers", "spark_conf", "custom_tags"}


def test_fields_of_the_cluster_are_laid_over_map_by_map() -> None:
    made = cluster(
        cluster={
            "data_security_mode": "NONE",
            "spark_conf": {"spark.master": "local[4]", "spark.speculation": "true"},
            "aws_attributes": {"first_on_demand": 1},
        }
    )
    assert made["data_security_mode"] == "NONE"
    assert made["spark_conf"] == {
        "spark.databricks.cluster.profile": "singleNode",
        "spark.master": "local[4]",
        "spark.speculation": "true",
    }
    assert made["aws_attributes"] == {"first_on_demand": 1}
    assert made["docker_image"] == {"url": IMAGE}


@pytest.mark.parametrize(
    ("field", "instead"), [("docker_image", "image or image_repo"), ("num_workers", "workers")]
)
def test_fields_that_settings_make_are_refused(field: str, instead: str) -> None:
    with pytest.raises(SettingsError, match=rf"settings.cluster.{field}: is set by the step; use {instead}"):
        cluster(cluster={field: 1})


def test_the_cluster_pulls_with_references_to_secrets() -> None:
    user, password = "{{secrets/registry/user}}", "{{secrets/registry/password}}"
    made = cluster(cluster_registry_username=user, cluster_registry_password=password)
    assert made["docker_image"] == {"url": IMAGE, "basic_auth": {"username": user, "password": password}}


@pytest.mark.parametrize(
    "value", ["hunter2", "{{secrets/a}}", "{{secrets/a/b}} and more", "x{{secrets/a/b}}", "{{secrets//b}}"]
)
def test_the_pull_secret_in_clear_is_refused(value: str) -> None:
    settings = loaded(cluster_registry_username="{{secrets/a/u}}", cluster_registry_password=value)
    with pytest.raises(SettingsError, match=r"settings.cluster_registry_password: must be a reference") as no:
        settings.require()
    assert value not in str(no.value)


def test_the_users_variables_come_last_and_may_change_the_defaults() -> None:
    variables = spec.task_environment(
        loaded(environment={"DATA": "s3://bucket", "MLFLOW_HTTP_REQUEST_TIMEOUT": "90"}), TRACKING, {"a": "b"}
    )
    assert list(variables)[-1] == "DATA"
    assert variables["MLFLOW_HTTP_REQUEST_TIMEOUT"] == "90"
    assert variables["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] == "2"
    assert variables["MLFLOW_RUN_ID"] == "r-1"
    assert variables["MLFLOW_EXPERIMENT_ID"] == "42"
    assert variables["MLFLOW_TRACKING_URI"] == "databricks"
    assert variables["MLFLOW_REGISTRY_URI"] == "databricks-uc"


def test_tags_survive_a_shell_that_reads_them_in_single_quotes() -> None:
    branch = 'it\'s `a` "branch" $HOME \\ ü\n'
    text = spec.task_environment(loaded(), TRACKING, {"branch": branch})["MLFLOW_RUN_CONTEXT"]
    assert not re.search(r"['\n]", text)
    assert json.loads(text) == {"branch": branch}


def submitted(**settings: Value) -> spec.Body:
    """The body that these settings make."""
    asked = loaded(**settings)
    return spec.submission(
        asked,
        BUILD,
        new_cluster=spec.cluster(asked, IMAGE),
        environment={"MLFLOW_RUN_ID": "r-1"},
        bootstrap="/Workspace/Users/me/bootstrap.py",
        token="f" * 64,
    )


def test_the_submission_is_one_task_that_starts_the_bootstrap() -> None:
    body = submitted(timeout="90m")
    task = at(body, "tasks", 0)
    assert body["run_name"] == "octocat/hello c0ffee00 build 7"
    assert (body["timeout_seconds"], body["idempotency_token"]) == (5400, "f" * 64)
    assert at(task, "spark_python_task") == {
        "python_file": "/Workspace/Users/me/bootstrap.py",
        "parameters": ["my_model.train", "--epochs", "20"],
    }
    assert at(task, "new_cluster", "spark_env_vars") == {"MLFLOW_RUN_ID": "r-1"}


def test_variables_of_the_cluster_do_not_displace_those_of_the_step() -> None:
    body = submitted(cluster={"spark_env_vars": {"MLFLOW_RUN_ID": "of-somebody", "PROXY": "p"}})
    variables = at(body, "tasks", 0, "new_cluster", "spark_env_vars")
    assert variables == {"MLFLOW_RUN_ID": "r-1", "PROXY": "p"}


def test_parameters_may_have_ten_thousand_bytes_as_json() -> None:
    room = spec.MOST_PARAMETERS - len(json.dumps(["my_model.train", ""]))
    assert spec.parameters(loaded(arguments=["x" * room]))
    for word in ("x" * (room + 1), "ü" * (room // 6 + 1)):
        with pytest.raises(SettingsError, match=r"settings.arguments: 10\d+ bytes"):
            spec.parameters(loaded(arguments=[word]))


REQUEST: dict[str, JsonValue] = {"cluster": {"a": 1, "b": 2}, "parameters": ["x"]}


def token(build: Build = BUILD, host: str = "https://a", nonce: str = "", **changes: JsonValue) -> str:
    """The token of a request."""
    return spec.idempotency_token(host, build, {**REQUEST, **changes}, nonce)


OTHERS = {
    "host": token(host="https://b"),
    "server": token(replace(BUILD, system="other.example")),
    "repository": token(replace(BUILD, repo=replace(BUILD.repo, slug="octocat/other"))),
    "number": token(replace(BUILD, number=8)),
    "stage": token(replace(BUILD, stage=replace(BUILD.stage, name="other"))),
    "step": token(replace(BUILD, stage=replace(BUILD.stage, step="other"))),
    "commit": token(replace(BUILD, commit=replace(BUILD.commit, sha="b" * 40))),
    "cluster": token(cluster={"a": 1, "b": 3}),
    "parameters": token(parameters=["y"]),
    "nonce": token(nonce="1"),
}


@pytest.mark.parametrize("ingredient", OTHERS)
def test_another_submission_has_another_token(ingredient: str) -> None:
    tokens = [token(), *OTHERS.values()]
    assert tokens.count(OTHERS[ingredient]) == 1


def test_a_token_has_as_many_digits_as_databricks_allows() -> None:
    assert re.fullmatch("[0-9a-f]{64}", token())


def test_what_is_no_part_of_the_submission_does_not_change_its_token() -> None:
    again = replace(
        BUILD, link="https://elsewhere.example", trigger="octocat", commit=replace(BUILD.commit, message="m")
    )
    assert token(again) == token()
    assert token(cluster={"b": 2, "a": 1}) == token()


@pytest.mark.parametrize(
    ("build", "name"),
    [
        (BUILD, "octocat/hello c0ffee00 build 7"),
        (replace(BUILD, number=0), "octocat/hello c0ffee00"),
        (read_build({}), "training"),
    ],
)
def test_a_run_is_named_for_people(build: Build, name: str) -> None:
    assert spec.run_name(build) == name
