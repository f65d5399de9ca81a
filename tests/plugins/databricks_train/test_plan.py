"""From settings to the request: what would be sent, and what makes two requests the same training."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from databricks_train.asked import Asked
from databricks_train.exported import exportable_json
from databricks_train.job import Body
from databricks_train.job_settings import JobSettings
from databricks_train.plan import Facts, Plan, archived, fill, identity, make_plan, plan_again, shown
from databricks_train.substitute import Scalar
from drone_plugin import SettingsError
from drone_plugin.testing.encode import settings_from
from drone_plugin.testing.goformat import Value
from kit.databricks.values import at

IMAGE = "registry.example.com/team/model@sha256:" + "a" * 64
SERVER = ("databricks", "databricks-uc")
FACTS = Facts(IMAGE, "c0ffee", "main", "key-1", *SERVER)
SCOPED = {
    "bootstrap": "/Workspace/Users/me/bootstrap.py",
    "build": "7",
    "chain": exportable_json({"branch": "it's {{secrets/a/b}} `a` $HOME"}),
    "mlflow.experiment_id": "42",
    "mlflow.run_id": "r-1",
    "nonce": "n0",
    "request": "/Workspace/Users/me/request.json",
    "run_name": "octocat/hello c0ffee build 7",
}
SHORT: Mapping[str, Value] = {
    "entry_point": "my_model.train",
    "arguments": ["--lr", "${param.lr}", "it's"],
    "node_type": "m5.xlarge",
    "spark_version": "15.4.x-scala2.12",
}
ASKED = Asked({"lr": 0.1, "epochs": 20, "nodes": 3, "note": "${build} {x}"})
SPARK: Mapping[str, Value] = {
    "spark_version": "15.4.x-scala2.12",
    "node_type_id": "m5.xlarge",
    "num_workers": 1,
}


def loaded(settings: Mapping[str, Value]) -> JobSettings:
    """Settings as a step reads them from what Drone encodes."""
    read = JobSettings.load(settings_from(settings).values)
    read.require()
    return read


def plan(
    settings: Mapping[str, Value],
    asked: Asked = ASKED,
    facts: Facts = FACTS,
    workspace: Path = Path("/nowhere"),
) -> Plan:
    """The plan that these settings make."""
    return make_plan(loaded(settings), asked, facts, workspace)


def short(asked: Asked = ASKED, **settings: Value) -> Plan:
    """The plan of the short way."""
    return plan({**SHORT, **settings}, asked)


def described(*tasks: Mapping[str, Value], **more: Value) -> Plan:
    """The plan of an inline job."""
    return plan({"job": {"tasks": list(tasks), **more}})


def refused(*tasks: Mapping[str, Value], **more: Value) -> list[str]:
    """What is wrong with an inline job of these tasks."""
    with pytest.raises(SettingsError) as error:
        described(*tasks, **more)
    return error.value.message.splitlines()


@dataclass(frozen=True)
class Archived:
    """What the record keeps of a plan."""

    body: Body
    endpoint: Literal["submit", "run-now"]
    image: str
    parameters: Mapping[str, Scalar]
    profile: str
    limit: int


def kept(made: Plan) -> Archived:
    """The plan's archived request, once through its file."""
    body = json.loads(json.dumps(archived(made)))
    return Archived(body, made.endpoint, IMAGE, made.parameters, made.profile, made.limit)


def train(**changes: Value) -> dict[str, Value]:
    """A task that starts with the bootstrap on a cluster of its own."""
    start: Value = {"python_file": "${bootstrap}", "parameters": ["my_model.train"]}
    return {"task_key": "train", "new_cluster": SPARK, "spark_python_task": start, **changes}


def test_the_short_way_is_one_task_on_a_single_node_with_the_image() -> None:
    body = fill(short(), SCOPED)
    assert {name: body[name] for name in ("run_name", "timeout_seconds")} == {
        "run_name": "octocat/hello c0ffee build 7",
        "timeout_seconds": 12 * 3600,
    }
    task = at(body, "tasks", 0)
    assert at(task, "spark_python_task") == {
        "python_file": "/Workspace/Users/me/bootstrap.py",
        "parameters": ["--run-id={{job.run_id}}", "my_model.train", "--lr", "0.1", "it's"],
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


def test_tags_survive_a_shell_and_make_no_reference() -> None:
    text = at(fill(short(), SCOPED), "tasks", 0, "new_cluster", "spark_env_vars", "DRONE_ML_CHAIN")
    assert isinstance(text, str)
    assert not {"'", "\n"} & {*text}
    assert "{{" not in text
    assert json.loads(text) == {"branch": "it's {{secrets/a/b}} `a` $HOME"}


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


def test_the_users_variables_may_quieten_or_not_and_never_cut_the_link() -> None:
    made = short(
        environment={"DATA": "s3://${branch}", "MLFLOW_HTTP_REQUEST_TIMEOUT": "90"},
        cluster={"spark_env_vars": {"MLFLOW_RUN_ID": "of-somebody", "PROXY": "p"}},
    )
    variables = at(fill(made, SCOPED), "tasks", 0, "new_cluster", "spark_env_vars")
    assert isinstance(variables, dict)
    assert {
        name: variables[name] for name in ("DATA", "PROXY", "MLFLOW_HTTP_REQUEST_TIMEOUT", "MLFLOW_RUN_ID")
    } == {
        "DATA": "s3://main",
        "PROXY": "p",
        "MLFLOW_HTTP_REQUEST_TIMEOUT": "90",
        "MLFLOW_RUN_ID": "r-1",
    }
    assert made.warnings == ("settings.cluster.spark_env_vars.MLFLOW_RUN_ID: is set by the step",)


def test_a_described_job_gets_image_login_name_limit_and_variables() -> None:
    login = {"cluster_registry_username": "{{secrets/r/u}}", "cluster_registry_password": "{{secrets/r/p}}"}
    made = plan({"job": {"tasks": [train()]}, **login})
    cluster = at(made.body, "tasks", 0, "new_cluster")
    assert at(cluster, "docker_image") == {
        "url": IMAGE,
        "basic_auth": {"username": "{{secrets/r/u}}", "password": "{{secrets/r/p}}"},
    }
    assert made.lines == ("gets the build's image: task train",)
    assert made.body["timeout_seconds"] == 43200


def test_one_line_says_which_tasks_get_the_image() -> None:
    made = described(*(train(task_key=f"t{number}") for number in range(10)))
    assert made.lines == ("gets the build's image: tasks t0, t1, t2, t3, t4, t5, t6, t7 and 2 more",)


def test_values_have_the_type_that_the_field_has() -> None:
    cluster: Value = {
        **SPARK,
        "num_workers": "${param.nodes}",
        "spark_conf": {"a": True, "b": "${param.lr}", "c": 2},
    }
    start: Value = {"python_file": "${bootstrap}", "parameters": ["m", "${param.epochs}", 3, True]}
    body = described(train(new_cluster=cluster, spark_python_task=start, max_retries="2")).body
    task = at(body, "tasks", 0)
    assert at(task, "new_cluster", "num_workers") == 3
    assert at(task, "new_cluster", "spark_conf") == {"a": "true", "b": "0.1", "c": "2"}
    assert at(task, "spark_python_task", "parameters") == ["--run-id={{job.run_id}}", "m", "20", "3", "true"]
    assert at(task, "max_retries") == 2


def test_a_job_that_describes_one_task_at_its_top_gets_a_list_of_it() -> None:
    made = plan(
        {
            "job": {
                "new_cluster": SPARK,
                "spark_python_task": {"python_file": "/Workspace/a.py"},
                "run_name": "x",
            }
        }
    )
    assert at(made.body, "tasks", 0, "task_key") == "train"
    assert made.body["run_name"] == "x"
    assert refused(train(), new_cluster=SPARK) == [
        "settings.job.tasks: stands beside new_cluster; write that into a task"
    ]


def test_a_bootstrap_where_no_variables_can_be_set_gets_them_by_hand() -> None:
    made = described(
        train(task_key="a", new_cluster=None, existing_cluster_id="c-1"),
        train(task_key="b", depends_on=[{"task_key": "a"}]),
    )
    assert made.warnings == (
        "settings.job.tasks[0].existing_cluster_id: that cluster runs already, so the image cannot be put on it",
    )
    words = at(fill(made, SCOPED), "tasks", 0, "spark_python_task", "parameters")
    assert isinstance(words, list)
    assert words[1:] == ["--run-id={{job.run_id}}", "my_model.train"]
    variables = json.loads(str(words[0]).removeprefix("--variables="))
    assert (variables["MLFLOW_RUN_ID"], variables["DRONE_ML_TASK"], variables["DRONE_ML_TASKS"]) == (
        "r-1",
        "a",
        "2",
    )
    assert json.loads(variables["DRONE_ML_CHAIN"])["branch"].startswith("it's {{")
    assert "{{" not in str(words[0])


def test_a_task_that_cannot_be_linked_is_named() -> None:
    notebook: Mapping[str, Value] = {
        "task_key": "n",
        "existing_cluster_id": "c-1",
        "notebook_task": {"notebook_path": "/a"},
    }
    assert described(train(), notebook).warnings[1] == (
        "settings.job.tasks[1]: no variables can be set on its compute, and it does not start with ${bootstrap}; "
        "what it trains is not linked to the MLflow run"
    )


def test_the_repeated_task_of_a_loop_is_treated_as_any_other() -> None:
    loop: Value = {"inputs": "[1, 2]", "task": train(task_key="one")}
    made = described({"task_key": "loop", "for_each_task": loop})
    cluster = at(made.body, "tasks", 0, "for_each_task", "task", "new_cluster")
    assert at(cluster, "docker_image", "url") == IMAGE
    assert at(cluster, "spark_env_vars", "DRONE_ML_TASK") == "one"


def test_another_image_is_refused_and_none_is_taken_as_said() -> None:
    other: Value = {**SPARK, "docker_image": {"url": "evil.example.com/x:1"}}
    assert refused(train(new_cluster=other)) == [
        (
            'settings.job.tasks[0].new_cluster.docker_image.url: "evil.example.com/x:1" is not the image of this step; '
            "write ${image} ($${image} within .drone.yml), or leave docker_image out"
        )
    ]
    assert described(train(new_cluster={**SPARK, "docker_image": {"url": "${image}"}})).lines == ()
    made = described(train(new_cluster={**SPARK, "docker_image": None}))
    assert at(made.body, "tasks", 0, "new_cluster").keys().isdisjoint({"docker_image"})  # type: ignore[union-attr] # a map
    assert made.lines == ("runs without the build's image, by docker_image: null: task train",)


def test_a_login_in_clear_is_refused_or_masked_and_never_archived() -> None:
    auth: Value = {"username": "bob", "password": "hunter$2"}
    task = train(new_cluster={**SPARK, "docker_image": {"basic_auth": auth}})
    (problem,) = refused(task)
    assert problem == (
        "settings.job.docker_image.basic_auth: must hold references such as {{secrets/scope/key}}; "
        "whoever may view a run can read its text"
    )
    made = plan({"job": {"tasks": [task]}, "allow_plaintext_secrets": True})
    assert made.secrets == ("hunter$2",)
    assert at(fill(made, SCOPED), "tasks", 0, "new_cluster", "docker_image", "basic_auth") == auth
    for text in (
        shown(made),
        shown(made, fill(made, SCOPED)),
        json.dumps(archived(made)),
        json.dumps(identity(made)),
    ):
        assert "hunter" not in text
    assert '"password": "******"' in shown(made)


def test_the_login_of_an_inline_job_is_learned_before_anything_is_printed() -> None:
    auth: Value = {"username": "{{secrets/a/b}}", "password": "hunter2"}
    encoded = settings_from({"job": {"tasks": [{"new_cluster": {"docker_image": {"basic_auth": auth}}}]}})
    assert list(JobSettings.secret_texts(encoded.values)) == ["hunter2"]
    assert list(JobSettings.secret_texts({"PLUGIN_CLUSTER_REGISTRY_PASSWORD": "pw"})) == ["pw"]


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
    assert at(fill(made, SCOPED), "tasks", 0, "spark_python_task", "parameters", 2) == "${build} {x}"
    assert at(fill(made, SCOPED), "tasks", 0, "spark_python_task", "parameters", 3) == "${build}"
    assert at(fill(made, SCOPED), "tasks", 0, "spark_python_task", "parameters", 4) == "7"


def test_versions_of_data_are_empty_until_a_reproduction_pins_them() -> None:
    first = short(arguments=["--sales=${data.sales.version}"])
    assert at(fill(first, SCOPED), "tasks", 0, "spark_python_task", "parameters", 2) == "--sales="
    again = plan_again(kept(first), *SERVER, {"sales": "12"})
    assert at(fill(again, SCOPED), "tasks", 0, "spark_python_task", "parameters", 2) == "--sales=12"


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


LIMITS: dict[str, tuple[Value, bool]] = {
    "0": (0, False),
    "negative": (-1, False),
    "week": (604800, True),
    "more": (604801, False),
    "text": ("soon", False),
    "number as text": ("60", True),
}


@pytest.mark.parametrize("case", LIMITS)
def test_a_run_always_has_a_time_limit(case: str) -> None:
    value, good = LIMITS[case]
    if good:
        assert described(train(), timeout_seconds=value).limit == int(str(value))
    else:
        assert refused(train(), timeout_seconds=value) == [
            (
                "settings.job.timeout_seconds: is no number of seconds from 1 to 604800; without a limit a run that "
                "hangs costs money for ever"
            )
        ]


def test_what_only_the_run_can_make_wrong_is_found_before_it_is_sent() -> None:
    made = short(environment={"V": "${data.x.version}"})
    with pytest.raises(SettingsError, match=r"spark_env_vars.V: may hold neither single quotes"):
        fill(made, {**SCOPED, "data.x.version": "it's"})
    with pytest.raises(SettingsError, match=r"\$\{mlflow.run_id\} has no value in this run"):
        fill(made, {name: value for name, value in SCOPED.items() if name != "mlflow.run_id"})


SETTINGS: dict[str, tuple[dict[str, Value], str]] = {
    "nothing": ({}, "settings: one of job, job_id and entry_point is required: what to run"),
    "two ways": (
        {"job": "a.yml", "job_id": 3},
        "settings: job and job_id: only one of them may be set; each says what to run",
    ),
    "job and size": (
        {"job": "a.yml", "workers": 3, "node_type": "x"},
        "settings: node_type, workers: cannot stand beside job; write that into the job itself",
    ),
    "parameters": (
        {"entry_point": "a", "job_parameters": {"a": "b"}},
        "settings.job_parameters: are those of a saved job, and need job_id",
    ),
    "broken map": (
        {"job": '{"a": '},
        'settings.job: "{\\"a\\": " is not a map; write one, or the path of a file',
    ),
    "secret": (
        {**SHORT, "environment": {"API_KEY": "x"}},
        "settings.environment.API_KEY: sounds like a secret, and a job's text can be read; keep it in Databricks, and write {{secrets/scope/key}}",
    ),
    "reserved": (
        {**SHORT, "environment": {"DRONE_ML_X": "x"}},
        "settings.environment.DRONE_ML_X: is set by the step; use experiment and mlflow_tracking_uri",
    ),
    "login": (
        {**SHORT, "cluster_registry_username": "u", "cluster_registry_password": "{{secrets/a/b}}"},
        "settings.cluster_registry_username: must be a reference such as {{secrets/scope/key}}; whoever may view a run can read its text",
    ),
    "no machine": (
        {"entry_point": "a", "spark_version": "1"},
        "settings.node_type: is required; for example: node_type: m5.xlarge",
    ),
    "image": (
        {**SHORT, "cluster": {"docker_image": {"url": "x"}}},
        "settings.cluster.docker_image: is set by the step; use image or image_repo",
    ),
    "field": (
        {**SHORT, "cluster": {"aws_atributes": {}}},
        "settings.cluster.aws_atributes: there is no such field; did you mean aws_attributes?",
    ),
    "argument": (
        {**SHORT, "arguments": ["${param.l}"]},
        "settings.arguments[0]: there is no ${param.l}; did you mean ${param.lr}?",
    ),
    "Graviton": (
        {**SHORT, "node_type": "m7gd.xlarge"},
        "settings.node_type: m7gd.xlarge is a Graviton machine, which takes no image; choose an x86 one",
    ),
    "long": (
        {**SHORT, "arguments": ["x" * 10000]},
        "settings.arguments: 10022 bytes as JSON; Databricks takes 10000",
    ),
    "quote": (
        {**SHORT, "environment": {"A": "${param.q}"}},
        "settings.cluster.spark_env_vars.A: may hold neither single quotes nor line breaks: Databricks exports it in single quotes",
    ),
}


@pytest.mark.parametrize("case", SETTINGS)
def test_what_cannot_be_run_is_refused_in_the_words_of_the_settings(case: str) -> None:
    settings, problem = SETTINGS[case]
    with pytest.raises(SettingsError) as error:
        plan(settings, Asked({"lr": 1, "q": "a'; rm -rf /; '"}))
    assert error.value.message == problem


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
    assert words == ["--run-id={{job.run_id}}", "my_model.train", "--lr", value, "it's"]


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
    assert at(made, "tasks", 0, "spark_python_task", "parameters", 3) == value


@pytest.mark.parametrize("branch", ["it's", "a\nb"])
def test_a_branch_that_a_cluster_cannot_export_is_refused(branch: str) -> None:
    with pytest.raises(
        SettingsError, match=r"settings.cluster.spark_env_vars.B: may hold neither single quotes"
    ):
        plan({**SHORT, "environment": {"B": "${branch}"}}, facts=replace(FACTS, branch=branch))


def test_a_job_file_is_read_from_the_workspace(tmp_path: Path) -> None:
    (tmp_path / "jobs").mkdir()
    file = tmp_path / "jobs" / "train.yml"
    file.write_text(
        "tasks: [{task_key: a, new_cluster: {num_workers: '${param.nodes}'}, notebook_task: {notebook_path: /a}}]"
    )
    made = plan({"job": "jobs/train.yml"}, workspace=tmp_path)
    assert at(made.body, "tasks", 0, "new_cluster", "num_workers") == 3
    file.write_text("task: []")
    with pytest.raises(SettingsError) as error:
        plan({"job": "jobs/train.yml"}, workspace=tmp_path)
    assert error.value.message == "jobs/train.yml: task: there is no such field; did you mean tasks?"
