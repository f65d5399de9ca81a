"""The example's image on a real engine, and a training in it that is recorded by a real MLflow server."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from mlflow import MlflowClient
from mlflow.entities import Run

import databricks_train
from drone_plugin.testing.build import push
from kit.address import gateway, host_name
from kit.drone.checkout import Repository
from kit.drone.run import run_pipeline
from kit.engine import Engine
from kit.example import (
    EXAMPLE,
    ensure_checks_image,
    ensure_example_base,
    example_repository,
)
from kit.mlflow_server import MlflowServer

pytestmark = pytest.mark.container

IMAGE = "drone-ml-example:test"
BOOTSTRAP = Path(databricks_train.__file__).with_name("bootstrap.py")
SECONDS = 120


@pytest.fixture(scope="module")
def image(engine: Engine, base_image: str) -> Iterator[str]:
    """The example's image, built from its folder by the classic builder without any network."""
    client = engine.client()
    base = ensure_example_base(engine, base_image)
    client.images.build(
        path=str(EXAMPLE), tag=IMAGE, buildargs={"BASE": base}, network_mode="none", rm=True, forcerm=True
    )
    yield IMAGE
    client.images.remove(IMAGE, force=True)


@pytest.fixture(scope="module")
def trained(engine: Engine, image: str, mlflow_server: MlflowServer) -> tuple[Run, str]:
    """A run that was made before its training, after the bootstrap has run the training; and what that said."""
    mlflow = MlflowClient(mlflow_server.url)
    run_id = mlflow.create_run(mlflow.create_experiment("digits")).info.run_id
    environment = {"MLFLOW_TRACKING_URI": mlflow_server.url, "MLFLOW_RUN_ID": run_id, "CI": "true"}
    client = engine.client()
    container = client.containers.create(
        image,
        # As Databricks starts it: the image's Python, and neither its entry point nor its command.
        entrypoint=["/bin/sh", "-c", 'exec "$PYSPARK_PYTHON" -u "$@"', "driver"],
        command=["/tmp/bootstrap.py", "train-digits", "--model", "digits-of-a-test"],
        environment=environment,
        extra_hosts={host_name(): gateway(client, "bridge")},
        volumes=[f"{BOOTSTRAP}:/tmp/bootstrap.py:ro"],
    )
    try:
        container.start()
        code = container.wait(timeout=SECONDS)["StatusCode"]
        log = container.logs().decode()
    finally:
        container.remove(force=True)
    assert code == 0, log
    return mlflow.get_run(run_id), log


def test_the_code_records_in_the_run_that_it_was_given(trained: tuple[Run, str]) -> None:
    run, log = trained
    assert run.info.status == "FINISHED"
    assert run.data.params == {"c": "10.0", "max_iter": "200", "seed": "1", "model": "digits-of-a-test"}
    assert run.data.metrics["accuracy"] > 0.95
    assert f"accuracy {run.data.metrics['accuracy']:.4f}" in log


def test_the_data_are_linked_by_digest_and_address(trained: tuple[Run, str]) -> None:
    used = trained[0].inputs.dataset_inputs if trained[0].inputs else []
    assert {tag.value for data in used for tag in data.tags} == {"training", "testing"}
    assert all(data.dataset.digest and data.dataset.source_type == "http" for data in used)


def test_the_model_is_registered_with_signature_and_example(
    trained: tuple[Run, str], mlflow_server: MlflowServer
) -> None:
    run = trained[0]
    client = MlflowClient(mlflow_server.url)
    (version,) = client.search_model_versions(f"run_id = '{run.info.run_id}'")
    assert (version.name, version.version) == ("digits-of-a-test", "1")
    (model,) = run.outputs.model_outputs if run.outputs else []
    files = {file.path for file in client.list_logged_model_artifacts(model.model_id)}
    assert {"MLmodel", "input_example.json", "model.skops"} <= files


def test_what_it_printed_is_kept_with_the_run(
    trained: tuple[Run, str], mlflow_server: MlflowServer, tmp_path: Path
) -> None:
    run, log = trained
    kept = MlflowClient(mlflow_server.url).download_artifacts(
        run.info.run_id, "logs/output.log", str(tmp_path)
    )
    assert log.splitlines()[-1] in Path(kept).read_text(encoding="utf-8")


def test_a_base_with_the_packages_leaves_pip_nothing_to_do(engine: Engine, image: str) -> None:
    client = engine.client()
    layers = client.images.get(image).history()
    (installed,) = [layer for layer in layers if "--require-hashes" in layer["CreatedBy"]]
    assert installed["Size"] < 100_000


def test_images_that_are_there_are_not_made_again(
    engine: Engine, base_image: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ensure_checks_image(engine, base_image)
    capsys.readouterr()
    ensure_checks_image(engine, base_image)
    assert capsys.readouterr().out == ""


@pytest.mark.usefixtures("images")
def test_a_commit_that_does_not_ask_is_checked_and_nothing_more(
    engine: Engine, base_image: str, tmp_path: Path
) -> None:
    pipeline = (EXAMPLE / ".drone.yml").read_text(encoding="utf-8")
    repository = example_repository(tmp_path / "digits", pipeline)
    result = run_pipeline(
        pipeline,
        push(repository.plain.sha, repository.plain.message),
        engine=engine,
        workspace_source=Repository(repository.path),
        images={"python:3.11-slim": ensure_checks_image(engine, base_image)},
    )
    logs = {step.name: step.log for step in result.steps}
    assert result.passed, result.describe()
    assert "8 passed" in logs["checks"]
    for name in ("build-image", "train"):
        assert 'nothing to do: commit "Read handwritten digits" has no [train]' in logs[name]
        assert logs[name].count("\n") == 1
