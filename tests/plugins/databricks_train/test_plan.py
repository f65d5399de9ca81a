"""From settings to the request: what would be sent, and what makes two requests the same training."""

import json
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from databricks_train.asking.asked import Asked
from databricks_train.job.body import Body
from databricks_train.job.plan import fill, identity, plan_again
from drone_plugin import SettingsError
from drone_plugin.testing.goformat import Value
from kit.databricks.values import at

from .planning import (
    ASKED,
    FACTS,
    IMAGE,
    RUN,
    SCOPED,
    SERVER,
    SHORT,
    SPARK,
    described,
    kept,
    loaded,
    plan,
    short,
    train,
)


def test_the_short_way_is_one_task_on_a_single_node_with_the_image() -> None:
    body = fill(short(), SCOPED)
    assert {name: body[name] for name in ("run_name", "timeout_seconds")} == {
        "run_name": "octocat/hello c0ffee build 7",
        "timeout_seconds": 12 * 3600,
    }
    task = at(body, "tasks", 0)
    assert at(task, "spark_python_task") == {
        "python_file": "/Workspace/Users/me/bootstrap.py",
        "parameters": [*RUN, "my_model.train", "--lr", "0.1", "it's"],
    }
    cluster = at(task, "new_cluster")
    assert isinstance(cluster, dict)
    variables = cluster.pop("spark_env_vars")
    assert cluster == {
        "spark_version": "15.4.x-scala2.12",
        "node_type_id": "m5.xlarge",
        "num_workers": 0,
        "data_security_mode": "SINGLE_USER",
        "docker_image": {"url": IMAGE},
        "spark_conf": {"spark.databricks.cluster.profile": "singleNode", "spark.master": "local[*]"},
        "custom_tags": {"ResourceClass": "SingleNode"},
    }
    assert isinstance(variables, dict)
    assert variables["MLFLOW_RUN_ID"] == "r-1"
    assert variables["MLFLOW_TRACKING_URI"] == "databricks"
    assert (variables["DRONE_ML_TASK"], variables["DRONE_ML_TASKS"]) == ("train", "1")
    assert not {"MLFLOW_RUN_NAME", "MLFLOW_EXPERIMENT_NAME"} & variables.keys()


@pytest.mark.parametrize(
    ("settings", "profile", "expected"),
    [
        ({"workers": 4}, {}, {"num_workers": 4}),
        ({"workers": 4}, {"workers": 8}, {"num_workers": 8}),
        (
            {"cluster": {"autoscale": {"min_workers": 1, "max_workers": 4}}},
            {},
            {"autoscale": {"min_workers": 1, "max_workers": 4}},
        ),
        (
            {"cluster": {"autoscale": {"min_workers": 1, "max_workers": 4}}},
            {"workers": 2},
            {"num_workers": 2},
        ),
        (
            {"workers": 4},
            {"cluster": {"autoscale": {"min_workers": 2, "max_workers": 3}}},
            {"autoscale": {"min_workers": 2, "max_workers": 3}},
        ),
    ],
)
def test_a_cluster_has_the_size_of_the_settings_or_of_the_profile(
    settings: dict[str, Value], profile: dict[str, JsonValue], expected: Body
) -> None:
    cluster = at(short(Asked(ASKED.parameters, "p", profile), **settings).body, "tasks", 0, "new_cluster")
    assert isinstance(cluster, dict)
    assert {name: cluster[name] for name in cluster.keys() & {"num_workers", "autoscale"}} == expected
    assert "custom_tags" not in cluster


def test_a_profile_changes_machines_runtime_and_time_limit() -> None:
    overrides: dict[str, JsonValue] = {"node_type": "g5.xlarge", "spark_version": "16.0.x", "timeout": "1h"}
    made = short(Asked(ASKED.parameters, "gpu", overrides))
    cluster = at(made.body, "tasks", 0, "new_cluster")
    assert (at(cluster, "node_type_id"), at(cluster, "spark_version")) == ("g5.xlarge", "16.0.x")
    assert (made.limit, made.body["timeout_seconds"]) == (3600, 3600)


def test_a_saved_job_is_run_with_its_parameters_and_says_what_it_cannot_have() -> None:
    made = plan({"job_id": 12, "job_parameters": {"lr": "${param.lr}", "run": "${mlflow.run_id}"}})
    assert (made.endpoint, fill(made, SCOPED)) == (
        "run-now",
        {"job_id": 12, "job_parameters": {"lr": "0.1", "run": "r-1"}},
    )
    assert made.warnings == ("job 12 is a saved one: it runs in its own image and with its own time limit",)
    assert len(plan({"job_id": 12}).warnings) == 2
    with pytest.raises(
        SettingsError, match=r"settings.profiles.gpu: changes workers, and a saved job has its own"
    ):
        plan({"job_id": 12}, Asked(profile="gpu", overrides={"workers": 3, "timeout": "1h"}))


def test_the_names_of_one_run_are_no_part_of_what_makes_a_training() -> None:
    assert "r-1" not in json.dumps(identity(short()))
    assert identity(short()) == identity(short())
    others = [
        plan(SHORT, facts=replace(FACTS, image=f"{IMAGE}b")),
        short(Asked({**ASKED.parameters, "epochs": 21})),
        short(workers=1),
        short(arguments=["x"]),
        short(environment={"A": "b"}),
    ]
    assert all(identity(other) != identity(short()) for other in others)


def test_a_value_that_looks_like_a_name_stays_what_it_is() -> None:
    made = short(arguments=["${param.note}", "$${build}", "${build}"])
    words = at(fill(made, SCOPED), "tasks", 0, "spark_python_task", "parameters")
    assert words == [*RUN, "my_model.train", "${build} {x}", "${build}", "7"]


def test_versions_of_data_are_empty_until_a_reproduction_pins_them() -> None:
    first = short(arguments=["--sales=${data.sales.version}"])
    assert at(fill(first, SCOPED), "tasks", 0, "spark_python_task", "parameters", 3) == "--sales="
    again = plan_again(kept(first), *SERVER, {"sales": "12"})
    assert at(fill(again, SCOPED), "tasks", 0, "spark_python_task", "parameters", 3) == "--sales=12"


@pytest.mark.parametrize(
    "job",
    [SHORT, {"job": {"tasks": [train(), train(task_key="x", new_cluster=None, existing_cluster_id="c")]}}],
)
def test_an_archived_request_makes_the_same_plan_again(job: Mapping[str, Value]) -> None:
    first = plan(job)
    again = plan_again(kept(first), *SERVER, {})
    assert identity(again) == identity(first)
    assert fill(again, SCOPED) == fill(first, SCOPED)


def test_a_cluster_that_had_no_image_gets_none_when_it_is_reproduced() -> None:
    first = described(train(new_cluster={**SPARK, "docker_image": None}))
    assert identity(plan_again(kept(first), *SERVER, {})) == identity(first)


def test_what_only_the_run_can_make_wrong_is_found_before_it_is_sent() -> None:
    made = short(environment={"V": "${data.x.version}"})
    with pytest.raises(SettingsError, match=r"spark_env_vars.V: may hold neither single quotes"):
        fill(made, {**SCOPED, "data.x.version": "it's"})
    with pytest.raises(SettingsError, match=r"\$\{mlflow.run_id\} has no value in this run"):
        fill(made, {name: value for name, value in SCOPED.items() if name != "mlflow.run_id"})


def test_a_login_that_was_not_archived_comes_from_the_settings_again() -> None:
    login: Mapping[str, Value] = {
        "cluster_registry_username": "bob",
        "cluster_registry_password": "hunter2",
        "allow_plaintext_secrets": True,
    }
    first = plan({**SHORT, **login})
    again = plan_again(kept(first), *SERVER, {}, loaded({**SHORT, **login}))
    assert fill(again, SCOPED) == fill(first, SCOPED)
    assert again.secrets == ("hunter2",)


@given(st.text(alphabet=st.sampled_from("${}buildparamlx.'\"` \n\\"), max_size=60) | st.text(max_size=2000))
def test_a_hostile_value_arrives_in_the_request_as_it_is_or_not_at_all(value: str) -> None:
    try:
        made = fill(short(Asked({"lr": value})), SCOPED)
    except SettingsError:
        assert "{{" in value or len(json.dumps(value)) > 9000
        return
    words = at(made, "tasks", 0, "spark_python_task", "parameters")
    assert words == [*RUN, "my_model.train", "--lr", value, "it's"]


def test_an_unknown_name_is_reported_with_all_that_there_are() -> None:
    with pytest.raises(SettingsError) as error:
        short(arguments=["${mlflow.runid}", "${PATH}"], environment={"A": "${nonce}"})
    assert error.value.lines() == [
        "settings.arguments[0]: there is no ${mlflow.runid}; did you mean ${mlflow.run_id}?",
        "settings.arguments[1]: there is no ${PATH}",
        "settings.environment.A: there is no ${nonce}",
        (
            "known are ${bootstrap}, ${branch}, ${build}, ${commit}, ${data.<name>.version}, ${image}, "
            "${mlflow.experiment_id}, ${mlflow.run_id}, ${mlflow.tracking_uri}, ${param.epochs}, ${param.lr}, "
            "${param.nodes}, ${param.note}, ${run_key}; $${ stands for a ${ of your own"
        ),
    ]


def test_a_message_of_two_thousand_characters_can_be_a_value() -> None:
    value = "'; rm -rf / #${build}$(id)`id`\n" * 62
    made = fill(short(Asked({"lr": value})), SCOPED)
    assert at(made, "tasks", 0, "spark_python_task", "parameters", 4) == value


@pytest.mark.parametrize("branch", ["it's", "a\nb"])
def test_a_branch_that_a_cluster_cannot_export_is_refused(branch: str) -> None:
    with pytest.raises(
        SettingsError, match=r"settings.cluster.spark_env_vars.B: may hold neither single quotes"
    ):
        plan({**SHORT, "environment": {"B": "${branch}"}}, facts=replace(FACTS, branch=branch))
