"""How tokens are asked for: what is posted where, for each way to log in."""

import json

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth import jwt

from databricks_train.workspace.grants import azure_login, google_grant, grant
from databricks_train.workspace.settings import AuthSettings
from drone_plugin import SettingsError

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
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    account = {
        "client_email": "robot@project.example",
        "private_key": pem.decode(),
        "private_key_id": "1",
        "token_uri": "https://evil.example/token",
    }
    asked = google_grant(json.dumps(account), "https://1.2.gcp.databricks.com", lambda: 1000.0)
    assert (asked.url, asked.answer) == ("https://oauth2.googleapis.com/token", "id_token")
    claims = jwt.decode(asked.form()["assertion"], verify=False)  # type: ignore[no-untyped-call] # theirs
    assert claims == {
        "iss": "robot@project.example",
        "aud": "https://oauth2.googleapis.com/token",
        "iat": 1000,
        "exp": 4600,
        "target_audience": "https://1.2.gcp.databricks.com",
    }


@pytest.mark.parametrize("text", ["", "{}", "[]", "not json", '{"client_email": "a", "private_key": "b"}'])
def test_google_credentials_that_are_none_are_refused_without_quoting_them(text: str) -> None:
    with pytest.raises(SettingsError) as error:
        google_grant(text, "https://1.2.gcp.databricks.com")
    assert error.value.message == (
        "settings.google_credentials: is not the JSON text of a service account's key"
    )
