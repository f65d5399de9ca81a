"""Who we are to a workspace: an access token, or one that is asked for and asked for again.

The SDK has this too, but asks for tokens without a time limit, at an address that the server names, and for
Google twice per request. Here a secret goes to two places at most: the host of the settings, or the login
host of its cloud.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import urlsplit

from drone_plugin import RefusedError, SettingsError, UnreachableError
from drone_plugin.http import Proxies, Retry, Session, Waiting, session

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from databricks_train.auth_settings import AuthSettings
    from drone_plugin import Clock
    from drone_plugin.certificates import Trust

DATABRICKS_IN_AZURE: Final = "2ff814a6-3304-4ab8-85cb-cd0e6f879c1d"
"""The application that stands for Databricks in every tenant of Entra ID."""

AZURE_LOGINS: Final = {
    ".azuredatabricks.net": "https://login.microsoftonline.com",
    ".databricks.azure.us": "https://login.microsoftonline.us",
    ".databricks.azure.cn": "https://login.chinacloudapi.cn",
}
GOOGLE_LOGIN: Final = "https://oauth2.googleapis.com/token"

MARGIN: Final = 60.0
"""Seconds before its end at which a token is renewed: Azure's Databricks refuses one that ends in 30 s."""
LIFE: Final = 3600.0
"""Seconds that a token lives when the server does not say."""


class Login(Protocol):
    """What signs requests."""

    @property
    def hint(self) -> str:
        """Which settings to check when it is refused."""
        ...

    def headers(self) -> Mapping[str, str]:
        """The headers of a request, with a token that is good now."""
        ...

    def renew(self) -> bool:
        """Forget the token, which was refused; False when there is no way to another."""
        ...


@dataclass(frozen=True)
class AccessToken:
    """A personal access token: it cannot be renewed."""

    token: str = field(repr=False)
    hint: str = "check token, and what its user may do"

    def headers(self) -> Mapping[str, str]:
        """The token."""
        return {"Authorization": f"Bearer {self.token}"}

    def renew(self) -> bool:
        """Never."""
        return False


@dataclass(frozen=True)
class Grant:
    """How to ask for a token: a form that is posted to one address."""

    url: str
    form: Callable[[], Mapping[str, str]] = field(repr=False)
    basic: tuple[str, str] | None = field(default=None, repr=False)
    answer: str = "access_token"
    hint: str = "check client_id and client_secret, and what the service principal may do"


class GrantedToken:
    """A token that is asked for when it is needed, and again shortly before its end."""

    def __init__(self, grant: Grant, tokens: Session, clock: Clock, learn: Callable[[str], object]) -> None:
        """`learn` gets every token, so that it is masked in the log."""
        self.hint = grant.hint
        self._grant, self._tokens, self._clock, self._learn = grant, tokens, clock, learn
        self._token, self._good_until = "", 0.0

    def headers(self) -> Mapping[str, str]:
        """The token. Raises RefusedError and UnreachableError."""
        if not self._token or self._clock.monotonic() >= self._good_until:
            self._ask()
        return {"Authorization": f"Bearer {self._token}"}

    def renew(self) -> bool:
        """Always possible."""
        self._token = ""
        return True

    def _ask(self) -> None:
        grant = self._grant
        asked_at = self._clock.monotonic()
        answer = self._tokens.post(
            # A redirect would take the secret along.
            grant.url,
            data=dict(grant.form()),
            auth=grant.basic,
            allow_redirects=False,
        )
        try:
            told = answer.json()
        except ValueError:
            told = None
        if not isinstance(told, dict):
            raise UnreachableError(
                f"{grant.url} is no place where tokens are given out ({answer.status_code})",
                hint="is settings.host the workspace's address?",
            )
        token = told.get(grant.answer)
        if not answer.ok or not isinstance(token, str) or not token:
            raise self._refusal(answer.status_code, told)
        self._learn(token)
        life = told.get("expires_in")
        seconds = float(life) if isinstance(life, int | float | str) and str(life).isdigit() else LIFE
        self._token, self._good_until = token, asked_at + max(seconds - MARGIN, seconds / 2)

    def _refusal(self, status: int, told: Mapping[str, object]) -> RefusedError | UnreachableError:
        said = told.get("error_description") or told.get("message") or told.get("error") or "no reason given"
        if status == 429 or status >= 500:  # noqa: PLR2004 - HTTP's "not now"
            return UnreachableError(f"{self._grant.url} gives out no token now: {said} ({status})")
        first = str(said).splitlines()[0]
        return RefusedError(
            f"{self._grant.url} gives out no token: {first} ({status})", hint=self._grant.hint
        )


def token_session(trust: Trust, proxies: Proxies, waiting: Waiting) -> Session:
    """The session for requests for tokens: asking twice does no harm, and a dead host is told in 15 s."""
    retry = Retry(budget=15, attempts=3, every_method=True)
    return session(trust, proxies=proxies, retry=retry, waiting=waiting)


def login(settings: AuthSettings, tokens: Session, clock: Clock, learn: Callable[[str], object]) -> Login:
    """The login that the settings ask for. `tokens` is for the requests for tokens alone."""
    if settings.auth_type == "pat":
        return AccessToken(settings.token.get_secret_value())
    return GrantedToken(grant(settings), tokens, clock, learn)


def grant(settings: AuthSettings) -> Grant:
    """How to ask for a token. Raises SettingsError for Google credentials that are none."""
    client, secret = settings.client_id, settings.client_secret.get_secret_value()
    if settings.auth_type == "google-credentials":
        return google_grant(settings.google_credentials.get_secret_value(), settings.host)
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


def google_grant(credentials: str, host: str, now: Callable[[], float] = time.time) -> Grant:
    """How a Google service account gets a token for `host`, by the JSON text of its key."""
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
            "target_audience": host,
        }
        signed = jwt.encode(signer, claims)  # type: ignore[no-untyped-call] # theirs
        return {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": signed.decode()}

    hint = "check google_credentials, and that the workspace knows the service account"
    return Grant(GOOGLE_LOGIN, form, answer="id_token", hint=hint)
