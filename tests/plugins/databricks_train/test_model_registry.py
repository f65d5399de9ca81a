"""Versions and aliases, in the registry of a real server; and what is different in Unity Catalog."""

import json
import uuid

import pytest
from mlflow import MlflowClient

from databricks_train.tracking.door import MissingError
from databricks_train.tracking.server import Tracking
from drone_plugin import SettingsError
from kit.mlflow_server import MlflowServer
from kit.scripted_server import Answer, serving
from model_chain import ModelVersion, tags


@pytest.fixture
def tracking(mlflow_server: MlflowServer) -> Tracking:
    return Tracking(mlflow_server.url, mlflow_server.url)


@pytest.fixture
def client(mlflow_server: MlflowServer) -> MlflowClient:
    return MlflowClient(mlflow_server.url)


@pytest.fixture
def name(client: MlflowClient) -> str:
    """A registered model without versions."""
    made = f"model-{uuid.uuid4().hex}"
    client.create_registered_model(made)
    return made


def trained(tracking: Tracking, client: MlflowClient, name: str, versions: int = 1) -> str:
    """A run that registered versions of the model."""
    run = tracking.start_run(tracking.experiment("/Shared/registry"), "", {}, {})
    for _ in range(versions):
        client.create_model_version(name, f"runs:/{run}/model", run, await_creation_for=0)
    return run


def versions_of(tracking: Tracking, run_id: str) -> tuple[ModelVersion, ...]:
    return tracking.registry.versions_of(tracking.run(run_id))


def test_the_versions_of_a_run_are_found(tracking: Tracking, client: MlflowClient, name: str) -> None:
    trained(tracking, client, name)
    run = trained(tracking, client, name, versions=2)
    assert versions_of(tracking, run) == (
        ModelVersion(name=name, version="2"),
        ModelVersion(name=name, version="3"),
    )


def test_a_run_that_registered_nothing_has_no_versions(tracking: Tracking) -> None:
    run = tracking.start_run(tracking.experiment("/Shared/registry"), "", {}, {})
    assert versions_of(tracking, run) == ()


def test_a_version_carries_the_whole_chain(tracking: Tracking, client: MlflowClient, name: str) -> None:
    run = trained(tracking, client, name)
    (model,) = versions_of(tracking, run)
    tracking.registry.tag(model, {tags.COMMIT: "c0ffee", tags.GIT_COMMIT: "c0ffee"})
    version = tracking.registry.version(name, "1")
    assert version.run_id == run
    assert version.tags == {tags.COMMIT: "c0ffee", tags.GIT_COMMIT: "c0ffee"}
    assert version.tag(tags.COMMIT) == "c0ffee"


def test_an_alias_points_to_the_last_version_that_got_it(
    tracking: Tracking, client: MlflowClient, name: str
) -> None:
    trained(tracking, client, name, versions=2)
    registry = tracking.registry
    for version in ("1", "2"):
        registry.set_alias(ModelVersion(name=name, version=version), "challenger")
    found = registry.by_alias(name, "challenger")
    assert found is not None
    assert (found.model.version, found.aliases) == ("2", ("challenger",))
    assert registry.aliases(name) == {"challenger": "2"}


def test_an_alias_that_is_not_set_is_no_error(tracking: Tracking, name: str) -> None:
    assert tracking.registry.by_alias(name, "champion") is None


def test_a_model_or_version_that_does_not_exist_is_missing(tracking: Tracking, name: str) -> None:
    with pytest.raises(SettingsError, match="no-such-model"):
        tracking.registry.by_alias("no-such-model", "champion")
    with pytest.raises(MissingError, match="version 9"):
        tracking.registry.version(name, "9")


def catalog_answer(value: object) -> Answer:
    return Answer(headers={"Content-Type": "application/json"}, body=json.dumps(value).encode())


@pytest.fixture
def databricks_login(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setenv("MLFLOW_ENABLE_DB_SDK", "false")
    monkeypatch.setenv("DATABRICKS_TOKEN", "dapi-old")
    return monkeypatch


def test_in_unity_catalog_a_run_says_itself_what_it_registered(
    databricks_login: pytest.MonkeyPatch,
) -> None:
    named = [{"name": "main.ml.digits", "version": "3"}, {"name": "main.ml.digits", "version": 4}]
    said = {"key": tags.MODELS, "value": json.dumps([*named, "nonsense", {}])}
    run = {"run": {"info": {"run_id": "r1"}, "data": {"tags": [said]}}}
    own, other = (
        {"model_version": {"name": "main.ml.digits", "version": version, "run_id": run_id}}
        for version, run_id in (("3", "r1"), ("4", "r2"))
    )
    with serving(*map(catalog_answer, (run, own, other))) as server:
        databricks_login.setenv("DATABRICKS_HOST", server.url)
        found = versions_of(Tracking("databricks", "databricks-uc"), "r1")
    assert found == (ModelVersion(name="main.ml.digits", version="3"),)
    assert [path.partition("?")[0] for _, path in server.requests][1:] == [
        "/api/2.0/mlflow/unity-catalog/model-versions/get"
    ] * 2


def test_in_unity_catalog_names_of_tags_are_such_as_it_takes(databricks_login: pytest.MonkeyPatch) -> None:
    version = {"name": "main.ml.digits", "version": "3", "tags": [{"key": "drone_ml_step", "value": "train"}]}
    with serving(catalog_answer({"model_version": version}), catalog_answer({})) as server:
        databricks_login.setenv("DATABRICKS_HOST", server.url)
        chain = {tags.COMMIT: "c0ffee", tags.STEP: "train", tags.GIT_COMMIT: "c0ffee"}
        registry = Tracking("databricks", "databricks-uc").registry
        registry.tag(ModelVersion(name="main.ml.digits", version="3"), chain)
    assert [path.partition("?")[0].rpartition("unity-catalog/")[2] for _, path in server.requests] == [
        "model-versions/get",
        "model-versions/set-tag",
    ]


def test_a_token_that_was_renewed_is_used_from_then_on(databricks_login: pytest.MonkeyPatch) -> None:
    tokens = iter(["dapi-1", "dapi-2"])
    with serving(catalog_answer({"model_version": {"name": "a.b.c", "version": "1"}})) as server:
        databricks_login.setenv("DATABRICKS_HOST", server.url)
        tracking = Tracking("databricks", "databricks-uc", databricks_token=lambda: next(tokens))
        for _ in range(2):
            tracking.registry.version("a.b.c", "1")
    assert [sent["authorization"] for sent in server.headers] == ["Bearer dapi-1", "Bearer dapi-2"]
