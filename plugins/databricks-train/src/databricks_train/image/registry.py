"""The door to a registry: the digest that it has behind a name."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import requests

from drone_plugin import RefusedError, SettingsError, UnreachableError
from drone_plugin.credential import Credential
from drone_plugin.http import NoTlsError, Proxies, Retry, Waiting, check, reason, session
from drone_plugin.registries import MANIFEST_TYPES, Login, may_have_login, server_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from drone_plugin.certificates import Trust
    from drone_plugin.images import ImageName

DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")
RETRY: Final = Retry(budget=60.0)

_CHALLENGE = re.compile(r'(\w+)="([^"]*)"')
_CHECK_LOGIN = "check registry_username and registry_password"


@dataclass(frozen=True)
class Registry:
    """A registry that is asked with one login, or with none, and with nothing that the environment says."""

    trust: Trust
    login: Login | None = None
    insecure: bool = False
    """Plain HTTP, and straight to the registry: a proxy would see all of it, and could change it."""
    proxies: Proxies = field(default_factory=Proxies)
    waiting: Waiting = field(default_factory=Waiting)
    learn: Callable[[str], object] = str
    """Told every token before it is used: it is a secret for its time."""

    def digest(self, name: ImageName) -> str:
        """The digest under which the registry keeps the manifest (a HEAD of the distribution API).

        Raises SettingsError where there is none, RefusedError and UnreachableError as the registry answers.
        """
        scheme = "http" if self.insecure else "https"
        try:
            answer = self._ask(
                f"{scheme}://{server_of(name.registry)}/v2/{name.path}/manifests/{name.reference}"
            )
        except NoTlsError as error:
            hint = "for a registry without TLS set insecure_registry: true"
            raise UnreachableError(f"registry {name.registry}: {error.message}", hint=hint) from None
        except UnreachableError as error:
            raise UnreachableError(f"registry {name.registry}: {error.message}", hint=error.hint) from None
        except (requests.RequestException, ValueError) as error:  # it names an address that is none
            raise UnreachableError(f"registry {name.registry} cannot be asked: {reason(error)}") from None
        what = f"{name.repository}{'@' if name.digest else ':'}{name.reference}"
        check(answer, what, hint=_CHECK_LOGIN)
        if answer.status_code == requests.codes.not_found:
            raise SettingsError(
                f"registry {name.registry} has no {what}", hint="was it pushed, and not cleaned up?"
            )
        digest = answer.headers.get("Docker-Content-Digest", "")
        if not answer.ok or not DIGEST.fullmatch(digest):
            raise UnreachableError(
                f"registry {name.registry} answers {answer.status_code} for {what}, without a digest"
            )
        return digest

    def _ask(self, url: str) -> requests.Response:
        """HEAD without a login first, then with basic or bearer authentication, whichever is asked for."""
        answer = self._send("HEAD", url)
        if answer.status_code != requests.codes.unauthorized:
            return answer
        kind, _, parameters = answer.headers.get("WWW-Authenticate", "").partition(" ")
        if kind.lower() == "bearer":
            token = self._token(urlsplit(url).hostname or "", dict(_CHALLENGE.findall(parameters)))
            return self._send("HEAD", url, credential=Credential.bearer(url, token)) if token else answer
        if self.login is None:
            return answer
        credential = Credential.basic(url, self.login.username, self.login.password)
        return self._send("HEAD", url, credential=credential)

    def _token(self, registry: str, challenge: Mapping[str, str]) -> str:
        """A token from the realm that the registry names, or nothing."""
        realm, login = challenge.get("realm", ""), self.login
        if login and not may_have_login(realm, registry, login.auth_host):
            raise RefusedError(
                f"registry {registry} wants the login at {realm}, which is no TLS address of its own domain",
                hint=f"if that is right, write registry_auth_host: {urlsplit(realm).hostname or '…'}",
            )
        credential = Credential.basic(realm, login.username, login.password) if login else None
        asked = {name: challenge[name] for name in ("service", "scope") if name in challenge}
        answer = self._send("GET", realm, asked, credential)
        body = answer.json() if answer.ok else {}
        token = (body.get("token") or body.get("access_token")) if isinstance(body, dict) else ""
        text = token if isinstance(token, str) and token.isascii() and token.isprintable() else ""
        self.learn(text)
        return text

    def _send(
        self,
        method: str,
        url: str,
        query: Mapping[str, str] | None = None,
        credential: Credential | None = None,
    ) -> requests.Response:
        credentials = [credential] if credential else []
        proxies = None if self.insecure else self.proxies
        with session(
            self.trust, credentials=credentials, proxies=proxies, retry=RETRY, waiting=self.waiting
        ) as opened:
            return opened.request(method, url, params=query, headers={"Accept": MANIFEST_TYPES})
