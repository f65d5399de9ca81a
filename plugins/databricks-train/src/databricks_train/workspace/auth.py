"""Who we are to a workspace: an access token, or one that is asked for and asked for again.

The SDK has this too, but asks for tokens without a time limit, at an address that the server names, and for
Google twice per request. Here a secret goes to the host of the settings, or to the login hosts of its cloud.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from databricks_train.workspace.grants import LIFE, Grant, grant
from drone_plugin import RefusedError, UnreachableError
from drone_plugin.http import Proxies, Retry, Session, Waiting, session

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import requests

    from databricks_train.workspace.settings import AuthSettings
    from drone_plugin import Clock
    from drone_plugin.certificates import Trust

MARGIN: Final = 60.0
"""Seconds before its end at which a token is renewed: Azure's Databricks refuses one that ends in 30 s."""


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
        grant, exchange = self._grant, self._grant.exchange
        asked_at = self._clock.monotonic()
        form, basic = dict(grant.form()), grant.basic
        # A redirect would take the secret along.
        answer = self._tokens.post(grant.url, data=form, auth=basic, allow_redirects=False)
        token, seconds = self._read(answer, grant.url, grant.answer, grant.hint)
        if exchange:
            answer = self._tokens.post(
                exchange.url,
                json=dict(exchange.body),
                headers={"Authorization": f"Bearer {token}"},
                allow_redirects=False,
            )
            token, seconds = self._read(answer, exchange.url, "token", exchange.hint)
        self._token, self._good_until = token, asked_at + max(seconds - MARGIN, seconds / 2)

    def _read(self, answer: requests.Response, url: str, name: str, hint: str) -> tuple[str, float]:
        """The token in an answer, masked from now on, and the seconds that it lives."""
        try:
            told = answer.json()
        except ValueError:
            told = None
        if not isinstance(told, dict):
            raise UnreachableError(
                f"{url} is no place where tokens are given out ({answer.status_code})",
                hint="is settings.host the workspace's address?",
            )
        token = told.get(name)
        if not answer.ok or not isinstance(token, str) or not token:
            raise _refusal(answer.status_code, told, url, hint)
        self._learn(token)
        life = told.get("expires_in")
        return token, float(life) if isinstance(life, int | float | str) and str(life).isdigit() else LIFE


def _refusal(status: int, told: Mapping[str, object], url: str, hint: str) -> RefusedError | UnreachableError:
    """Why there is no token, in the words of OAuth, of Databricks, or of Google's API."""
    error = told.get("error")
    inner = error.get("message") if isinstance(error, dict) else error
    said = told.get("error_description") or told.get("message") or inner or "no reason given"
    if status == 429 or status >= 500:  # noqa: PLR2004 - HTTP's "not now"
        return UnreachableError(f"{url} gives out no token now: {said} ({status})")
    return RefusedError(f"{url} gives out no token: {str(said).splitlines()[0]} ({status})", hint=hint)


def token_session(trust: Trust, proxies: Proxies, waiting: Waiting) -> Session:
    """The session for requests for tokens: asking twice does no harm, and a dead host is told in 15 s."""
    retry = Retry(budget=15, attempts=3, every_method=True)
    return session(trust, proxies=proxies, retry=retry, waiting=waiting)


def login(settings: AuthSettings, tokens: Session, clock: Clock, learn: Callable[[str], object]) -> Login:
    """The login that the settings ask for. `tokens` is for the requests for tokens alone."""
    if settings.auth_type == "pat":
        return AccessToken(settings.token.get_secret_value())
    return GrantedToken(grant(settings), tokens, clock, learn)
