"""What the plugin asks of MLflow, of a real server."""

import json
import uuid

import pytest
from mlflow import MlflowClient
from mlflow.entities import Dataset, DatasetInput, InputTag

from databricks_train.tracking.door import MissingError
from databricks_train.tracking.server import LARGEST_ARTIFACT, Tracking
from databricks_train.tracking.tracked import DataInput
from drone_plugin import SettingsError
from kit.mlflow_server import MlflowServer
from model_chain import tags

KEY = "f" * 64


@pytest.fixture
def tracking(mlflow_server: MlflowServer) -> Tracking:
    return Tracking(mlflow_server.url, mlflow_server.url)


@pytest.fixture
def experiment(tracking: Tracking) -> str:
    """A new experiment, so that searches find nothing of other tests."""
    return tracking.experiment(f"/Shared/{uuid.uuid4().hex}")


def attempt(tracking: Tracking, experiment: str, number: int) -> str:
    """A run for an attempt at the training `KEY`."""
    marks = {tags.IDENTITY: KEY, tags.ATTEMPT: str(number)}
    return tracking.start_run(experiment, f"attempt {number}", marks, marks)


def test_all_runs_of_a_training_are_found_newest_first(tracking: Tracking, experiment: str) -> None:
    first, second = attempt(tracking, experiment, 1), attempt(tracking, experiment, 2)
    tracking.start_run(experiment, "another", {tags.IDENTITY: "e" * 64}, {})
    tracking.end_run(first, "FAILED")
    found = tracking.find_runs(experiment, tags.IDENTITY, KEY)
    assert [(run.run_id, run.status, run.fact(tags.ATTEMPT)) for run in found] == [
        (second, "RUNNING", "2"),
        (first, "FAILED", "1"),
    ]
    assert tracking.find_run(experiment, tags.IDENTITY, KEY) == second


def test_a_search_is_not_led_astray_by_what_it_looks_for(tracking: Tracking, experiment: str) -> None:
    run = tracking.start_run(experiment, "", {tags.RUN_KEY: "it's %"}, {})
    tracking.start_run(experiment, "", {tags.RUN_KEY: "its"}, {})
    assert tracking.find_run(experiment, tags.RUN_KEY, "it's %") == run
    with pytest.raises(SettingsError, match="both kinds of quotes"):
        tracking.find_runs(experiment, tags.RUN_KEY, "'\"")


def test_the_empty_run_of_a_loser_is_gone(tracking: Tracking, experiment: str) -> None:
    run = attempt(tracking, experiment, 1)
    tracking.delete_run(run)
    assert tracking.find_runs(experiment, tags.IDENTITY, KEY) == ()


def test_a_fact_is_written_once_and_then_stays(tracking: Tracking, experiment: str) -> None:
    run = attempt(tracking, experiment, 1)
    tracking.log_facts(run, {tags.DATABRICKS_RUN_ID: "12"})
    tracking.log_facts(run, {tags.DATABRICKS_RUN_ID: "12"})
    with pytest.raises(SettingsError, match="12"):
        tracking.log_facts(run, {tags.DATABRICKS_RUN_ID: "13"})
    assert tracking.run(run).fact(tags.DATABRICKS_RUN_ID) == "12"


def test_a_tag_that_was_changed_contradicts_its_parameter(tracking: Tracking, experiment: str) -> None:
    run = attempt(tracking, experiment, 1)
    assert tracking.run(run).contradictions() == []
    tracking.tag_run(run, {tags.ATTEMPT: "7", "note": "anything"})
    changed = tracking.run(run)
    assert changed.contradictions() == [(tags.ATTEMPT, "1", "7")]
    assert changed.fact(tags.ATTEMPT) == "1"


def test_a_run_that_was_ended_keeps_its_end(tracking: Tracking, experiment: str) -> None:
    run = attempt(tracking, experiment, 1)
    assert tracking.run(run).open
    tracking.end_run(run, "FINISHED")
    tracking.end_run(run, "KILLED")
    assert tracking.run(run).status == "FINISHED"


def test_the_data_that_a_run_read_are_known_by_version(
    mlflow_server: MlflowServer, tracking: Tracking, experiment: str
) -> None:
    run = attempt(tracking, experiment, 1)
    delta = json.dumps({"delta_table_name": "main.sales.orders", "delta_table_version": 12})
    table = Dataset("orders", "d1", "delta_table", delta)
    file = Dataset("holidays", "d2", "local", json.dumps({"uri": "/data/holidays.csv"}))
    context = InputTag("mlflow.data.context", "training")
    MlflowClient(mlflow_server.url).log_inputs(run, [DatasetInput(table, [context]), DatasetInput(file, [])])
    inputs = {data.name: data for data in tracking.run(run).inputs}
    assert {name: data.version for name, data in inputs.items()} == {"orders": "12", "holidays": "d2"}
    assert (inputs["orders"].context, inputs["holidays"].context) == ("training", "")


@pytest.mark.parametrize("source", ["", "[]", "{", '{"version": null}', '{"version": {"a": 1}}', "null"])
def test_a_source_that_tells_no_version_leaves_the_digest(source: str) -> None:
    assert DataInput("data", "d1", source).version == "d1"


def test_a_small_file_of_a_run_comes_back_as_it_was(tracking: Tracking, experiment: str) -> None:
    run = attempt(tracking, experiment, 1)
    tracking.put_json(run, "drone-ml/request.json", {"b": 1, "a": ["ü"]})
    assert json.loads(tracking.read_artifact(run, "drone-ml/request.json")) == {"a": ["ü"], "b": 1}


def test_a_file_that_is_not_there_or_too_large_is_an_error(tracking: Tracking, experiment: str) -> None:
    run = attempt(tracking, experiment, 1)
    with pytest.raises(MissingError, match="artifact drone-ml"):
        tracking.read_artifact(run, "drone-ml/request.json")
    tracking.put_json(run, "large.json", {"a": "x" * LARGEST_ARTIFACT})
    with pytest.raises(SettingsError, match="too many"):
        tracking.read_artifact(run, "large.json")


def test_a_run_that_does_not_exist_is_missing(tracking: Tracking) -> None:
    with pytest.raises(MissingError, match="run 0123"):
        tracking.run("0123456789abcdef0123456789abcdef")


def test_a_deleted_experiment_is_named(mlflow_server: MlflowServer, tracking: Tracking) -> None:
    name = f"/Shared/{uuid.uuid4().hex}"
    MlflowClient(mlflow_server.url).delete_experiment(tracking.experiment(name))
    with pytest.raises(SettingsError, match="is deleted"):
        tracking.experiment(name)


def test_the_code_of_a_training_logs_into_the_run(
    mlflow_server: MlflowServer, tracking: Tracking, experiment: str
) -> None:
    run = attempt(tracking, experiment, 1)
    client = MlflowClient(mlflow_server.url)
    client.log_metric(run, "accuracy", 0.5, step=1)
    client.log_metric(run, "accuracy", 0.9, step=2)
    assert dict(tracking.run(run).metrics) == {"accuracy": 0.9}
