"""What Databricks would refuse, found before it is asked."""

import pytest
from pydantic import JsonValue

from databricks_train.job.body import Body
from databricks_train.job.check_spec import image_problems, sent_problems, spec_problems, spec_warnings

IMAGE: Body = {"docker_image": {"url": "repo@sha256:1"}}


def problems(*tasks: Body, **more: JsonValue) -> list[str]:
    """What is wrong with these tasks."""
    return list(spec_problems({"tasks": list(tasks), **more}, "job"))


def task(key: str = "train", *before: str, **fields: JsonValue) -> Body:
    """A task that waits for others."""
    return {"task_key": key, "depends_on": [{"task_key": one} for one in before], **fields}


def cluster(**fields: JsonValue) -> list[str]:
    """What is wrong with a cluster that has an image."""
    found = problems(task(new_cluster={**IMAGE, **fields}))
    return [text.removeprefix("job.tasks[0].new_cluster.") for text in found]


GRAVITON = [
    "a1.xlarge",
    "m6g.xlarge",
    "m6gd.2xlarge",
    "m7g.medium",
    "m8g.large",
    "c6g.xlarge",
    "c6gd.xlarge",
    "c6gn.xlarge",
    "c7gd.xlarge",
    "c7gn.xlarge",
    "r6g.large",
    "r6gd.4xlarge",
    "r7gd.xlarge",
    "r8g.large",
    "t4g.micro",
    "x2gd.large",
    "im4gn.large",
    "is4gen.xlarge",
    "i4g.large",
    "i8g.large",
    "i8ge.large",
    "g5g.xlarge",
    "hpc7g.4xlarge",
]
OTHERS = [
    "g4dn.xlarge",
    "g4ad.xlarge",
    "g5.xlarge",
    "g6.xlarge",
    "g6e.xlarge",
    "gr6.4xlarge",
    "p3.2xlarge",
    "p4d.24xlarge",
    "p4de.24xlarge",
    "p5.48xlarge",
    "m5.large",
    "m5dn.large",
    "m6i.large",
    "m6id.large",
    "m7i-flex.large",
    "c5.large",
    "r5d.large",
    "i3.xlarge",
    "i3en.large",
    "x1e.xlarge",
    "z1d.large",
    "trn1.2xlarge",
    "inf2.xlarge",
    "Standard_DS3_v2",
    "Standard_NC24ads_A100_v4",
    "n2-highmem-4",
    "g2-standard-4",
    "a2-highgpu-1g",
]


@pytest.mark.parametrize("node", GRAVITON)
@pytest.mark.parametrize("field", ["node_type_id", "driver_node_type_id"])
def test_graviton_takes_no_image(node: str, field: str) -> None:
    assert cluster(**{field: node}) == [
        f"{field}: {node} is a Graviton machine, which takes no image; choose an x86 one"
    ]


@pytest.mark.parametrize("node", OTHERS)
def test_other_machines_take_one(node: str) -> None:
    assert cluster(node_type_id=node) == []


CONTAINERS: list[tuple[Body, str]] = [
    ({"spark_version": "15.4.x-cpu-ml-scala2.12"}, 'spark_version: "15.4.x-cpu-ml-scala2.12" is an ML runtime, which takes no image; write 15.4.x-scala2.12'),
    ({"spark_version": "15.4.x-gpu-ml-scala2.12"}, 'spark_version: "15.4.x-gpu-ml-scala2.12" is an ML runtime, which takes no image; write 15.4.x-scala2.12'),
    ({"use_ml_runtime": True}, "use_ml_runtime: an ML runtime takes no image; leave it out"),
    ({"data_security_mode": "USER_ISOLATION"}, "data_security_mode: USER_ISOLATION (standard access) takes no image; write SINGLE_USER"),
    ({"data_security_mode": "DATA_SECURITY_MODE_STANDARD"}, "data_security_mode: DATA_SECURITY_MODE_STANDARD (standard access) takes no image; write SINGLE_USER"),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "problem"), CONTAINERS)
def test_the_rules_of_container_services(fields: Body, problem: str) -> None:
    assert cluster(**fields) == [problem]
    assert problems(task(new_cluster=fields)) == []


@pytest.mark.parametrize("mode", ["SINGLE_USER", "DATA_SECURITY_MODE_DEDICATED", "NONE"])
def test_dedicated_clusters_take_an_image(mode: str) -> None:
    assert cluster(data_security_mode=mode, spark_version="15.4.x-scala2.12") == []


def test_limits() -> None:
    assert cluster(custom_tags={str(number): "" for number in range(45)}) == []
    assert cluster(custom_tags={str(number): "" for number in range(46)}) == [
        "custom_tags: 46 tags; a cluster has at most 45"
    ]
    assert problems(task(), run_name="ü" * 2048) == []
    assert problems(task(), run_name="ü" * 2049) == ["job.run_name: is longer than 4096 bytes"]
    assert problems() == ["job.tasks: a run has at least one task"]
    many = [task(f"t{number}") for number in range(1001)]
    assert problems(*many[:1000]) == []
    assert problems(*many) == ["job.tasks: 1001 tasks; a run has at most 1000"]


def test_parameters_may_have_ten_thousand_bytes_as_json() -> None:
    assert problems(task(spark_python_task={"parameters": ["x" * 9996]})) == []
    assert problems(task(notebook_task={"base_parameters": {"a": "ü" * 2000}})) == [
        "job.tasks[0].notebook_task.base_parameters: 12009 bytes as JSON; Databricks takes 10000"
    ]


KEYS: dict[str, tuple[list[Body], list[str]]] = {
    "missing": ([{}], ["job.tasks[0].task_key: a task needs a key of at most 100 letters, digits, _ and -"]),
    "blank": ([task("a b")], ["job.tasks[0].task_key: a task needs a key of at most 100 letters, digits, _ and -"]),
    "long": ([task("a" * 101)], ["job.tasks[0].task_key: a task needs a key of at most 100 letters, digits, _ and -"]),
    "twice": ([task("a"), task("a")], ['job.tasks[1].task_key: "a" is another task\'s, too']),
    "unknown": ([task("prepare"), task("b", "prepaer")], ['job.tasks: b depends on "prepaer", which is no task; did you mean prepare?']),
    "itself": ([task("a", "a")], ["job.tasks: wait for one another: a → a"]),
    "circle": ([task("a"), task("b", "a", "d"), task("c", "b"), task("d", "c")], ["job.tasks: wait for one another: b → d → c → b"]),
    "order": ([task("c", "a", "b"), task("b", "a"), task("a")], []),
}  # fmt: skip


@pytest.mark.parametrize("case", KEYS)
def test_tasks_come_to_their_turn(case: str) -> None:
    tasks, expected = KEYS[case]
    assert problems(*tasks) == expected


def test_a_long_chain_of_tasks_is_no_circle() -> None:
    chain = [task(f"t{number}", *([f"t{number - 1}"] if number else [])) for number in range(1000)]
    assert problems(*chain) == []


SECRET = "sounds like a secret, and a job's text can be read; keep it in Databricks, and write {{secrets/scope/key}}"


def test_secrets_in_clear_are_refused() -> None:
    found = problems(
        task(
            new_cluster={"spark_env_vars": {"DB_PASSWORD": "x", "API_KEY": "{{secrets/a/b}}", "KEYS": "y"}},
            python_wheel_task={"named_parameters": {"token": "x"}},
            notebook_task={"base_parameters": {"password": "x", "token": ""}},
        )
    )
    assert found == [
        f"job.tasks[0].new_cluster.spark_env_vars.DB_PASSWORD: {SECRET}",
        f"job.tasks[0].python_wheel_task.named_parameters.token: {SECRET}",
        f"job.tasks[0].notebook_task.base_parameters.password: {SECRET}",
    ]


@pytest.mark.parametrize(
    "name",
    [
        "spark.hadoop.fs.s3a.secret.key",
        "spark.hadoop.fs.s3a.access.key",
        "fs.azure.account.key.acme.dfs.core.windows.net",
    ],
)
def test_a_storage_key_in_the_configuration_is_a_secret(name: str) -> None:
    assert cluster(spark_conf={name: "x", "spark.keys": "y"}) == [f"spark_conf.{name}: {SECRET}"]
    assert cluster(spark_conf={name: "{{secrets/a/b}}"}) == []


def test_variables_are_those_that_a_shell_can_export() -> None:
    body: Body = {
        "tasks": [task(new_cluster={"spark_env_vars": {"A": "it's", "B": "a\nb", "a-b": "c", "OK": '"$x`'}})]
    }
    quotes = "may hold neither single quotes nor line breaks: Databricks exports it in single quotes"
    at = "job.tasks[0].new_cluster.spark_env_vars"
    expected = [f"{at}.A: {quotes}", f"{at}.B: {quotes}", f"{at}.a-b: is not a valid name of a variable"]
    assert list(sent_problems(body, "job")) == expected == list(spec_problems(body, "job"))


def test_the_repeated_task_of_a_loop_is_checked_too() -> None:
    inner = task("inner", new_cluster={**IMAGE, "use_ml_runtime": True})
    assert problems(task("loop", for_each_task={"inputs": "[1]", "task": inner})) == [
        "job.tasks[0].for_each_task.task.new_cluster.use_ml_runtime: an ML runtime takes no image; leave it out"
    ]


PYTHON: Body = {"python_file": "/a.py"}
COMPUTE: dict[str, tuple[list[Body], list[str]]] = {
    "cluster": ([task(new_cluster=IMAGE, spark_python_task=PYTHON)], []),
    "serverless": (
        [task(environment_key="e", spark_python_task=PYTHON)],
        ["job.tasks[0].environment_key: serverless compute takes no image (Container Services), so nothing of this run would be in the build's; write new_cluster"],
    ),
    "both": (
        [task(environment_key="e", new_cluster=IMAGE)],
        ["job.tasks[0]: has new_cluster and environment_key, but serverless compute takes no image"],
    ),
    "none": ([task(spark_python_task=PYTHON)], ["job.tasks[0]: names no compute; write new_cluster, which gets the build's image"]),
    "one on each": ([task("a", new_cluster=IMAGE), task("b", environment_key="e")], []),
    "GPUs without servers": ([task(ai_runtime_task={"docker_image_url": "x"})], []),
    "there already": ([task(existing_cluster_id="c", spark_python_task=PYTHON)], []),
}  # fmt: skip


@pytest.mark.parametrize("case", COMPUTE)
def test_where_the_image_cannot_be(case: str) -> None:
    tasks, expected = COMPUTE[case]
    assert list(image_problems({"tasks": list(tasks)}, "job")) == expected


def test_a_cluster_that_runs_already_is_warned_about() -> None:
    assert list(spec_warnings({"tasks": [task(existing_cluster_id="c")]}, "job")) == [
        "job.tasks[0].existing_cluster_id: that cluster runs already, so the image cannot be put on it"
    ]


@pytest.mark.parametrize("tasks", [None, "x", 3, {}, [3], [None], [[]], [{"depends_on": 3, "task_key": {}}]])
def test_any_shape_can_be_looked_at(tasks: JsonValue) -> None:
    assert list(spec_problems({"tasks": tasks, "run_name": 3}, "job"))
