"""Who asks a registry: its challenges answered with a login or with none, and the tokens that come of it."""

from __future__ import annotations

import json
import re
import threading
from base64 import b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode, urlsplit

from build_image.registry.http import NOT_NOW, Door, Request
from drone_plugin.errors import RefusedError, UnreachableError
from drone_plugin.registries import may_have_login

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from build_image.registry.http import Answer
    from drone_plugin.registries import Login

_PARAMETER: Final = re.compile(r'(\w+)=(?:"([^"]*)"|([^\s",]+))')
_TOKEN_SECONDS: Final = 60
"""How long a token holds whose answer does not say (distribution's token specification)."""
_MARGIN: Final = 5
_SHORTEST_SECRET: Final = 4


@dataclass(frozen=True)
class _Token:
    header: str
    until: float


class Authorization:
    """The headers for one registry; safe to use from several threads at once."""

    def __init__(
        self, door: Door, url: str, login: Login | None, learn: Callable[[str], object] = str
    ) -> None:
        """`learn` is told every token before it is used: it is a secret for its time.

        At a registry without TLS its own host may have the login without TLS, too, and no other.
        """
        self._door = door
        self._url = url
        self._login = login
        self._learn = learn
        self._lock = threading.Lock()
        self._basic = ""
        self._challenge: dict[str, str] = {}
        self._tokens: dict[str, _Token] = {}
        self._secrets = {login.password, _basic(login).partition(" ")[2]} if login else set()

    @property
    def has_login(self) -> bool:
        """Whether there is anything to be refused."""
        return self._login is not None

    def header(self, scope: str) -> str:
        """The value of Authorization for a request of this scope; empty before the first challenge.

        Raises RefusedError and UnreachableError as the server of tokens answers.
        """
        with self._lock:
            if self._basic:
                return self._basic
            token = self._tokens.get(scope)
            if token and self._now() < token.until:
                return token.header
            return self._fetch(scope) if self._challenge else ""

    def renew(self, refused: Answer, scope: str, used: str) -> bool:
        """After a 401 to a request that was sent with `used`: whether `header` now has something else."""
        with self._lock:
            held = self._tokens.get(scope)
            if held and held.header != used:
                return True  # another thread was here before
            self._tokens.pop(scope, None)
            challenges = _challenges(refused)
            if "bearer" in challenges:
                self._challenge = challenges["bearer"]
                return bool(self._fetch(scope))
            if "basic" in challenges and self._login and not self._basic:
                self._basic = _basic(self._login)
                return True
            return False

    def clean(self, text: str) -> str:
        """A text of the server's without what it may have heard from us."""
        for secret in self._secrets:
            if len(secret) >= _SHORTEST_SECRET:
                text = text.replace(secret, "***")
        return text

    def _fetch(self, scope: str) -> str:
        """A new token's header; empty where the server gives none to somebody without a login."""
        realm = self._challenge.get("realm", "")
        header = {"Authorization": _basic(self._login)} if self._login and self._trusted(realm) else {}
        query = {
            "service": self._challenge.get("service", ""),
            "scope": scope or self._challenge.get("scope"),
        }
        asked = urlencode({name: value for name, value in query.items() if value})
        answer = self._door.send(Request("GET", f"{realm}{'&' if '?' in realm else '?'}{asked}", header))
        name = self._door.name(self._url)
        if answer.status in {401, 403} and self._login:
            raise RefusedError(
                f"{name} refuses the login of {self._login.username} ({answer.status})",
                hint="check username and password",
            )
        if answer.status in NOT_NOW:
            raise UnreachableError(f"{name} gives no token now: {answer.status}{answer.tried}")
        token, seconds = _token(answer)
        if not token:
            return ""
        self._learn(token)
        self._secrets.add(token)
        self._tokens[scope] = _Token(f"Bearer {token}", self._now() + max(seconds - _MARGIN, 1))
        return self._tokens[scope].header

    def _trusted(self, realm: str) -> bool:
        """Raises RefusedError where the password would go to a server that the registry alone vouches for."""
        login, own = self._login, urlsplit(self._url)
        if login is None or may_have_login(realm, own.hostname or "", login.auth_host):
            return True
        place = urlsplit(realm)
        if own.scheme == place.scheme == "http" and own.hostname == place.hostname:
            return True
        raise RefusedError(
            f"{self._door.name(self._url)} wants the login at {realm}, "
            "which is no TLS address of its own domain",
            hint=f"if that is right, write {place.hostname or '…'} as the login's auth_host",
        )

    def _now(self) -> float:
        return self._door.waiting.clock.monotonic()


def _basic(login: Login) -> str:
    return f"Basic {b64encode(f'{login.username}:{login.password}'.encode()).decode()}"


def _challenges(answer: Answer) -> Mapping[str, dict[str, str]]:
    """The parameters by scheme, in lower case."""
    found: dict[str, dict[str, str]] = {}
    for text in answer.headers.get_all("WWW-Authenticate", []):
        scheme, _, rest = str(text).partition(" ")
        found[scheme.lower()] = {match[1]: match[2] or match[3] or "" for match in _PARAMETER.finditer(rest)}
    return found


def _token(answer: Answer) -> tuple[str, float]:
    """The token and its seconds; empty for an answer that has none."""
    try:
        body: object = json.loads(answer.body)
    except ValueError:
        body = None
    if answer.status != 200 or not isinstance(body, dict):  # noqa: PLR2004 - HTTP's own number
        return "", 0
    token = body.get("token") or body.get("access_token")
    seconds = body.get("expires_in")
    if not (isinstance(token, str) and token.isascii() and token.isprintable()):
        return "", 0
    return token, seconds if isinstance(seconds, int | float) else _TOKEN_SECONDS
