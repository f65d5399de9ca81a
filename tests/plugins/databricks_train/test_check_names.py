"""The fields of a job against those of Databricks' SDK: nothing is dropped without a word."""

import dataclasses
import enum
import inspect
import re
import typing

import pytest
from databricks.sdk.service import jobs
from pydantic import JsonValue

from databricks_train.job.body import Body
from databricks_train.job.check_names import _hints, check_names, task_fields
from drone_plugin.testing.goformat import Value


def checked(body: Body, *unknown: str) -> tuple[Body, list[str], list[str]]:
    """The body, problems and warnings."""
    found = check_names(body, "submit", "job.yml: ", unknown)
    return found.body, found.problems, found.warnings


def task(**fields: JsonValue) -> Body:
    """A body of one task."""
    return {"tasks": [{"task_key": "train", **fields}]}


GOOD: Body = {
    "run_name": "x",
    "timeout_seconds": 60,
    "access_control_list": [{"user_name": "a@b", "permission_level": "CAN_VIEW"}],
    "email_notifications": {"on_failure": ["a@b"], "no_alert_for_skipped_runs": True},
    "webhook_notifications": {"on_failure": [{"id": "w"}]},
    "queue": {"enabled": True},
    "git_source": {"git_url": "https://x", "git_provider": "gitHub", "git_commit": "c"},
    "health": {"rules": [{"metric": "RUN_DURATION_SECONDS", "op": "GREATER_THAN", "value": 3}]},
    "run_as": {"service_principal_name": "p"},
    "environments": [{"environment_key": "e", "spec": {"environment_version": "3", "dependencies": ["a"]}}],
    "tasks": [
        {
            "task_key": "a",
            "depends_on": [{"task_key": "b", "outcome": "true"}],
            "run_if": "ALL_DONE",
            "max_retries": 3,
            "libraries": [{"pypi": {"package": "x"}}],
            "new_cluster": {
                "spark_version": "15",
                "num_workers": 2,
                "docker_image": {"url": "u", "basic_auth": {"username": "u", "password": "p"}},
                "aws_attributes": {"availability": "SPOT", "first_on_demand": 1},
                "azure_attributes": {"spot_bid_max_price": -1},
                "spark_env_vars": {"A": "b"},
                "init_scripts": [{"workspace": {"destination": "/a"}}],
                "data_security_mode": "SINGLE_USER",
                "enable_elastic_disk": False,
            },
            "python_wheel_task": {"package_name": "p", "entry_point": "e", "named_parameters": {"a": "b"}},
        },
        {"task_key": "loop", "for_each_task": {"inputs": "[1]", "concurrency": 2, "task": {"task_key": "x"}}},
    ],
}


def test_a_job_in_databricks_words_passes_as_it_is() -> None:
    assert checked(GOOD) == (GOOD, [], [])


def test_the_sdk_itself_would_send_all_that_passes() -> None:
    tasks = GOOD["tasks"]
    assert isinstance(tasks, list)
    assert [jobs.SubmitTask.from_dict(task).as_dict() for task in tasks if isinstance(task, dict)] == tasks


def reachable() -> set[type]:
    """Every type that a request to submit or run a job can hold."""
    seen: set[type] = set()
    methods = (jobs.JobsAPI.submit, jobs.JobsAPI.run_now)
    waiting = [hint for method in methods for hint in _hints(method).values()]
    while waiting:
        hint = waiting.pop()
        arguments = typing.get_args(hint)
        if arguments:
            assert typing.get_origin(hint) in {typing.Union, list, dict}
            waiting += [kind for kind in arguments if kind is not type(None)]
        elif hint not in seen:
            assert isinstance(hint, type)
            seen.add(hint)
            waiting += _hints(hint).values() if dataclasses.is_dataclass(hint) else ()
    return seen


def test_the_names_of_the_sdks_types_are_those_of_the_api() -> None:
    """What the check rests on: each type reads from JSON just the names of its fields."""
    kinds = [kind for kind in reachable() if dataclasses.is_dataclass(kind)]
    assert len(kinds) > 80
    for kind in kinds:
        text = inspect.getsource(getattr(kind, "from_dict"))  # noqa: B009 - only these dataclasses have it
        read = {*re.findall(r'd(?:\.get\(|, )"(\w+)"', text)}
        assert read == _hints(kind).keys(), kind


def test_every_type_that_a_request_can_hold_is_one_that_the_check_knows() -> None:
    plain = {kind for kind in reachable() if not dataclasses.is_dataclass(kind)}
    assert all(kind in {str, int, float, bool} or issubclass(kind, enum.Enum) for kind in plain)


def test_thirty_unknown_fields_are_one_readable_report() -> None:
    wrong: dict[str, JsonValue] = {f"fiel_{number}": 1 for number in range(27)}
    body = task(new_cluster={"docker_imag": {"url": "x"}, "node_type": "m5", "numWorkers": 3}, **wrong)
    _, problems, _ = checked(body)
    assert len(problems) == 30
    assert problems[:3] == [
        "job.yml: tasks[0].new_cluster.docker_imag: there is no such field; did you mean docker_image?",
        "job.yml: tasks[0].new_cluster.node_type: there is no such field; did you mean node_type_id?",
        "job.yml: tasks[0].new_cluster.numWorkers: there is no such field; did you mean num_workers?",
    ]
    assert problems[3] == "job.yml: tasks[0].fiel_0: there is no such field"


SAVED = {
    "job_clusters": "write new_cluster in each task; an anchor of YAML shares one, or use job_id",
    "name": "write run_name, or use job_id",
    "parameters": "write the values where they are used, or use job_id",
    "tags": "write custom_tags in new_cluster, or use job_id",
    "schedule": "use job_id",
    "max_concurrent_runs": "use job_id",
}


@pytest.mark.parametrize("name", SAVED)
def test_a_field_of_saved_jobs_is_told_from_a_typo(name: str) -> None:
    assert checked({name: "x"})[1] == [
        f"job.yml: {name}: is a field of a saved job, which a one-time run does not have; {SAVED[name]}"
    ]


def test_a_shared_cluster_is_a_saved_jobs_too() -> None:
    (problem,) = checked(task(job_cluster_key="a"))[1]
    assert problem.startswith("job.yml: tasks[0].job_cluster_key: is a field of a saved job")


KINDS: dict[str, tuple[Body, str]] = {
    "text for a list": ({"tasks": "train"}, 'tasks: is "train" where a list is needed'),
    "map for a list": ({"tasks": {"task_key": "a"}}, "tasks: is a map where a list is needed"),
    "text for a map": (task(new_cluster="big"), 'tasks[0].new_cluster: is "big" where a map (apply_policy_default_values, autoscale, autotermination_minutes, aws_attributes, …) is needed'),
    "list for text": (task(description=["a"]), "tasks[0].description: is a list where text is needed"),
    "text for a number": (task(max_retries="often"), 'tasks[0].max_retries: is "often" where a whole number is needed'),
    "fraction": (task(max_retries=1.5), 'tasks[0].max_retries: is "1.5" where a whole number is needed'),
    "endless": (task(max_retries=float("inf")), 'tasks[0].max_retries: is "inf" where a whole number is needed'),
    "truth for a number": (task(max_retries=True), 'tasks[0].max_retries: is "true" where a whole number is needed'),
    "text for truth": (task(disabled="perhaps"), 'tasks[0].disabled: is "perhaps" where true or false is needed'),
    "map in texts": (task(spark_python_task={"python_file": "a", "parameters": [{"a": 1}]}), "tasks[0].spark_python_task.parameters[0]: is a map where text is needed"),
    "null in texts": (task(spark_python_task={"python_file": "a", "parameters": [None]}), "tasks[0].spark_python_task.parameters[0]: is nothing where text is needed"),
    "list in a map": (task(new_cluster={"spark_conf": {"a": [1]}}), "tasks[0].new_cluster.spark_conf.a: is a list where text is needed"),
    "list for a map of texts": (task(new_cluster={"spark_conf": ["a"]}), "tasks[0].new_cluster.spark_conf: is a list where a map is needed"),
    "token": ({"idempotency_token": "x"}, "idempotency_token: is set by the step; it makes sure that nothing is trained twice"),
}  # fmt: skip


@pytest.mark.parametrize("case", KINDS)
def test_a_wrong_kind_is_named(case: str) -> None:
    body, problem = KINDS[case]
    assert checked(body)[1] == [f"job.yml: {problem}"]


def test_a_hostile_name_stays_on_its_line() -> None:
    assert checked({"a\nb\x1b[31m": 1})[1] == [r'job.yml: "a\nb\u001b[31m": there is no such field']
    assert len(checked({"x" * 5000: 1})[1][0]) < 120


def test_fields_newer_than_the_sdk_can_be_let_through() -> None:
    body = task(new_cluster={"new_field": {"a": [1]}}, other_field=1)
    made, problems, warnings = checked(body, "new_field", "other_field")
    assert (made, problems) == (body, [])
    assert warnings == [
        "job.yml: tasks[0].new_cluster.new_field: is not known here, and is sent unchecked",
        "job.yml: tasks[0].other_field: is not known here, and is sent unchecked",
    ]


def test_a_word_that_the_sdk_does_not_know_is_sent_with_a_warning() -> None:
    """Documented words are missing in it: COST_OPTIMIZED for one."""
    body: Body = {"performance_target": "COST_OPTIMIZED"}
    assert checked(body) == (body, [], ['job.yml: performance_target: "COST_OPTIMIZED" is not known here'])
    assert checked(task(run_if="ALL_DOEN"))[2] == [
        'job.yml: tasks[0].run_if: "ALL_DOEN" is not known here; did you mean ALL_DONE?'
    ]


VALUES: list[tuple[str, Value, JsonValue]] = [
    ("max_retries", "2", 2),
    ("max_retries", 2.0, 2),
    ("disabled", "true", True),
    ("description", 7, "7"),
    ("description", 0.5, "0.5"),
    ("description", False, "false"),
    ("description", None, None),
]


@pytest.mark.parametrize(("name", "given", "sent"), VALUES)
def test_a_value_is_sent_in_the_kind_of_its_field(name: str, given: JsonValue, sent: JsonValue) -> None:
    assert checked(task(**{name: given})) == (task(**{name: sent}), [], [])


def test_the_parameters_of_a_saved_job_are_checked_as_its_own() -> None:
    found = check_names({"job_id": 3, "job_parameters": {"a": 1}, "job_parameter": {}}, "run-now", "job")
    assert found.body["job_parameters"] == {"a": "1"}
    assert found.problems == ["job.job_parameter: there is no such field; did you mean job_parameters?"]


def test_the_fields_of_a_task_are_told_from_those_of_a_run() -> None:
    assert {"new_cluster", "spark_python_task", "libraries"} <= task_fields()
    assert not {"timeout_seconds", "health", "email_notifications"} & task_fields()
