"""The record that is written inside of the job: a real MLflow server, and one that is away."""

import json
import runpy
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from mlflow import MlflowClient

from kit.mlflow_faults import MlflowFront, unavailable
from kit.mlflow_server import MlflowServer
from model_chain import tags

from .job_folder import BOOTSTRAP, NO_MLFLOW, Image, Job

TOKEN = "7e57" * 16
CHAIN = {tags.COMMIT: "c0ffee", tags.IMAGE_DIGEST: "sha256:5f2b", tags.TOKEN: TOKEN}
URL = "https://acme.cloud.databricks.com/jobs/5/runs/77?o=1"
REGISTERS = """
import mlflow
class Model(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input: list[str]) -> list[str]: return model_input
with mlflow.start_run():
    for name in ("one", "two"):
        mlflow.pyfunc.log_model(name=name, python_model=Model(), registered_model_name="{name}")
"""


@pytest.fixture
def job(tmp_path: Path, mlflow_server: MlflowServer) -> Job:
    """An image with MLflow, and an open run."""
    run = MlflowClient(mlflow_server.url).create_run("0")
    made = Job(Image(tmp_path), mlflow_server, str(run.info.run_id))
    made.image.write("train.py", "print('trained')")
    return made


@pytest.fixture
def hanging() -> Iterator[str]:
    """The address of a server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def runs(job: Job, experiment: str, token: str = TOKEN) -> list[str]:
    """The ids of the runs of an experiment that have the token."""
    client = MlflowClient(job.server.url)
    found = client.get_experiment_by_name(experiment)
    assert found
    having = f"tags.`{tags.TOKEN}` = '{token}'"
    return [run.info.run_id for run in client.search_runs([found.experiment_id], having)]


def test_variables_come_in_the_first_parameter_where_a_job_can_set_none(job: Job) -> None:
    job.image.write(
        "train.py", "import os, sys; print(os.environ['LR'], os.environ['DB_IS_DRIVER'], sys.argv[1:])"
    )
    given = json.dumps({"LR": "0.1 ü", "DB_IS_DRIVER": "FALSE", "MLFLOW_RUN_ID": job.run_id})
    variables = job.variables | {"MLFLOW_RUN_ID": "of-another-job", "LR": "old", "DB_IS_DRIVER": "TRUE"}
    done = job.image.run(f"--variables={given}", "train", "--epochs", **variables)
    assert "0.1 ü TRUE ['--epochs']" in done.stdout.splitlines(), done.stderr
    assert "bootstrap: DB_IS_DRIVER is Databricks' own, and stays as it is" in done.stdout
    assert job.status == "FINISHED"


@pytest.mark.parametrize("text", ["[]", "LR=0.1"])
def test_variables_that_cannot_be_read_end_the_job_before_the_training(job: Job, text: str) -> None:
    done = job.image.run(f"--variables={text}", "train", **job.variables)
    assert done.returncode != 0
    assert "trained" not in done.stdout


def test_the_run_gets_the_chain_the_request_and_its_databricks_run(job: Job) -> None:
    request = job.image.folder / "request-7e57.json"
    request.write_text('{"kind": "drone-ml/request"}')
    chain = {"DRONE_ML_CHAIN": json.dumps(CHAIN), "DRONE_ML_REQUEST": str(request)}
    done = job.image.run("--run-id=77", f"--run-url={URL}", "train", **job.variables, **chain)
    assert (done.returncode, done.stdout) == (0, "trained\n"), done.stderr
    expected = CHAIN | tags.run_tags(77, URL)
    assert {name: value for name, value in job.run.data.tags.items() if name in expected} == expected
    assert job.run.data.params == CHAIN | {tags.DATABRICKS_RUN_ID: "77"}
    assert job.artifact("drone-ml/request.json") == '{"kind": "drone-ml/request"}'


def test_a_reference_that_databricks_did_not_fill_in_is_no_run(job: Job) -> None:
    done = job.image.run("--run-id={{job.run_id}}", "--run-url={{x}}", "train", **job.variables)
    assert done.returncode == 0
    assert tags.DATABRICKS_RUN_ID not in job.run.data.tags


@pytest.mark.parametrize("chain", ["", "{", "[1]"])
def test_a_chain_or_request_that_cannot_be_read_costs_nothing_but_itself(job: Job, chain: str) -> None:
    done = job.image.run("train", **job.variables, DRONE_ML_CHAIN=chain, DRONE_ML_REQUEST="/no/such/file")
    assert done.returncode == 0, done.stderr
    assert "bootstrap: the request could not be recorded: No such file or directory" in done.stdout
    assert job.status == "FINISHED"
    assert job.artifact() == "trained\n"


def test_every_model_version_that_the_training_registered_carries_the_chain(job: Job) -> None:
    name = f"digits-{job.run_id}"
    job.image.write("train.py", REGISTERS.format(name=name))
    done = job.image.run("--run-id=77", "train", **job.variables, DRONE_ML_CHAIN=json.dumps(CHAIN))
    assert done.returncode == 0, done.stderr
    versions = MlflowClient(job.server.url).search_model_versions(f"name = '{name}'")
    assert len(versions) == 2
    for version in versions:
        assert version.tags == CHAIN | {tags.DATABRICKS_RUN_ID: "77"}
    assert json.loads(job.run.data.tags[tags.MODELS]) == [
        {"name": name, "version": "1"},
        {"name": name, "version": "2"},
    ]


UNITY = """
from types import SimpleNamespace as Some
class MlflowClient:
    def __init__(self, uri, registry): pass
    def get_run(self, run_id):
        models = [Some(model_id="m-0"), Some(model_id="m-1")]
        return Some(info=Some(status="RUNNING"), outputs=Some(model_outputs=models))
    def get_logged_model(self, model_id):
        if model_id == "m-0": return Some(tags={"mlflow.modelVersions": "[{}, "})
        return Some(tags={"mlflow.modelVersions": '[{"name": "ml.team.digits", "version": 3}]'})
    def set_tag(self, *words): print("run", words)
    def set_terminated(self, *words): pass
    def log_artifact(self, *words): pass
    def set_model_version_tag(self, *words): print(words[:2], "|".join(words[2:]))
def end_run(status): pass
"""
"""What is different in Unity Catalog, which cannot be had here: no search by run, few characters in names."""


def test_unity_catalog_gets_the_tags_that_it_takes(job: Job) -> None:
    job.image.write("mlflow/__init__.py", UNITY)
    job.image.write("mlflow/entities.py", "")
    chain = CHAIN | {"mlflow.source.git.commit": "c0ffee", tags.BRANCH: "b" * 2000}
    variables = job.variables | {"MLFLOW_REGISTRY_URI": "databricks-uc", "DRONE_ML_CHAIN": json.dumps(chain)}
    done = job.image.run("train", **variables)
    written = [
        line.partition(") ")[2] for line in done.stdout.splitlines() if "('ml.team.digits', '3')" in line
    ]
    assert dict(line.split("|") for line in written) == tags.catalog_tags(chain), done.stdout
    models = [{"name": "ml.team.digits", "version": "3"}]
    assert f"run ('{job.run_id}', '{tags.MODELS}', '{json.dumps(models)}')" in done.stdout


def test_what_the_bootstrap_calls_its_tags_is_what_the_plugin_calls_them() -> None:
    bootstrap = runpy.run_path(str(BOOTSTRAP))
    assert bootstrap["FACTS"] == tags.FACTS
    assert bootstrap["IDENTITY_TAG"] == tags.TOKEN
    assert bootstrap["MODELS_TAG"] == tags.MODELS
    assert {bootstrap["RUN_ID_TAG"], *bootstrap["RUN_URL_TAGS"]} == set(tags.run_tags(1, ""))


def test_a_job_that_came_without_an_mlflow_run_makes_one_in_which_the_training_logs(job: Job) -> None:
    job.image.write(
        "train.py", "import mlflow\nwith mlflow.start_run(): mlflow.log_metric('loss', 0.5)\nprint('trained')"
    )
    experiment = f"/made/{job.run_id}"
    more = {"MLFLOW_RUN_ID": "", "MLFLOW_EXPERIMENT_NAME": experiment, "DRONE_ML_CHAIN": json.dumps(CHAIN)}
    done = job.image.run("train", **job.variables | more | {"MLFLOW_RUN_NAME": "team/model c0ffee"})
    (run_id,) = runs(job, experiment)
    assert f"bootstrap: the job came without an MLflow run; it is {run_id}" in done.stdout
    made = replace(job, run_id=run_id).run
    assert (made.info.status, made.info.run_name, made.data.metrics) == (
        "FINISHED",
        "team/model c0ffee",
        {"loss": 0.5},
    )
    assert made.data.params == CHAIN


def test_the_run_of_the_same_token_is_found_before_another_is_made(job: Job) -> None:
    experiment = f"/again/{job.run_id}"
    more = {"MLFLOW_RUN_ID": "", "MLFLOW_EXPERIMENT_NAME": experiment, "DRONE_ML_CHAIN": json.dumps(CHAIN)}
    for _ in range(2):
        assert job.image.run("train", **job.variables | more).returncode == 0
    assert len(runs(job, experiment)) == 1


def test_a_second_attempt_at_a_task_opens_its_run_again(job: Job) -> None:
    MlflowClient(job.server.url).set_terminated(job.run_id, "FAILED")
    job.image.write(
        "train.py", "import os, mlflow; print(mlflow.get_run(os.environ['MLFLOW_RUN_ID']).info.status)"
    )
    assert "RUNNING" in job.image.run("train", **job.variables).stdout
    assert job.status == "FINISHED"


@pytest.mark.parametrize(
    ("tasks", "status"),
    [
        ([("prepare", "print(1)")], "RUNNING"),
        ([("prepare", "print(1)"), ("train", "import mlflow\nwith mlflow.start_run(): 1")], "FINISHED"),
        ([("prepare", "1/0")], "FAILED"),
        ([("prepare", "1/0"), ("train", "import mlflow\nwith mlflow.start_run(): 1")], "FAILED"),
        ([("prepare", "1/0"), ("prepare", "print(1)"), ("train", "print(1)")], "FINISHED"),
    ],
    ids=["first of two", "both", "failed", "failed, then another", "failed, and repaired"],
)
def test_tasks_that_share_a_run_end_it_together(job: Job, tasks: list[tuple[str, str]], status: str) -> None:
    for key, code in tasks:
        job.image.write("train.py", code)
        job.image.run("train", **job.variables, DRONE_ML_TASKS="2", DRONE_ML_TASK=key)
    assert job.status == status
    assert [job.artifact(f"logs/{key}/output.log") is not None for key, _ in tasks]


def test_a_server_that_hangs_costs_a_good_training_seconds(job: Job, hanging: str) -> None:
    start = time.monotonic()
    done = job.image.run(
        "train", **job.variables | {"MLFLOW_TRACKING_URI": hanging, "DRONE_ML_CHAIN": json.dumps(CHAIN)}
    )
    assert done.returncode == 0, done.stderr
    assert "trained" in done.stdout.splitlines()
    assert done.stdout.count("bootstrap: the record is left to the plugin") == 2
    assert time.monotonic() - start < 50


def test_nobody_has_to_listen(job: Job) -> None:
    job.image.write("train.py", "")
    variables = job.variables | {"MLFLOW_TRACKING_URI": "http://127.0.0.1:9"}
    process = subprocess.Popen(
        job.image.command("train"), env=job.image.environment(variables), stdout=subprocess.PIPE
    )
    assert process.stdout
    process.stdout.close()
    assert process.wait(60) == 0


def test_a_server_that_is_away_does_not_keep_a_failure_from_being_told(job: Job) -> None:
    job.image.write("train.py", "raise ValueError('no data')")
    done = job.image.run("train", **job.variables | {"MLFLOW_TRACKING_URI": "http://127.0.0.1:9"})
    assert done.stderr.splitlines()[-1] == "ValueError: no data"


def test_without_mlflow_in_the_image_the_training_is_as_good(job: Job) -> None:
    job.image.write("mlflow.py", NO_MLFLOW)
    done = job.image.run("train", **job.variables, DRONE_ML_CHAIN=json.dumps(CHAIN))
    said = "bootstrap: no MLflow in this image, so the MLflow run is left to the plugin"
    assert (done.returncode, done.stdout) == (0, f"{said}\ntrained\n")


def test_an_mlflow_that_cannot_be_imported_ends_nothing(job: Job) -> None:
    job.image.write("mlflow.py", "raise AttributeError('numpy has no attribute float')")
    done = job.image.run("train", **job.variables)
    assert done.returncode == 0
    assert "bootstrap: MLflow cannot be used here: numpy has no attribute float" in done.stdout


def test_an_mlflow_that_is_unavailable_throughout_costs_seconds(job: Job) -> None:
    start = time.monotonic()
    with MlflowFront(job.server.url) as front:
        front.faults.add(unavailable())
        done = job.image.run("train", **job.variables | {"MLFLOW_TRACKING_URI": front.url})
    assert (done.returncode, done.stdout.splitlines()[1]) == (0, "trained")
    assert time.monotonic() - start < 20
    assert len(front.requests) < 10


def test_an_mlflow_that_comes_back_while_the_training_runs_gets_the_whole_record(job: Job) -> None:
    experiment = f"/back/{job.run_id}"
    more = {"MLFLOW_RUN_ID": "", "MLFLOW_EXPERIMENT_NAME": experiment, "DRONE_ML_CHAIN": json.dumps(CHAIN)}
    back = job.image.folder / "back"
    job.image.write(
        "train.py",
        "import os, time\nprint('on it', os.environ.get('MLFLOW_RUN_ID'), flush=True)\n"
        f"while not os.path.exists({str(back)!r}): time.sleep(0.05)\n",
    )
    with MlflowFront(job.server.url) as front:
        front.stop()
        process = subprocess.Popen(
            job.image.command("train"),
            env=job.image.environment(job.variables | more | {"MLFLOW_TRACKING_URI": front.url}),
            stdout=subprocess.PIPE,
            text=True,
        )
        with process:
            assert process.stdout
            assert any(line == "on it None\n" for line in process.stdout)
            front.start()
            back.touch()
            process.stdout.read()
        assert process.returncode == 0
    (run_id,) = runs(job, experiment)
    made = replace(job, run_id=run_id)
    assert made.status == "FINISHED"
    assert made.artifact().startswith("on it")


def test_tasks_that_begin_and_end_at_once_share_one_run_that_ends_well(job: Job) -> None:
    experiment = f"/at-once/{job.run_id}"
    more = {"MLFLOW_RUN_ID": "", "MLFLOW_EXPERIMENT_NAME": experiment, "DRONE_ML_CHAIN": json.dumps(CHAIN)}
    MlflowClient(job.server.url).create_experiment(experiment)
    tasks = [
        subprocess.Popen(
            job.image.command("train"),
            env=job.image.environment(job.variables | more | {"DRONE_ML_TASKS": "3", "DRONE_ML_TASK": key}),
            stdout=subprocess.PIPE,
            text=True,
        )
        for key in ("one", "two", "three")
    ]
    said = [task.communicate()[0] for task in tasks]
    (run_id,) = runs(job, experiment)
    assert replace(job, run_id=run_id).status == "FINISHED", said


def test_sigterm_before_the_training_began_leaves_a_killed_run(job: Job) -> None:
    job.image.write(
        "sitecustomize.py",
        "import mlflow\nasked = mlflow.MlflowClient.get_run\n"
        "def slow(self, run_id):\n import time\n print('opening', flush=True)\n time.sleep(4)\n"
        " return asked(self, run_id)\n"
        "mlflow.MlflowClient.get_run = slow\n",
    )
    said = job.terminated_at("opening")
    assert "trained" not in said
    assert "Killed: cancelled" in said
    assert job.status == "KILLED"


def test_sigterm_while_the_record_begins_to_be_opened_leaves_a_killed_run(job: Job) -> None:
    job.image.write(
        "sitecustomize.py",
        "import mlflow, os, signal, threading, time\n"
        "start, asked = threading.Thread.start, mlflow.MlflowClient.get_run\n"
        "def hit(self):\n start(self)\n"
        " if self.name == 'drone-ml':\n  os.kill(os.getpid(), signal.SIGTERM)\n"
        "def slow(self, run_id):\n time.sleep(2)\n return asked(self, run_id)\n"
        "threading.Thread.start, mlflow.MlflowClient.get_run = hit, slow\n",
    )
    said = job.image.run("train", **job.variables).stdout
    assert "trained" not in said
    assert job.status == "KILLED"
