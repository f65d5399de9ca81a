"""What can go wrong between us and a workspace, and how it is told."""

from __future__ import annotations

import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, Literal

from drone_plugin import JobFailedError, RefusedError, SettingsError, UnreachableError

if TYPE_CHECKING:
    from drone_plugin import PluginError

Sort = Literal["answer", "not-api", "redirect", "tls", "proxy", "silent"]

_PASSING: Final = frozenset({408, 429, 500, 502, 503, 504})
_LOST_TOKEN: Final = re.compile(
    r"invalid (access )?token|token.{0,40}expired|expired.{0,40}token", re.IGNORECASE
)
_NO_SUCH_RUN: Final = re.compile(r"\bruns?\b.*(does not|doesn't) exist", re.IGNORECASE)
_DELETED_TOKEN: Final = re.compile(r"idempotency.*(delete|not exist)|delete.*idempotency", re.IGNORECASE)
_PRIVATE_LINK: Final = "private-link-validation-error"


class OutageError(UnreachableError):
    """Databricks cannot answer now, and may say how long it wants to be left alone."""

    def __init__(self, message: str, *, hint: str = "", pause: float = 0.0) -> None:
        """`pause` is what Retry-After asks for, in seconds."""
        super().__init__(message, hint=hint)
        self.pause = pause


class GoneError(JobFailedError):
    """The run is not there any more: somebody deleted it, or its 60 days are over."""


class AbsentError(SettingsError):
    """What was asked for is not there, or is not shown to this login."""


@dataclass(eq=False)
class ApiFailureError(Exception):
    """One attempt at a request that did not end in an answer of the API, or in a refusal."""

    sort: Sort
    message: str
    status: int = 0
    code: str = ""
    pause: float = 0.0
    """Seconds that Retry-After asks for."""

    @property
    def passing(self) -> bool:
        """Whether the same request may succeed a little later."""
        return self.sort in {"silent", "not-api"} or (self.sort == "answer" and self.status in _PASSING)

    @property
    def lost_login(self) -> bool:
        """Whether the token is the reason, rather than what its user may do."""
        expired = self.status == HTTPStatus.FORBIDDEN and _LOST_TOKEN.search(self.message)
        return self.sort == "answer" and (self.status == HTTPStatus.UNAUTHORIZED or bool(expired))


def pause_of(error: UnreachableError) -> float:
    """Seconds that Databricks asks to be left alone for."""
    return error.pause if isinstance(error, OutageError) else 0.0


def in_words(failure: ApiFailureError, host: str, what: str, login_hint: str) -> PluginError:
    """The failure as an error of the suite: `login_hint` names the settings to check."""
    said = failure.message
    match failure.sort:
        case "tls" | "proxy" | "silent":
            return OutageError(f"{host} cannot be asked for {what}: {said}", hint=_HINTS[failure.sort])
        case "redirect":
            return _redirected(host, said)
        case "not-api":
            return OutageError(
                f"{host} cannot be asked for {what}: the answer ({failure.status}) is not its API's",
                hint="is settings.host the workspace's address?",
                pause=failure.pause,
            )
        case "answer":
            return _answered(failure, host, what, login_hint)


_HINTS: Final = {
    "tls": "if a private authority issued its certificate, name that in ca_certificates",
    "proxy": "check https_proxy, http_proxy and no_proxy of the runner",
    "silent": "is settings.host the workspace's address, and do steps of this runner reach it?",
}


def _answered(failure: ApiFailureError, host: str, what: str, login_hint: str) -> PluginError:
    said, text = failure.message, f"{failure.code} {failure.message}"
    if failure.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return RefusedError(f"{host} refuses {what}: {said}", hint=login_hint)
    if failure.passing or failure.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return OutageError(
            f"{host} cannot be asked for {what}: {said} ({failure.status})", pause=failure.pause
        )
    if _DELETED_TOKEN.search(said) or _NO_SUCH_RUN.search(said):
        return GoneError(
            f"{host}: {what} is gone: {said}",
            hint="a run is gone when somebody deleted it, and 60 days after its end",
        )
    if "ENDPOINT_NOT_FOUND" in text:
        return SettingsError(
            f"{host} has no such API: {said}", hint="is settings.host the workspace's address?"
        )
    absent = failure.status == HTTPStatus.NOT_FOUND
    return (AbsentError if absent else SettingsError)(f"{host} does not accept {what}: {said}")


def _redirected(host: str, target: str) -> PluginError:
    if _PRIVATE_LINK in target:
        return RefusedError(
            f"{host} can only be used through its private link, and this network has none",
            hint="let the runner's network reach the workspace's private endpoint",
        )
    place = re.match(r"https?://[^/?#]+", target)
    if place and place[0] != host:
        return UnreachableError(
            f"{host} sends us on to {place[0]}, where no credential goes", hint=f"write host: {place[0]}"
        )
    return UnreachableError(
        f"{host} sends us on to {target or 'nowhere'}", hint="is settings.host the workspace's address?"
    )
