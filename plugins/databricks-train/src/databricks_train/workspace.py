"""The door to a Databricks workspace: the verbs that a training needs, with errors in the suite's words."""

from __future__ import annotations

import base64
import logging
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import requests
from databricks.sdk.core import ApiClient, Config
from databricks.sdk.errors import BadRequest, NotFound, PermissionDenied, Unauthenticated
from databricks.sdk.errors.base import DatabricksError

from databricks_train import __version__
from databricks_train.reason import reason
from databricks_train.run_state import Run, read_run
from drone_plugin import PluginError, RefusedError, SettingsError, UnreachableError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import JsonValue

    from databricks_train.spec import Body

JOBS = "/api/2.2/jobs/runs"
RETRY_SECONDS = 60
"""How long the SDK repeats a request without an answer. Its own 300 let a wrong host wait for minutes."""
LOOKUP_SECONDS = 5
"""How long it tries to look up what the host says of itself, which a token does not need."""


@dataclass(frozen=True)
class Output:
    """What a task left: the last line of its exception, its traceback, the end of what it printed."""

    error: str
    trace: str
    logs: str


class Workspace:
    """A workspace that is asked with one token, and with nothing that the environment says."""

    def __init__(self, host: str, token: str) -> None:
        """Contacts the host: the SDK looks up its configuration there."""
        # The SDK's own debug log prints registry passwords and environment variables.
        logging.getLogger("databricks.sdk").setLevel(logging.ERROR)
        with _in_our_words(host, "settings.host"):
            config = Config(
                host=host,
                token=token,
                auth_type="pat",
                product="drone-databricks-train",
                product_version=__version__,
                retry_timeout_seconds=LOOKUP_SECONDS,
                http_timeout_seconds=LOOKUP_SECONDS,
            )
            config.retry_timeout_seconds = config.http_timeout_seconds = RETRY_SECONDS
            self._api = ApiClient(config)
        self._host = host

    def user(self) -> str:
        """The name of the token's user or service principal."""
        return str(self._do("GET", "/api/2.0/preview/scim/v2/Me", "the token's user").get("userName") or "")

    def put_file(self, path: str, content: bytes) -> None:
        """Write a workspace file and the folders above it; `path` begins with a slash."""
        what = f"workspace file {path}"
        self._do("POST", "/api/2.0/workspace/mkdirs", what, {"path": path.rpartition("/")[0]})
        body: Body = {
            "path": path,
            # AUTO keeps a file a file; SOURCE would make a notebook of it.
            "format": "AUTO",
            "overwrite": True,
            "content": base64.b64encode(content).decode(),
        }
        self._do("POST", "/api/2.0/workspace/import", what, body)

    def submit(self, body: Body) -> int:
        """Submit a one-time run and return its id.

        The SDK repeats a request whose answer was lost; the idempotency token in `body` makes that safe. The
        body goes out as it is: the SDK's typed classes drop a field that they do not know, without a word.
        """
        answer = self._do("POST", f"{JOBS}/submit", "the job", body)
        run_id = answer.get("run_id")
        if not isinstance(run_id, int):
            raise UnreachableError("Databricks accepted the job, but its answer has no run_id")
        return run_id

    def run(self, run_id: int) -> Run:
        """The run as it is now."""
        return read_run(self._do("GET", f"{JOBS}/get", f"run {run_id}", query={"run_id": run_id}))

    def output(self, task_run_id: int) -> Output:
        """The output of a task, by the task's own run id."""
        answer = self._do(
            "GET", f"{JOBS}/get-output", f"task run {task_run_id}", query={"run_id": task_run_id}
        )
        return Output(*(str(answer.get(name) or "") for name in ("error", "error_trace", "logs")))

    def cancel(self, run_id: int) -> None:
        """Ask Databricks to stop a run; it does so after this returns."""
        self._do("POST", f"{JOBS}/cancel", f"run {run_id}", {"run_id": run_id})

    def _do(
        self, method: str, path: str, what: str, body: Body | None = None, query: dict[str, int] | None = None
    ) -> dict[str, JsonValue]:
        with _in_our_words(self._host, what):
            answer = self._api.do(method, path, query=query, body=body)
        return answer if isinstance(answer, dict) else {}


@contextmanager
def _in_our_words(host: str, what: str) -> Iterator[None]:
    try:
        yield
    except (Unauthenticated, PermissionDenied) as error:
        raise RefusedError(
            f"{host} refuses {what}: {_message(error)}", hint="check token, and what its user may do"
        ) from None
    except (BadRequest, NotFound) as error:
        raise SettingsError(f"{host} does not accept {what}: {_message(error)}") from None
    except requests.JSONDecodeError:
        raise UnreachableError(
            f"{host} answers with something that is not its API",
            hint="is settings.host the workspace's address?",
        ) from None
    except (DatabricksError, requests.RequestException, TimeoutError, ValueError) as error:
        raise UnreachableError(f"{host} cannot be asked for {what}: {_message(error)}") from None


def _message(error: Exception) -> str:
    """The reason alone: the SDK hides it below a time-out, or adds its configuration or a plea to report."""
    if isinstance(error, TimeoutError) and isinstance(error.__cause__, Exception):
        return f"no answer for {RETRY_SECONDS} s: {_message(error.__cause__)}"
    text = reason(error).partition(". Config: ")[0]
    return "the answer is not its API's" if text.startswith("unable to parse response") else text


def is_passing(error: PluginError) -> bool:
    """Whether a poll that failed so may succeed the next time."""
    return isinstance(error, UnreachableError)
