import pytest

from kit.databricks.client import Client, cluster, submission, task
from kit.databricks.server import Workspace
from kit.databricks.values import Json, JsonObject

PYTHON: JsonObject = {"spark_python_task": {"python_file": "/a.py"}}


def on(**fields: Json) -> JsonObject:
    """A submission whose cluster differs from the good one; None leaves a field out."""
    spec: JsonObject = {name: value for name, value in (cluster() | fields).items() if value is not None}
    return submission(task(new_cluster=spec))


@pytest.mark.parametrize(
    ("body", "said"),
    [
        pytest.param({}, "One or more tasks must be specified", id="no tasks"),
        pytest.param(submission({"task_key": "t", **PYTHON}), "Either new_cluster or existing_cluster_id must be specified.", id="no cluster"),
        pytest.param(submission(task(existing_cluster_id="0-0-x")), "Only one of new_cluster and existing_cluster_id", id="two clusters"),
        pytest.param(submission({"task_key": "t", "new_cluster": cluster()}), "exactly one type of task", id="no task type"),
        pytest.param(submission(task("two words")), "Invalid task_key 'two words'", id="task key"),
        pytest.param(submission(task("a"), task("a")), "Duplicate task_key 'a'", id="same key twice"),
        pytest.param(submission(task("a", depends_on=[{"task_key": "b"}])), "unknown b", id="unknown dependency"),
        pytest.param(submission(task("a", depends_on=[{"task_key": "a"}])), "Cyclic dependencies", id="cycle"),
        pytest.param(submission(idempotency_token="x" * 65), "cannot be longer than 64 characters", id="long token"),
        pytest.param(submission(run_name="ä" * 2049), "cannot be longer than 4096 bytes", id="long name"),
        pytest.param(on(node_type_id="m1.tiny"), "Node type m1.tiny is not supported", id="node type"),
        pytest.param(on(node_type_id=None), "Missing required field 'node_type_id'", id="no node type"),
        pytest.param(on(num_workers=None), "settings.cluster_spec.new_cluster.size", id="no size"),
        pytest.param(on(spark_version="1.x"), "Invalid spark version 1.x", id="spark version"),
        pytest.param(on(spark_version=None), "Missing required field: spark_version", id="no spark version"),
        pytest.param(on(spark_version="15.4.x-cpu-ml-scala2.12"), "not supported with Databricks Runtime ML", id="ML runtime"),
        pytest.param(on(data_security_mode="USER_ISOLATION"), "not supported with standard access mode", id="shared cluster"),
        pytest.param(on(docker_image={"url": ""}), "Missing required field: docker_image.url", id="no image"),
        pytest.param(submission(task(spark_python_task={"python_file": ""})), "Missing required field: python_file", id="no file"),
        pytest.param(submission(task(spark_python_task={"python_file": "a.py"})), "must be absolute", id="relative file"),
        pytest.param(submission(task(spark_python_task={"python_file": "/a.py", "parameters": ["{{job.naem}}"]})), "Invalid reference {{job.naem}}", id="reference"),
    ],
)  # fmt: skip
def test_a_wrong_submission_is_refused(workspace: Workspace, body: JsonObject, said: str) -> None:
    status, code, message = Client(workspace).refused("POST", "/2.2/jobs/runs/submit", body=body)
    assert (status, code) == (400, "INVALID_PARAMETER_VALUE")
    assert said in message


@pytest.mark.parametrize(
    "body",
    [[], {"tasks": {}}, {"run_name": 1, "tasks": []}, {"tasks": ["x"]}, submission(task(run_if="NEVER"))],
)
def test_a_body_of_the_wrong_shape_is_malformed(workspace: Workspace, body: Json) -> None:
    assert Client(workspace).refused("POST", "/2.2/jobs/runs/submit", body=body)[:2] == (
        400,
        "MALFORMED_REQUEST",
    )


def test_unknown_fields_are_ignored_as_the_real_api_ignores_them(workspace: Workspace) -> None:
    misspelt = cluster()
    misspelt["docker_imag"] = misspelt.pop("docker_image")
    assert Client(workspace).submit(submission(task(new_cluster=misspelt), tags={"a": "b"}))


def test_null_counts_as_not_sent(workspace: Workspace) -> None:
    nothing = task(depends_on=None, existing_cluster_id=None, timeout_seconds=None)
    assert Client(workspace).submit(submission(nothing, idempotency_token=None))
