"""How tokens are asked for: what is posted where, for each way to log in."""

import pytest
from google.auth import jwt

from databricks_train.workspace.grants import Exchange, azure_login, google_grant, grant
from databricks_train.workspace.settings import AuthSettings
from drone_plugin import SettingsError

from .google_key import google_key

AZURE = {"auth_type": "azure-client-secret", "client_id": "c", "client_secret": "s", "azure_tenant_id": "t-1"}


def settings(host: str = "https://acme.cloud.databricks.com", **given: str) -> AuthSettings:
    """Settings of a login."""
    environment = {"PLUGIN_HOST": host, **{f"PLUGIN_{name.upper()}": value for name, value in given.items()}}
    return AuthSettings.load(environment)


def test_a_service_principal_of_databricks_logs_in_at_the_host_of_the_settings() -> None:
    asked = grant(settings(auth_type="oauth-m2m", client_id="c", client_secret="s"))
    assert asked.url == "https://acme.cloud.databricks.com/oidc/v1/token"
    assert asked.basic == ("c", "s")
    assert asked.form() == {"grant_type": "client_credentials", "scope": "all-apis"}


@pytest.mark.parametrize(
    ("host", "place"),
    [
        ("https://adb-1.2.azuredatabricks.net", "https://login.microsoftonline.com"),
        ("https://adb-1.2.databricks.azure.us", "https://login.microsoftonline.us"),
        ("https://adb-1.2.databricks.azure.cn", "https://login.chinacloudapi.cn"),
    ],
)
def test_a_service_principal_of_entra_logs_in_where_its_cloud_does(host: str, place: str) -> None:
    asked = grant(settings(host, **AZURE))
    assert asked.url == f"{place}/t-1/oauth2/token"
    assert asked.form()["resource"] == "2ff814a6-3304-4ab8-85cb-cd0e6f879c1d"


@pytest.mark.parametrize(
    "host", ["https://acme.cloud.databricks.com", "https://adb-1.azuredatabricks.net.evil.example"]
)
def test_the_secret_for_entra_is_for_workspaces_of_azure_alone(host: str) -> None:
    with pytest.raises(SettingsError, match="no workspace of Azure"):
        azure_login(host)


def test_a_google_service_account_proves_who_it_is_to_google_alone() -> None:
    asked = google_grant(google_key(), "https://1.2.gcp.databricks.com", now=lambda: 1000.0)
    assert (asked.url, asked.answer) == ("https://oauth2.googleapis.com/token", "id_token")
    claims = jwt.decode(asked.form()["assertion"], verify=False)  # type: ignore[no-untyped-call] # theirs
    assert claims == {
        "iss": "robot@project.example",
        "aud": "https://oauth2.googleapis.com/token",
        "iat": 1000,
        "exp": 4600,
        "target_audience": "https://1.2.gcp.databricks.com",
    }
    assert asked.exchange is None


def test_one_that_acts_as_another_gets_a_token_for_google_and_exchanges_it_there() -> None:
    trainer = "trainer@project.iam.gserviceaccount.com"
    asked = google_grant(google_key(), "https://1.2.gcp.databricks.com", trainer, lambda: 1000.0)
    assert (asked.url, asked.answer) == ("https://oauth2.googleapis.com/token", "access_token")
    claims = jwt.decode(asked.form()["assertion"], verify=False)  # type: ignore[no-untyped-call] # theirs
    assert claims["scope"] == "https://www.googleapis.com/auth/cloud-platform"
    assert "target_audience" not in claims
    assert asked.exchange == Exchange(
        f"https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/{trainer}:generateIdToken",
        {"audience": "https://1.2.gcp.databricks.com", "includeEmail": True},
        f"give robot@project.example the role roles/iam.serviceAccountOpenIdTokenCreator on {trainer}",
    )


@pytest.mark.parametrize("text", ["", "{}", "[]", "not json", '{"client_email": "a", "private_key": "b"}'])
def test_google_credentials_that_are_none_are_refused_without_quoting_them(text: str) -> None:
    with pytest.raises(SettingsError) as error:
        google_grant(text, "https://1.2.gcp.databricks.com")
    assert error.value.message == (
        "settings.google_credentials: is not the JSON text of a service account's key"
    )
