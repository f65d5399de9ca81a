"""Whether a training could be recorded: what a dry run says of the experiment and of the registered model."""

import json
import uuid

import pytest

from databricks_train.life.rights_checks import check_experiment, check_model
from databricks_train.tracking.server import Tracking
from databricks_train.tracking.settings import TrackingSettings
from databricks_train.workspace.api import Workspace
from databricks_train.workspace.rights import Rights
from drone_plugin import RefusedError, SettingsError
from kit.databricks.client import TOKEN
from kit.databricks.server import Workspace as StandIn
from kit.databricks.unity import Unity
from kit.mlflow_server import MlflowServer
from kit.scripted_server import Answer, serving

ME = "trainer@example.com"
MODEL = "main.ml.digits"
OTHERS = {"catalogs/main": "admins", "schemas/main.ml": "admins"}
USE = {"catalog/main": {"account users": ["USE_CATALOG"]}, "schema/main.ml": {ME: ["USE_SCHEMA"]}}
NOBODY = Tracking("http://127.0.0.1:9", "http://127.0.0.1:9")


def settings(**given: str) -> TrackingSettings:
    """Settings as a step reads them."""
    return TrackingSettings.load({f"PLUGIN_{name.upper()}": value for name, value in given.items()})


def of_model(unity: Unity, **given: str) -> str:
    """What is said of the model in a workspace with these models and rights."""
    with StandIn(unity=unity) as served:
        rights = Rights(Workspace(served.url, TOKEN).door)
        return check_model(settings(**{"registered_model_name": MODEL, **given}), NOBODY, rights)


def refused(unity: Unity, **given: str) -> RefusedError:
    """The refusal to be expected."""
    with pytest.raises(RefusedError) as error:
        of_model(unity, **given)
    return error.value


def test_a_model_that_does_not_exist_is_made_where_that_is_granted() -> None:
    grants = {**USE, "schema/main.ml": {"somebody": ["MANAGE"], ME: ["USE_SCHEMA", "CREATE_MODEL"]}}
    assert of_model(Unity(OTHERS, grants)) == "does not exist; the training makes it in main.ml"


def test_a_grant_of_all_and_one_of_a_group_are_grants() -> None:
    grants = {"catalog/main": {"science": ["USE_CATALOG"]}, "schema/main.ml": {"science": ["ALL_PRIVILEGES"]}}
    assert of_model(Unity(OTHERS, grants, groups=["science"])).startswith("does not exist")
    assert "USE_CATALOG on catalog main" in refused(Unity(OTHERS, grants)).message


def test_what_is_not_granted_is_told_as_the_statements_that_grant_it() -> None:
    error = refused(Unity(OTHERS, USE))
    assert error.message == f"Unity Catalog shows no CREATE_MODEL on schema main.ml for {ME}"
    assert error.hint == f"GRANT CREATE MODEL ON SCHEMA main.ml TO `{ME}`;"
    assert len(refused(Unity(OTHERS)).hint.splitlines()) == 3


@pytest.mark.parametrize("owner", [ME, "science"])
def test_a_model_of_the_login_or_of_its_group_may_be_changed(owner: str) -> None:
    unity = Unity({**OTHERS, f"models/{MODEL}": owner}, USE, groups=["science"])
    assert of_model(unity) == "exists, and the login may change it"


def test_a_model_of_somebody_else_has_to_be_granted() -> None:
    owners = {**OTHERS, f"models/{MODEL}": "somebody"}
    error = refused(Unity(owners, USE))
    assert error.hint == f"GRANT MANAGE ON MODEL {MODEL} TO `{ME}`;"
    managed = {**USE, f"function/{MODEL}": {ME: ["MANAGE"]}}
    assert of_model(Unity(owners, managed)) == "exists, and the login may change it"


def test_a_catalog_that_is_not_there_is_told() -> None:
    with pytest.raises(SettingsError, match="catalog main: Catalog 'main' does not exist"):
        of_model(Unity())


def test_in_a_workspaces_own_registry_the_level_of_the_login_counts() -> None:
    own = {"registered_model_name": "digits", "mlflow_registry_uri": "databricks"}
    assert of_model(Unity(levels={"digits": "CAN_EDIT"}), **own) == "exists, and the login has CAN_EDIT"
    assert of_model(Unity(), **own) == "does not exist; the training makes it"
    error = refused(Unity(levels={"digits": "CAN_READ"}), **own)
    assert error.message == "the login has CAN_READ on it, and needs CAN_EDIT"


def test_a_server_of_ones_own_tells_whether_there_is_the_model(mlflow_server: MlflowServer) -> None:
    tracking = Tracking(mlflow_server.url, mlflow_server.url)
    name = f"model-{uuid.uuid4().hex}"
    given = settings(mlflow_tracking_uri=mlflow_server.url, registered_model_name=name)
    nowhere = Rights(Workspace("http://127.0.0.1:9", TOKEN).door)
    assert check_model(given, tracking, nowhere) == "does not exist; the training makes it"
    tracking.client.create_registered_model(name)
    assert check_model(given, tracking, nowhere).startswith("exists; ")


def of_experiment(tracking: Tracking, rights: Rights, **given: str) -> str:
    """What is said of the experiment."""
    return check_experiment(settings(**given), tracking, rights)


def test_an_experiment_that_can_be_written_to_is_left_as_it_was(
    mlflow_server: MlflowServer, workspace: StandIn
) -> None:
    tracking = Tracking(mlflow_server.url, mlflow_server.url)
    rights = Rights(Workspace(workspace.url, TOKEN).door)
    name = f"/Shared/{uuid.uuid4().hex}"
    given = {"experiment": name, "mlflow_tracking_uri": mlflow_server.url}
    assert of_experiment(tracking, rights, **given) == "does not exist; the training makes it"
    assert not tracking.find_experiment(name), "a dry run makes none"
    made = tracking.experiment(name)
    assert of_experiment(tracking, rights, **given) == f"exists (id {made}), and runs can be made in it"
    assert not tracking.client.search_runs([made])
    assert not workspace.requests


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("/Shared/digits", "does not exist; the training makes it in /Shared"),
        ("/digits", "does not exist; the training makes it in /"),
        ("/Shared/no/digits", "the folder /Shared/no that it would be made in does not either"),
        ("digits", "settings.experiment: digits is no path of the workspace"),
    ],
)
def test_on_databricks_an_experiment_needs_its_folder(workspace: StandIn, name: str, said: str) -> None:
    missing = {"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "no such experiment"}
    with serving(Answer(404, body=json.dumps(missing).encode())) as server:
        rights = Rights(Workspace(workspace.url, TOKEN).door)
        try:
            told = of_experiment(Tracking(server.url, server.url), rights, experiment=name)
        except SettingsError as error:
            told = error.message
    assert said in told


def test_an_experiment_that_may_only_be_read_is_refused_with_what_to_give(workspace: StandIn) -> None:
    found = {"experiment": {"experiment_id": "7", "name": "/Shared/digits", "lifecycle_stage": "active"}}
    denied = {"error_code": "PERMISSION_DENIED", "message": "no Edit on experiment 7"}
    with serving(
        Answer(body=json.dumps(found).encode()), Answer(403, body=json.dumps(denied).encode())
    ) as server:
        rights = Rights(Workspace(workspace.url, TOKEN).door)
        with pytest.raises(RefusedError, match="no Edit on experiment 7") as error:
            of_experiment(Tracking(server.url, server.url), rights, experiment="/Shared/digits")
    assert error.value.hint.startswith("give the login of this step the permission to edit it")


def test_a_model_of_unity_catalog_has_three_parts() -> None:
    for name in ("digits", "ml.digits", "a.b.c.d", "a. .c"):
        assert any("three parts" in text for text in settings(registered_model_name=name).problems())
    assert not list(settings(registered_model_name=MODEL, experiment="/a").problems())
