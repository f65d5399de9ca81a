"""The settings for MLflow: no credential goes to another server than its own."""

import pytest

from databricks_train.tracking.settings import TrackingSettings
from drone_plugin import SettingsError

HOST, TOKEN = "https://acme.cloud.databricks.com", "dapi-secret"


def load(**settings: str) -> TrackingSettings:
    return TrackingSettings.load({f"PLUGIN_{name.upper()}": value for name, value in settings.items()})


def test_on_databricks_the_workspace_is_logged_in_to() -> None:
    settings = load()
    assert settings.mlflow_login(HOST, TOKEN) == {"DATABRICKS_HOST": HOST, "DATABRICKS_TOKEN": TOKEN}
    assert settings.registry_uri == "databricks-uc"
    assert settings.run_address(HOST, "7", "r1") == f"{HOST}/ml/experiments/7/runs/r1"


def test_the_older_registry_of_a_workspace_can_be_chosen() -> None:
    assert load(mlflow_registry_uri="databricks").registry_uri == "databricks"


def test_a_server_of_ones_own_gets_its_own_login_and_never_that_of_databricks() -> None:
    settings = load(mlflow_tracking_uri="https://mlflow.example.com/", mlflow_token="mlflow-secret")
    assert settings.mlflow_login(HOST, TOKEN) == {"MLFLOW_TRACKING_TOKEN": "mlflow-secret"}
    assert settings.registry_uri == "https://mlflow.example.com"
    assert settings.run_address(HOST, "7", "r1") == "https://mlflow.example.com/#/experiments/7/runs/r1"


@pytest.mark.parametrize(
    "settings",
    [
        {"mlflow_token": "mlflow-secret"},
        {"mlflow_password": "mlflow-secret", "mlflow_token": "mlflow-secret"},
        {"mlflow_token": "mlflow-secret", "mlflow_tracking_uri": "databricks"},
    ],
)
def test_a_login_without_its_server_is_an_error_once_there_is_work(settings: dict[str, str]) -> None:
    loaded = load(experiment="/Shared/x", **settings)
    with pytest.raises(SettingsError, match="needs mlflow_tracking_uri to be set, too"):
        loaded.require()


@pytest.mark.parametrize(
    "uri", ["mlflow.example.com", "databricks-uc", "file:///tmp", "https://u:p@x", "http://"]
)
def test_what_is_no_tracking_server_is_refused(uri: str) -> None:
    with pytest.raises(SettingsError, match=r"settings\.mlflow_tracking_uri"):
        load(mlflow_tracking_uri=uri)


def test_the_former_names_of_the_login_still_work() -> None:
    settings = load(
        mlflow_tracking_uri="https://mlflow.example.com", tracking_username="u", tracking_password="p"
    )
    assert (settings.mlflow_username, settings.mlflow_password.get_secret_value()) == ("u", "p")
    assert any("tracking_username" in warning for warning in settings.warnings)
