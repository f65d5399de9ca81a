"""What a step may say of its job, and what is refused before anything is asked of Databricks."""

import pytest

from databricks_train.asking.asked import Asked
from databricks_train.job.settings import JobSettings
from drone_plugin import SettingsError
from drone_plugin.testing.encode import settings_from
from drone_plugin.testing.goformat import Value

from .planning import SHORT, plan


def test_the_login_of_an_inline_job_is_learned_before_anything_is_printed() -> None:
    auth: Value = {"username": "{{secrets/a/b}}", "password": "hunter2"}
    encoded = settings_from({"job": {"tasks": [{"new_cluster": {"docker_image": {"basic_auth": auth}}}]}})
    assert list(JobSettings.secret_texts(encoded.values)) == ["hunter2"]
    assert list(JobSettings.secret_texts({"PLUGIN_CLUSTER_REGISTRY_PASSWORD": "pw"})) == ["pw"]


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
