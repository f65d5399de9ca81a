"""Submitted images run on a real engine."""

import base64
import json
import time

import pytest
from docker.models.containers import Container

from kit.databricks.client import BOOTSTRAP, Client, cluster, submission, task
from kit.databricks.containers import LABEL
from kit.databricks.script import Outcome
from kit.databricks.server import Workspace
from kit.databricks.tiny_image import forget_images
from kit.databricks.values import Json, JsonObject, at
from kit.engine import Engine
from kit.registry import Registry
from kit.registry_client import Credentials

pytestmark = pytest.mark.container

FOREVER = "import signal\nprint('up')\nsignal.pause()"
POLITE = """
import signal, sys
signal.signal(signal.SIGTERM, lambda *_: print("saved") or sys.exit())
print('up')
signal.pause()
"""


class Cluster(Client):
    """A client that submits one script."""

    def put(self, script: str) -> None:
        """Import the script."""
        content = base64.b64encode(script.encode()).decode()
        body: JsonObject = {"path": BOOTSTRAP, "format": "AUTO", "content": content, "overwrite": True}
        self.post("/2.0/workspace/import", body)

    def start(
        self, script: str, image: str, *parameters: str, spec: JsonObject | None = None, **fields: Json
    ) -> int:
        """Submit one task that runs it; the id of the run."""
        self.put(script)
        python: JsonObject = {"python_file": BOOTSTRAP, "parameters": [*parameters]}
        one = task("train", spark_python_task=python, new_cluster=cluster(image, **(spec or {})))
        return self.submit(submission(one, **fields))

    def finish(self, run_id: int) -> JsonObject:
        """The run after its end."""
        self.workspace.wait_for(run_id)
        return self.run(run_id)

    def output(self, run: JsonObject, index: int = 0) -> JsonObject:
        """What get-output says about one of its tasks."""
        return self.get("/2.2/jobs/runs/get-output", run_id=str(at(run, "tasks", index, "run_id")))

    def log(self, run: JsonObject) -> str:
        """The log of its first task."""
        return str(self.output(run)["logs"])


def results(run: JsonObject) -> list[tuple[Json, Json, Json]]:
    """Life-cycle state, result and attempt of each task."""
    tasks = run["tasks"]
    assert isinstance(tasks, list)
    return [
        (at(t, "state", "life_cycle_state"), at(t, "state", "result_state"), at(t, "attempt_number"))
        for t in tasks
    ]


def state_message(run: JsonObject) -> str:
    return str(at(run, "state", "state_message"))


@pytest.fixture
def client(container_workspace: Workspace) -> Cluster:
    return Cluster(container_workspace)


def containers(engine: Engine, workspace: Workspace) -> list[Container]:
    """What the workspace has on the engine."""
    return engine.client().containers.list(all=True, filters={"label": f"{LABEL}={workspace.url}"})


def wait_for_output(engine: Engine, workspace: Workspace) -> None:
    """Wait until the program of the only run has said something."""
    [container] = containers(engine, workspace)
    while not container.logs():
        time.sleep(0.02)


def test_the_imported_file_runs_in_the_image_whatever_its_entry_point(
    client: Cluster, tiny_image: str
) -> None:
    run = client.finish(client.start("import tiny_train; tiny_train.main()", tiny_image, "--epochs", "2"))
    assert results(run) == [("TERMINATED", "SUCCESS", 0)]
    assert client.log(run) == "epoch 1\nepoch 2\n"
    assert client.output(run)["logs_truncated"] is False


def test_a_failing_program_leaves_its_exception_and_trace(client: Cluster, tiny_image: str) -> None:
    run = client.finish(client.start("import tiny_train; tiny_train.main()", tiny_image, "--fail", "no data"))
    output = client.output(run)
    assert output["error"] == "ValueError: no data"
    assert str(output["error_trace"]).startswith("Traceback (most recent call last):")
    assert output["logs"] == f"epoch 1\n{output['error_trace']}"
    assert (
        state_message(run) == "Task train failed with message: Workload failed, see run output for details."
    )


def test_a_program_sees_the_clusters_environment_and_starts_next_to_its_file(
    client: Cluster, tiny_image: str
) -> None:
    script = (
        "import json, os, sys; print(json.dumps([dict(os.environ), os.getcwd(), sys.argv[1:], os.getuid()]))"
    )
    spec: JsonObject = {"spark_env_vars": {"EPOCHS": "3", "QUOTED": 'a "b" $c \\ d'}}
    run = client.finish(client.start(script, tiny_image, "{{job.run_id}}", "two words", spec=spec))
    environment, folder, arguments, user = json.loads(client.log(run))
    assert (environment["EPOCHS"], environment["QUOTED"]) == ("3", 'a "b" $c \\ d')
    assert environment["DATABRICKS_RUNTIME_VERSION"] == "15.4"
    assert folder == BOOTSTRAP.rpartition("/")[0]
    assert (arguments, user) == ([str(run["run_id"]), "two words"], 0)


def test_the_interpreter_is_the_one_of_pyspark_python(client: Cluster, tiny_image: str) -> None:
    spec: JsonObject = {"spark_env_vars": {"PYSPARK_PYTHON": "/bin/echo"}}
    run = client.finish(client.start("", tiny_image, spec=spec))
    assert client.log(run).endswith(f" {BOOTSTRAP}\n")


def test_a_program_reaches_this_machine_by_its_name(client: Cluster, tiny_image: str) -> None:
    script = "import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1]).status)"
    run = client.finish(client.start(script, tiny_image, "{{workspace.url}}/.well-known/databricks-config"))
    assert client.log(run) == "200\n"


def test_an_image_that_cannot_be_pulled_is_a_cluster_error(client: Cluster, registry: Registry) -> None:
    run = client.finish(client.start("", f"{registry.address}/nothing:1"))
    assert results(run) == [("INTERNAL_ERROR", "FAILED", 0)]
    assert at(run, "status", "termination_details", "code") == "CLUSTER_ERROR"
    assert "DOCKER_IMAGE_PULL_FAILURE" in state_message(run)


def test_a_private_image_is_pulled_with_the_login_of_the_cluster_only(engine: Engine) -> None:
    auth: JsonObject = {"username": "robot", "password": "{{secrets/registry/password}}"}
    secrets = {"registry": {"password": "hunter2"}}
    with (
        Registry(credentials=Credentials("robot", "hunter2")) as private,
        Workspace(engine, secrets=secrets) as workspace,
    ):
        client, image = Cluster(workspace), push_empty_image(engine, private, "robot", "hunter2")
        refused = client.finish(client.start("", image))
        allowed = client.finish(
            client.start("", image, spec={"docker_image": {"url": image, "basic_auth": auth}})
        )
        forget_images(engine, private)
    assert "DOCKER_IMAGE_PULL_FAILURE" in state_message(refused)
    assert "DOCKER_CONTAINER_CREATION_EXCEPTION" in state_message(allowed)  # it is empty: pulled, but no use


def push_empty_image(engine: Engine, registry: Registry, username: str, password: str) -> str:
    """An image with nothing in it, in a registry that wants a login."""
    api, name = engine.client().api, f"{registry.address}/empty"
    api.import_image_from_data(b"\0" * 1024, repository=name, tag="1")  # a tar without members
    login = {"username": username, "password": password}
    steps = list(api.push(name, "1", stream=True, decode=True, auth_config=login))
    assert not [step for step in steps if "error" in step]
    return f"{name}:1"


def test_an_image_is_pulled_by_its_digest(client: Cluster, tiny_image: str, registry: Registry) -> None:
    repository, _, tag = tiny_image.rpartition(":")
    digest = registry.digest(repository.rpartition("/")[2], tag)
    run = client.finish(client.start("print(1)", f"{repository}@{digest}"))
    assert client.log(run) == "1\n"


def test_cancelling_lets_the_program_save_and_keeps_its_log(
    engine: Engine, client: Cluster, tiny_image: str
) -> None:
    run_id = client.start(POLITE, tiny_image)
    client.workspace.wait_for(run_id, "RUNNING")
    wait_for_output(engine, client.workspace)
    client.post("/2.2/jobs/runs/cancel", {"run_id": run_id})
    run = client.finish(run_id)
    assert results(run) == [("TERMINATED", "CANCELED", 0)]
    assert "saved\n" in client.log(run)
    assert "error" not in client.output(run)


def test_a_run_past_its_timeout_is_stopped(client: Cluster, tiny_image: str) -> None:
    run = client.finish(client.start(FOREVER, tiny_image, timeout_seconds=2))
    assert results(run) == [("TERMINATED", "TIMEDOUT", 0)]


def test_a_failed_attempt_is_retried_with_a_run_id_of_its_own(client: Cluster, tiny_image: str) -> None:
    client.put("raise ValueError")
    run = client.finish(client.submit(submission(task(new_cluster=cluster(tiny_image), max_retries=1))))
    assert results(run) == [("TERMINATED", "FAILED", 0), ("TERMINATED", "FAILED", 1)]
    assert client.output(run, 1)["error"] == "ValueError"


def test_a_task_past_its_own_timeout_is_stopped_alone(client: Cluster, tiny_image: str) -> None:
    client.put("import sys, time; time.sleep(60 * len(sys.argv[1:]))")
    slow = task(
        "a", tiny_image, spark_python_task={"python_file": BOOTSTRAP, "parameters": ["x"]}, timeout_seconds=1
    )
    run = client.finish(client.submit(submission(slow, task("b", tiny_image))))
    assert [result for _, result, _ in results(run)] == ["TIMEDOUT", "SUCCESS"]


def test_tasks_run_in_the_order_of_their_dependencies(client: Cluster, tiny_image: str) -> None:
    client.put("import sys; assert not sys.argv[1:]")
    bad = task("a", tiny_image, spark_python_task={"python_file": BOOTSTRAP, "parameters": ["bad"]})
    after = task("b", tiny_image, depends_on=[{"task_key": "a"}])
    always = task("c", tiny_image, depends_on=[{"task_key": "a"}], run_if="ALL_DONE")
    run = client.finish(client.submit(submission(after, bad, always)))
    assert [result for _, result, _ in results(run)] == ["UPSTREAM_FAILED", "FAILED", "SUCCESS"]
    assert state_message(run).startswith("Task a failed")


def test_nothing_is_left_on_the_engine_when_the_workspace_closes(engine: Engine, tiny_image: str) -> None:
    with Workspace(engine) as workspace:
        client = Cluster(workspace)
        run_id = client.start(FOREVER, tiny_image)
        workspace.wait_for(run_id, "RUNNING")
        assert len(containers(engine, workspace)) == 1
    assert containers(engine, workspace) == []


def test_a_scripted_run_needs_no_container_on_a_workspace_that_has_an_engine(client: Cluster) -> None:
    client.workspace.script(Outcome([]))
    assert results(client.run(client.submit())) == [("TERMINATED", "SUCCESS", 0)]
