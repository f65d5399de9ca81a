"""One request to a workspace: one attempt through the SDK's client, its end in one kind of error.

Much of what the client does by itself is left out, because it harms: it repeats a request for five minutes,
but not after 502 or 504; it reads the environment and `~/.databrickscfg`; it looks up what the host says of
itself before the first call; it follows redirects with the credential.
"""

from __future__ import annotations

import logging
import math
import os
import sys
import time
from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin

import requests

from databricks_train import __version__
from databricks_train.workspace.errors import ApiFailureError
from databricks_train.workspace.sdk_client import ApiClient, Config, CredentialsStrategy
from databricks_train.workspace.sdk_client import Clock as SdkClock
from drone_plugin.http import reason
from drone_plugin.waiting import asked_pause

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pydantic import JsonValue

    from databricks_train.job.body import Body
    from databricks_train.workspace.auth import Login

LONGEST_MESSAGE: Final = 2000
"""Characters of what Databricks says that are printed."""


_NO_WORDS: Final = frozenset({401, 403})
"""What a gateway of Databricks may answer without a body; other such answers are somebody else's."""


class Client:
    """Speaks to one host with one login."""

    def __init__(self, host: str, login: Login, now: Callable[[], float] = time.time) -> None:
        """Contacts nobody. `now` is the time since 1970, for a server that says "not before" a date."""
        # The SDK's own debug log prints registry passwords and environment variables.
        logging.getLogger("databricks.sdk").setLevel(logging.ERROR)
        self.host = host
        self._login = login
        self._now = now
        self._by_seconds: dict[float, ApiClient] = {}

    def ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str | int | bool] | None = None,
        body: Body | None = None,
        seconds: float = 30.0,
    ) -> dict[str, JsonValue]:
        """The answer to one attempt, in which the server may be silent for `seconds`.

        Raises ApiFailureError; RefusedError and UnreachableError when there is no token to be had.
        """
        headers = self._login.headers()

        def sign(request: requests.PreparedRequest) -> requests.PreparedRequest:
            request.headers.update(headers)
            request.register_hook("response", self._examine)  # type: ignore[no-untyped-call] # their stubs
            return request

        # Whole seconds: there is a client, with its connections, for each length.
        limit = math.ceil(seconds) if seconds > 1 else seconds
        client = self._by_seconds.get(limit) or self._by_seconds.setdefault(limit, _client(limit))
        try:
            answer = client.do(
                method, url=f"{self.host}{path}", query=dict(query or {}), body=body, auth=sign
            )
        except (requests.RequestException, OSError, ValueError) as error:
            raise _no_answer(error) from None
        return answer if isinstance(answer, dict) else {}

    def _examine(self, answer: requests.Response, *_: object, **__: object) -> None:
        """Raise for all but a JSON object with a good status. Called before a redirect is followed."""
        if answer.is_redirect or answer.is_permanent_redirect:
            raise ApiFailureError(
                "redirect", urljoin(answer.url, answer.headers.get("Location", "")), answer.status_code
            )
        pause = asked_pause(answer.headers.get("Retry-After", ""), self._now())
        try:
            empty = answer.ok or answer.status_code in _NO_WORDS
            told = answer.json() if answer.content or not empty else {}
        except ValueError:
            told = None
        if not isinstance(told, dict):
            raise ApiFailureError("not-api", "", answer.status_code, pause=pause)
        if not answer.ok:
            code, message = _words(told, answer)
            raise ApiFailureError("answer", message, answer.status_code, code, pause)


class _Once(SdkClock):
    """Time by which the SDK does not repeat a request: to wait means to hand out the error at hand."""

    def time(self) -> float:
        return time.time()

    def sleep(self, seconds: float) -> None:
        raise sys.exception() or TimeoutError(f"no answer, and {seconds} s to wait")


class _Signed(CredentialsStrategy):
    """Requests are signed one by one, when they are made."""

    def auth_type(self) -> str:
        return "drone"

    def __call__(self, cfg: Config) -> Callable[[], dict[str, str]]:  # noqa: ARG002 - the base class
        return dict


def _client(seconds: float) -> ApiClient:
    config = Config(
        # What is given here is not looked for in the environment, and no file is read that is not there. A
        # host would be asked at once what it says of itself.
        host="",
        auth_type="drone",
        config_file=os.path.join(os.devnull, "none"),  # noqa: PTH118 - a path that cannot exist
        credentials_strategy=_Signed(),
        product="drone-databricks-train",
        product_version=__version__,
        http_timeout_seconds=seconds,
        debug_headers=False,
        clock=_Once(),
    )
    return ApiClient(config.with_user_agent_extra("cicd", "drone"))


def _no_answer(error: Exception) -> ApiFailureError:
    if isinstance(error, requests.exceptions.SSLError):
        return ApiFailureError("tls", reason(error))
    if isinstance(error, requests.exceptions.ProxyError):
        return ApiFailureError("proxy", reason(error))
    if isinstance(error, requests.Timeout):
        return ApiFailureError("silent", "no answer in time")
    return ApiFailureError("silent", reason(error))


def _words(told: Mapping[str, JsonValue], answer: requests.Response) -> tuple[str, str]:
    """Code and message, in the shapes of the API, of SCIM and of OAuth."""
    code = told.get("error_code") or told.get("error") or ""
    names = ("message", "detail", "error_description", "error")
    message = (
        next((str(told[name]) for name in names if told.get(name)), "") or answer.reason or "no reason given"
    )
    return str(code), message.strip()[:LONGEST_MESSAGE]
