"""How a token is asked for: what is posted where, by the way to log in."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from drone_plugin import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from databricks_train.workspace.settings import AuthSettings

DATABRICKS_IN_AZURE: Final = "2ff814a6-3304-4ab8-85cb-cd0e6f879c1d"
"""The application that stands for Databricks in every tenant of Entra ID."""

AZURE_LOGINS: Final = {
    ".azuredatabricks.net": "https://login.microsoftonline.com",
    ".databricks.azure.us": "https://login.microsoftonline.us",
    ".databricks.azure.cn": "https://login.chinacloudapi.cn",
}
GOOGLE_LOGIN: Final = "https://oauth2.googleapis.com/token"
GOOGLE_ACCOUNTS: Final = "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts"
GOOGLE_SCOPE: Final = "https://www.googleapis.com/auth/cloud-platform"
"""What a token is for that is exchanged for one of another service account."""

LIFE: Final = 3600.0
"""Seconds that a token lives when the server does not say."""


@dataclass(frozen=True)
class Exchange:
    """A second step: JSON that is posted, with the token of the first one, for the token of somebody else."""

    url: str
    body: Mapping[str, str | bool]
    hint: str


@dataclass(frozen=True)
class Grant:
    """How to ask for a token: a form that is posted to one address."""

    url: str
    form: Callable[[], Mapping[str, str]] = field(repr=False)
    basic: tuple[str, str] | None = field(default=None, repr=False)
    answer: str = "access_token"
    hint: str = "check client_id and client_secret, and what the service principal may do"
    exchange: Exchange | None = None


def grant(settings: AuthSettings) -> Grant:
    """How to ask for a token. Raises SettingsError for Google credentials that are none."""
    client, secret = settings.client_id, settings.client_secret.get_secret_value()
    if settings.auth_type in {"google-credentials", "google-id"}:
        key = settings.google_credentials.get_secret_value()
        return google_grant(key, settings.host, settings.google_service_account)
    if settings.auth_type == "azure-client-secret":
        form = {
            "grant_type": "client_credentials",
            "client_id": client,
            "client_secret": secret,
            "resource": DATABRICKS_IN_AZURE,
        }
        return Grant(f"{azure_login(settings.host)}/{settings.azure_tenant_id}/oauth2/token", lambda: form)
    scope = {"grant_type": "client_credentials", "scope": "all-apis"}
    return Grant(f"{settings.host}/oidc/v1/token", lambda: scope, (client, secret))


def azure_login(host: str) -> str:
    """The login host of the cloud that a workspace is in. Raises SettingsError for one outside of Azure."""
    name = urlsplit(host).hostname or ""
    found = next((login for zone, login in AZURE_LOGINS.items() if name.endswith(zone)), "")
    if not found:
        raise SettingsError(
            f"settings.host: {host} is no workspace of Azure, where auth_type: azure-client-secret logs in",
            hint="a Databricks service principal logs in by auth_type: oauth-m2m, on Azure too",
        )
    return found


def google_grant(
    credentials: str, host: str, acts_as: str = "", now: Callable[[], float] = time.time
) -> Grant:
    """How a Google service account gets a token for `host`, by the JSON text of its key.

    With `acts_as`, the token is that other account's, as the first one is allowed to create them.
    """
    from google.auth import crypt, jwt  # noqa: PLC0415 - only who logs in so needs it

    try:
        account = json.loads(credentials)
        email = account["client_email"]
        signer = crypt.RSASigner.from_service_account_info(account)  # type: ignore[no-untyped-call] # theirs
    except (ValueError, KeyError, TypeError):
        raise SettingsError(
            "settings.google_credentials: is not the JSON text of a service account's key",
            hint="put the whole file that Google gave into the secret",
        ) from None

    def form() -> Mapping[str, str]:
        issued = int(now())
        claims = {
            "iss": email,
            "aud": GOOGLE_LOGIN,
            "iat": issued,
            "exp": issued + int(LIFE),
            **({"scope": GOOGLE_SCOPE} if acts_as else {"target_audience": host}),
        }
        signed = jwt.encode(signer, claims)  # type: ignore[no-untyped-call] # theirs
        return {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": signed.decode()}

    if not acts_as:
        hint = "check google_credentials, and that the workspace knows the service account"
        return Grant(GOOGLE_LOGIN, form, answer="id_token", hint=hint)
    return Grant(
        GOOGLE_LOGIN,
        form,
        hint="check google_credentials, and that the workspace knows google_service_account",
        exchange=Exchange(
            f"{GOOGLE_ACCOUNTS}/{acts_as}:generateIdToken",
            {"audience": host, "includeEmail": True},
            f"give {email} the role roles/iam.serviceAccountOpenIdTokenCreator on {acts_as}",
        ),
    )
