"""A `requests` session for plugins: a budget of time, retries, proxies, authorities, careful credentials.

Needs the extra `drone-plugin[http]`.
"""

from __future__ import annotations

import time
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING

import requests

from drone_plugin.clock import spell_duration
from drone_plugin.credential import Credential, origin
from drone_plugin.errors import RefusedError, UnreachableError
from drone_plugin.proxies import Proxies
from drone_plugin.retrying import NoTlsError, Retrying, Timed, reason
from drone_plugin.waiting import RETRIED, Retry, Waiting, asked_pause

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from drone_plugin.certificates import Trust

__all__ = [
    "Credential",
    "NoTlsError",
    "Proxies",
    "Retry",
    "Session",
    "Waiting",
    "check",
    "reason",
    "session",
]

_REFUSED = frozenset({401, 403})
_SERVER_ERROR = 500


class Session(requests.Session):
    """A session whose calls end within their budget, with an answer or UnreachableError."""

    def __init__(self, retry: Retry, waiting: Waiting) -> None:
        """Made by `session`."""
        super().__init__()
        self._retry = retry
        self._waiting = waiting
        self.trust_env = False
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    def prepare_request(self, request: requests.Request) -> Timed:
        """As the base class; the time of the call starts to count."""
        deadline = self._waiting.clock.monotonic() + self._retry.budget
        return Timed(super().prepare_request(request), deadline)


def session(
    trust: Trust,
    *,
    credentials: Sequence[Credential] = (),
    proxies: Proxies | None = None,
    retry: Retry | None = None,
    waiting: Waiting | None = None,
) -> Session:
    """A session that asks the environment nothing: no proxy, no `.netrc`, no authority comes from there.

    Each credential goes to its own server alone, and no further on a redirect; a server that gets one without
    TLS is asked directly, because a proxy would read it. Connections that fail and
    answers 429, 502, 503 and 504 are tried again as `retry` says, after what Retry-After asks for; what is
    still one of those at the end is returned, for `check`. An answer is read whole unless `stream` is set;
    then its body has no budget. The session keeps no cookies.

    Its calls raise UnreachableError where there is no answer, with the host and what to do.
    """
    retry, waiting = retry or Retry(), waiting or Waiting()
    made = Session(retry, waiting)
    made.verify = str(trust.bundle)
    for scheme in ("http://", "https://"):
        made.mount(scheme, Retrying(retry, waiting, proxies or Proxies(), credentials))
    return made


def check(
    answer: requests.Response, what: str, *, hint: str = "", now: Callable[[], float] = time.time
) -> requests.Response:
    """The answer, unless it means that the server refuses or cannot.

    `what` was asked for, in the user's words; `hint` says what to do about a refusal. Raises RefusedError for
    401 and 403, UnreachableError for 429 and 5xx. Other answers, 404 among them, are the caller's to read.
    """
    host, code = origin(answer.url), answer.status_code
    if code in _REFUSED:
        raise RefusedError(
            f"{host} refuses {what} ({code})", hint=hint or "check the credentials, and what they may do"
        )
    if code in RETRIED or code >= _SERVER_ERROR:
        pause = asked_pause(answer.headers.get("Retry-After", ""), now())
        wait = f"it asks to wait {spell_duration(pause)}" if pause else "try again later"
        raise UnreachableError(f"{host} cannot answer for {what} now ({code})", hint=wait)
    return answer
