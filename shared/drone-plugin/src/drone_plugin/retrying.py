"""The part of a session that makes the requests, and makes them again, within a budget of time."""

from __future__ import annotations

import io
import itertools
import re
from typing import TYPE_CHECKING, Final

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

from drone_plugin.clock import spell_duration
from drone_plugin.credential import origin
from drone_plugin.errors import UnreachableError
from drone_plugin.waiting import RETRIED, Retry, Waiting

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from drone_plugin.credential import Credential
    from drone_plugin.proxies import Proxies

CONNECT_SECONDS: Final = 10.0
READ_SECONDS: Final = 30.0
"""How long a server may be silent, when the caller does not say."""
LARGEST_BODY: Final = 64 * 2**20
"""Bytes of an answer that are read into memory."""

_PIECE: Final = 2**16
_NO_TLS: Final = "does not speak TLS with us"
_SYSTEM: Final = re.compile(r"\[(?:Errno -?\d+|SSL: \w+)\] ([^'\"()\n]+)")

Timeout = float | tuple[float | None, float | None] | None


class Timed(requests.PreparedRequest):
    """A request that knows until when it may be made; those that follow its redirects know it, too."""

    def __init__(self, request: requests.PreparedRequest, deadline: float) -> None:
        """`deadline` is a reading of the session's clock."""
        super().__init__()
        self.__dict__.update(request.__dict__)
        self.deadline = deadline

    def copy(self) -> Timed:
        """As the base class."""
        return Timed(super().copy(), self.deadline)


class OutOfBudgetError(Exception):
    """The time of a request was up while its answer was read."""


class NoTlsError(UnreachableError):
    """What answers there does not speak TLS."""


Failure = requests.RequestException | HTTPError | OutOfBudgetError
Outcome = requests.Response | Failure


class Retrying(HTTPAdapter):
    """Sends a request with its credentials through its proxy until it is answered or its time is up."""

    def __init__(
        self, retry: Retry, waiting: Waiting, proxies: Proxies, credentials: Sequence[Credential]
    ) -> None:
        """`credentials` go to their own servers alone, and without TLS past every proxy."""
        super().__init__()
        self._retry = retry
        self._waiting = waiting
        self._proxies = proxies
        self._credentials = credentials

    def send(  # noqa: PLR0917 - the base class
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # noqa: FBT001, FBT002 - the base class
        timeout: Timeout = None,
        verify: bool | str = True,  # noqa: FBT001, FBT002 - the base class
        cert: str | bytes | tuple[str | bytes, str | bytes] | None = None,
        proxies: Mapping[str, str] | None = None,  # noqa: ARG002 - ours are chosen by host
    ) -> requests.Response:
        """The answer, whole unless it is streamed. Raises UnreachableError when there is none."""
        url, clock = request.url or "", self._waiting.clock
        begun = clock.monotonic()
        deadline = request.deadline if isinstance(request, Timed) else begun + self._retry.budget
        for credential in self._credentials:
            credential.settle(url, request.headers)
        proxy = "" if self._bares_credential(url) else self._proxies.for_url(url)
        chosen = {"http": proxy, "https": proxy} if proxy else {}
        for attempt in itertools.count(1):
            limits = _limits(timeout, deadline - clock.monotonic())
            outcome: Outcome
            try:
                outcome = super().send(request, stream, limits, verify, cert, chosen)
                if not stream:
                    self._read(outcome, deadline)
            except (requests.RequestException, HTTPError, OutOfBudgetError) as error:
                outcome = error
            pause = self._pause(request, attempt, outcome, deadline)
            if pause is None:
                break
            if isinstance(outcome, requests.Response):
                outcome.close()
            clock.sleep(pause)
        if isinstance(outcome, requests.Response):
            return outcome
        raise _unreachable(url, outcome, attempt, clock.monotonic() - begun) from None

    def _bares_credential(self, url: str) -> bool:
        """Whether a proxy would read a credential: without TLS, and the environment chooses the proxy."""
        at = origin(url)
        return at.startswith("http://") and any(origin(one.url) == at for one in self._credentials)

    def _pause(
        self, request: requests.PreparedRequest, attempt: int, outcome: Outcome, deadline: float
    ) -> float | None:
        """Seconds until the next attempt, or None when there is none to be made."""
        asked = ""
        if isinstance(outcome, requests.Response):
            if outcome.status_code not in RETRIED:
                return None
            asked = outcome.headers.get("Retry-After", "")
        # A bad address or certificate stays bad.
        final = isinstance(outcome, ValueError | requests.exceptions.SSLError)
        same_again = request.body is None or isinstance(request.body, str | bytes)
        if final or not same_again or not self._retry.allows(request.method or "", attempt):
            return None
        pause = self._waiting.pause(self._retry, attempt, asked)
        return pause if self._waiting.clock.monotonic() + pause < deadline else None

    def _read(self, answer: requests.Response, deadline: float) -> None:
        """Read the body here, where it can be asked for again: one that drips, breaks off or does not end."""
        body = io.BytesIO()
        while data := answer.raw.read1(_PIECE, decode_content=True):
            body.write(data)
            if body.tell() > LARGEST_BODY:
                answer.close()
                raise UnreachableError(f"{origin(answer.url)} answers with more than {LARGEST_BODY} bytes")
            if self._waiting.clock.monotonic() >= deadline:
                answer.close()
                raise OutOfBudgetError
        answer.raw.release_conn()
        body.seek(0)
        answer.raw = body


def _limits(timeout: Timeout, left: float) -> tuple[float, float]:
    """Seconds to connect and to be silent: the caller's or the usual ones, and never more than are left."""
    connect, read = timeout if isinstance(timeout, tuple) else (timeout, timeout)
    left = max(left, 0.001)
    return min(connect or CONNECT_SECONDS, left), min(read or READ_SECONDS, left)


def reason(error: BaseException) -> str:
    """What the system said (`Connection refused`), else the first line of the error's own text."""
    text = str(error).strip() or type(error).__name__
    said = _SYSTEM.findall(text)
    return str(said[-1]).strip() if said else text.splitlines()[0]


def _unreachable(url: str, failure: Failure, attempts: int, seconds: float) -> UnreachableError:
    tried = f" ({attempts} attempts in {spell_duration(seconds)})" if attempts > 1 else ""
    what, hint = _words(failure)
    kind = NoTlsError if what.startswith(_NO_TLS) else UnreachableError
    return kind(f"{origin(url)} {what}{tried}", hint=hint)


def _words(failure: Failure) -> tuple[str, str]:
    """What happened, and what to do."""
    if isinstance(failure, requests.exceptions.SSLError):
        said = reason(failure)
        if "CERTIFICATE_VERIFY_FAILED" in str(failure):
            return (
                f"has a certificate that is not trusted here: {said}",
                "if a private authority issued it, name that in ca_certificates",
            )
        return f"{_NO_TLS}: {said}", "is this the right port, and https the right scheme?"
    if isinstance(failure, requests.exceptions.ProxyError):
        return (
            f"cannot be reached through the proxy: {reason(failure)}",
            "check https_proxy, http_proxy and no_proxy of the runner",
        )
    if isinstance(failure, requests.Timeout | OutOfBudgetError) or "Read timed out" in str(failure):
        return "does not answer in time", "is it up, and do steps of this runner reach it?"
    return f"does not answer: {reason(failure)}", "check the address, and that steps of this runner reach it"
