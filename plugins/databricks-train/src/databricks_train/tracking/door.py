"""How MLflow is asked: errors in the suite's words, and little patience with a server that is not there."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, TypeVar

import requests
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from drone_plugin import (
    PluginError,
    RefusedError,
    SettingsError,
    SystemClock,
    UnreachableError,
    isolate,
    spell_duration,
)
from drone_plugin.http import reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from drone_plugin import Clock

T = TypeVar("T")

CLIENT_ENVIRONMENT: Final = {
    # MLflow's own defaults wait more than four minutes for a server that is not there.
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "8",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
    # A server that asks for an hour would get it.
    "MLFLOW_HTTP_RESPECT_RETRY_AFTER_HEADER": "false",
    # By the SDK, each request makes two clients, which ask the host about itself for up to five minutes.
    "MLFLOW_ENABLE_DB_SDK": "false",
    "MLFLOW_DISABLE_DATABRICKS_SDK_FOR_RUN_ARTIFACTS": "true",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
}
"""What MLflow's client reads from the environment alone, beside its login."""

PAUSE: Final = 60.0
"""Seconds for which a server that did not answer is asked nothing more that can be done without."""

LONGEST_PAUSE: Final = 600.0
"""The pause doubles up to this while the server stays silent: each question may cost half a minute."""

_REFUSED: Final = frozenset({401, 403})
_TOO_MANY: Final = 429
_SERVER_ERROR: Final = 500
_MISSING: Final = 404


class MissingError(SettingsError):
    """MLflow has no such object."""


class MlflowDoor:
    """A connection to an MLflow server that is asked in two ways: `asking` may fail, `attempt` never does."""

    def __init__(
        self,
        uri: str,
        registry_uri: str,
        *,
        clock: Clock | None = None,
        warn: Callable[[str], None] = lambda _text: None,
        databricks_token: Callable[[], str] | None = None,
    ) -> None:
        """Contacts nobody yet.

        `databricks_token` is asked before each request to Databricks, as a token may expire before a run
        ends; MLflow's client takes it from the environment alone.
        """
        logging.getLogger("mlflow").setLevel(logging.CRITICAL)
        self.uri, self.registry_uri = uri, registry_uri
        self.client = MlflowClient(uri, registry_uri)
        self._clock = clock or SystemClock()
        self._warn = warn
        self._databricks_token = databricks_token
        self._closed_until: float | None = None
        self._pause = PAUSE

    @contextmanager
    def asking(self, what: str) -> Iterator[MlflowClient]:
        """The client, for requests about `what`.

        Raises UnreachableError, RefusedError, MissingError, or SettingsError for what MLflow does not take.
        """
        if self._databricks_token is not None:
            isolate({"DATABRICKS_TOKEN": self._databricks_token()}, prefixes=())
        try:
            yield self.client
        except (MlflowException, requests.RequestException, ImportError) as error:
            failure = self._in_our_words(what, error)
            if isinstance(failure, UnreachableError):
                self._closed_until = self._clock.monotonic() + self._pause
            else:
                self.reopen()
            raise failure from None
        self.reopen()

    def attempt(self, what: str, call: Callable[[], T], otherwise: T) -> T:
        """The result of `call`, or `otherwise` with a warning that `what` was not done.

        After a request without an answer, the next ones are left out for `PAUSE` seconds, which is said once.
        """
        if self._closed_until is not None and self._clock.monotonic() < self._closed_until:
            return otherwise
        try:
            return call()
        except PluginError as error:
            pause = ""
            if self._closed_until is not None:
                pause = f"; MLflow is not asked again for {spell_duration(self._pause)}"
                self._pause = min(2 * self._pause, LONGEST_PAUSE)
            self._warn(f"{what}: {error.message}{pause}")
            return otherwise

    def reopen(self) -> None:
        """Forget that nobody answered: what is asked next is worth a wait, as at the end of a run."""
        self._closed_until, self._pause = None, PAUSE

    def _in_our_words(self, what: str, error: Exception) -> PluginError:
        message = f"MLflow at {self.uri}: {what}: {reason(error)}"
        if isinstance(error, ImportError):
            return SettingsError(
                f"{message}: this image has no client for where the server keeps its artifacts",
                hint="let the MLflow server hand out artifacts itself (--serve-artifacts)",
            )
        status = _status(error)
        if status == _TOO_MANY or status >= _SERVER_ERROR:
            return UnreachableError(message)
        if status in _REFUSED:
            return RefusedError(message, hint="check the tracking settings, and what their user may do")
        return MissingError(message) if status == _MISSING else SettingsError(message)


def _status(error: Exception) -> int:
    """The HTTP status; 500 for a request without an answer, as MLflow counts it."""
    if isinstance(error, MlflowException):
        return int(error.get_http_status_code())  # type: ignore[no-untyped-call] # mlflow's own
    answer = getattr(error, "response", None)
    return int(answer.status_code) if answer is not None else _SERVER_ERROR
