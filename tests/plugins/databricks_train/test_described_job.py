"""A job in the Jobs API's own words: what is added to it, and what it may not say."""

import json
from pathlib import Path

import pytest

from databricks_train.job.plan import archived, fill, identity, shown
from drone_plugin import SettingsError
from drone_plugin.testing.goformat import Value
from kit.databricks.values import at

from .planning import IMAGE, RUN, SCOPED, SPARK, described, plan, refused, train


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
    assert at(task, "spark_python_task", "parameters", len(RUN)) == "m"
    assert at(task, "spark_python_task", "parameters", len(RUN) + 1) == "20"
    assert at(task, "spark_python_task", "parameters", len(RUN) + 3) == "true"
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
