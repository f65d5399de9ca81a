"""Which settings a login needs, and what is said of those that it has not or does not know."""

import pytest

from databricks_train.workspace.settings import AuthSettings
from drone_plugin import SettingsError

HOST = {"PLUGIN_HOST": "https://acme.cloud.databricks.com/"}
AZURE = {"auth_type": "azure-client-secret", "client_id": "c", "client_secret": "s", "azure_tenant_id": "t"}
GOOGLE = {"auth_type": "google-credentials", "google_credentials": "{}"}
GOOGLE_ID = {
    **GOOGLE,
    "auth_type": "google-id",
    "google_service_account": "trainer@project.iam.gserviceaccount.com",
}
M2M = {"auth_type": "oauth-m2m", "client_id": "c", "client_secret": "s"}


def problems(**settings: str) -> list[str]:
    """What is wrong with these settings, beside a good host."""
    environment = {**HOST, **{f"PLUGIN_{name.upper()}": value for name, value in settings.items()}}
    try:
        AuthSettings.load(environment).require()
    except SettingsError as error:
        return error.message.splitlines()
    return []


@pytest.mark.parametrize(
    "settings", [{"token": "dapi-1"}, {"auth_type": "pat", "token": "d"}, M2M, AZURE, GOOGLE, GOOGLE_ID]
)
def test_each_login_works_with_its_own_settings(settings: dict[str, str]) -> None:
    assert problems(**settings) == []


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, ["settings.token: is required with auth_type: pat"]),
        ({"token": ""}, ["settings.token: set, but empty"]),
        ({"auth_type": "oauth-m2m", "client_id": "c"}, ["settings.client_secret: is required"]),
        (
            {**M2M, "auth_type": "azure-client-secret"},
            ["settings.azure_tenant_id: is required with auth_type: azure-client-secret"],
        ),
        (
            {"client_id": "c", "client_secret": "s"},
            [
                "settings.token: is required with auth_type: pat",
                "settings.client_id: means nothing with auth_type: pat; it is for oauth-m2m or azure-client",
                "settings.client_secret: means nothing",
            ],
        ),
        (
            {**GOOGLE, "token": "dapi-1"},
            ["settings.token: means nothing with auth_type: google-credentials; it is for pat"],
        ),
        (
            {**GOOGLE, "auth_type": "google-id"},
            ["settings.google_service_account: is required with auth_type: google-id"],
        ),
        (
            {**GOOGLE_ID, "auth_type": "google-credentials"},
            ["settings.google_service_account: means nothing with auth_type: google-credentials; it is for"],
        ),
        ({**GOOGLE_ID, "google_service_account": "me/../../x"}, ["settings.google_service_account"]),
        ({"auth_type": "kerberos", "token": "dapi-1"}, ["settings.auth_type"]),
        ({**AZURE, "azure_tenant_id": "../x"}, ["settings.azure_tenant_id"]),
    ],
)
def test_what_is_missing_or_means_nothing_is_told_at_once(settings: dict[str, str], words: list[str]) -> None:
    told = problems(**settings)
    assert len(told) == len(words), told
    for line, beginning in zip(told, words, strict=True):
        assert line.startswith(beginning)


@pytest.mark.parametrize(
    "host", ["https://u:p@acme.example", "https://a.example/?x", "ftp://a.example", "acme"]
)
def test_an_address_that_is_more_or_less_than_a_host_is_refused(host: str) -> None:
    assert [line[:13] for line in problems(host=host, token="dapi-1")] == ["settings.host"]
