"""The door to a Databricks workspace: the verbs that a training needs, with errors in the suite's words."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from databricks_train.workspace.auth import AccessToken
from databricks_train.workspace.client import Client
from databricks_train.workspace.door import READ_SECONDS, RETRY_SECONDS, Door
from databricks_train.workspace.run_state import Run, read_run
from drone_plugin import UnreachableError
from drone_plugin.waiting import Waiting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import JsonValue

    from databricks_train.job.body import Body
    from databricks_train.workspace.auth import Login
    from databricks_train.workspace.door import Query

JOBS: Final = "/api/2.2/jobs"
RUNS: Final = f"{JOBS}/runs"

CANCEL_SECONDS: Final = 5.0
"""How long one request to cancel may take: who is asked to end has ten seconds in all."""

REPAIR_SECONDS: Final = 30
"""How long a run may take to show a repair that Databricks has accepted."""

PER_PAGE: Final = 20
"""Runs of a listing: the API takes fewer than 25."""


@dataclass(frozen=True)
class Output:
    """What a task left: the last line of its exception, its traceback, the end of what it printed."""

    error: str
    trace: str
    logs: str
    truncated: bool = False
    """Whether `logs` is only the last 5 MB."""


class Workspace:
    """A workspace that is asked with one login, and with nothing that the environment says."""

    def __init__(self, host: str, login: Login | str, waiting: Waiting | None = None) -> None:
        """Contacts nobody. `login` may be an access token."""
        known = AccessToken(login) if isinstance(login, str) else login
        waiting = waiting or Waiting()
        self._clock = waiting.clock
        self.door = Door(Client(host, known, waiting.now), known, waiting)

    def user(self) -> str:
        """The name of the login's user or service principal."""
        return str(self.door.get("/api/2.0/preview/scim/v2/Me", "the token's user").get("userName") or "")

    def put_file(self, path: str, content: bytes) -> None:
        """Write a workspace file and the folders above it; `path` begins with a slash."""
        what = f"workspace file {path}"
        self.door.post("/api/2.0/workspace/mkdirs", what, {"path": path.rpartition("/")[0]})
        body: Body = {
            "path": path,
            # AUTO keeps a file a file; SOURCE would make a notebook of it.
            "format": "AUTO",
            "overwrite": True,
            "content": base64.b64encode(content).decode(),
        }
        self.door.post("/api/2.0/workspace/import", what, body)

    def submit(self, body: Body) -> int:
        """Submit a one-time run and return its id.

        Repeated when its answer is lost; the `idempotency_token` in `body` makes that safe. The body goes out
        as it is: the SDK's typed classes drop a field that they do not know, without a word. Raises GoneError
        when the token's run was deleted.
        """
        return _run_id(self.door.post(f"{RUNS}/submit", "the job", body))

    def run_now(self, body: Body) -> int:
        """Start a saved job, which `body` names by `job_id`; otherwise as `submit`."""
        return _run_id(self.door.post(f"{JOBS}/run-now", f"job {body.get('job_id')}", body))

    def run(self, run_id: int, seconds: float = READ_SECONDS) -> Run:
        """The run as it is now, by one attempt of `seconds`: for polls, whose patience is their own.

        Raises OutageError when there is no answer, and GoneError when there is no such run.
        """
        return self._run({"run_id": run_id}, 0, seconds)

    def look_up(self, run_id: int) -> Run:
        """The run as it is now, with the patience of every other request, and with its repairs."""
        return self._run({"run_id": run_id, "include_history": True}, RETRY_SECONDS, READ_SECONDS)

    def finished_runs(self, job_id: int = 0) -> Iterator[Run]:
        """The runs that have ended, newest first, with their tasks as they were submitted.

        One-time runs, or those of a saved job. A page is asked for when it is needed, and once: the runs are
        good to know and no more.
        """
        query: Query = {"completed_only": True, "expand_tasks": True, "limit": PER_PAGE}
        query |= {"job_id": job_id} if job_id else {"run_type": "SUBMIT_RUN"}
        for page in self.door.pages(f"{RUNS}/list", "its runs", query, patience=0):
            yield from map(read_run, _items(page, "runs"))

    def output(self, task_run_id: int) -> Output:
        """The output of a task, by the task's own run id."""
        answer = self.door.get(f"{RUNS}/get-output", f"task run {task_run_id}", {"run_id": task_run_id})
        error, trace, logs = (_printable(answer.get(name)) for name in ("error", "error_trace", "logs"))
        return Output(error, trace, logs, answer.get("logs_truncated") is True)

    def cancel(self, run_id: int, seconds: float = CANCEL_SECONDS) -> None:
        """Ask Databricks once, within `seconds`, to stop a run; it does so after this returns."""
        what, body = f"the end of run {run_id}", {"run_id": run_id}
        self.door.send("POST", f"{RUNS}/cancel", what, body={**body}, patience=0, seconds=seconds)

    def repair(self, run_id: int) -> int:
        """Run again what failed of a run that has ended, and what depends on it; returns the repair's id.

        A repair has no idempotency token: when an answer is lost, the run's history tells whether it began.
        Returns once the run shows it: the former end would be taken for the new one else.
        """
        before = self.look_up(run_id).last_repair
        body: Body = {"run_id": run_id, "rerun_all_failed_tasks": True}
        if before:
            body["latest_repair_id"] = before
        what = f"the repair of run {run_id}"
        try:
            self.door.post(f"{RUNS}/repair", what, body, patience=0)
        except UnreachableError:
            if self.look_up(run_id).last_repair == before:
                self.door.post(f"{RUNS}/repair", what, body, patience=0)
        for _ in range(REPAIR_SECONDS):
            shown = self.look_up(run_id).last_repair
            if shown not in {0, before}:
                return shown
            self._clock.sleep(1)
        raise UnreachableError(f"Databricks accepted {what}, but does not begin with it")

    def _run(self, query: Query, patience: float, seconds: float) -> Run:
        what = f"run {query['run_id']}"
        pages = list(self.door.pages(f"{RUNS}/get", what, query, patience=patience, seconds=seconds))
        tasks: list[JsonValue] = [task for page in pages for task in _items(page, "tasks")]
        return read_run({**pages[0], "tasks": tasks})


def _run_id(answer: Body) -> int:
    run_id = answer.get("run_id")
    if not isinstance(run_id, int):
        raise UnreachableError("Databricks accepted the job, but its answer has no run_id")
    return run_id


def _items(page: Body, name: str) -> list[Body]:
    items = page.get(name)
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _printable(value: JsonValue) -> str:
    """Text that can be printed: a log that is cut may begin in the middle of a character."""
    return value.encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else ""
