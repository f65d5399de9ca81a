"""The endpoints under /api/2.x/jobs/runs."""

from collections.abc import Callable
from typing import Protocol

from kit.databricks.book import RunBook
from kit.databricks.call import Call, Endpoint
from kit.databricks.errors import invalid_parameter
from kit.databricks.render import render_output, render_repairs, render_run
from kit.databricks.rules import Rules
from kit.databricks.runs import CANCELED, TERMINAL, Ending, Run
from kit.databricks.spec import Submission, parse, raw_tasks
from kit.databricks.values import JsonObject, milliseconds

TASKS_PER_PAGE = 100
RUNS_PER_PAGE = 20
MOST_RUNS_PER_PAGE = 24  # documented: less than 25


class Driver(Protocol):
    """What makes runs go on. All methods are called under the book's lock."""

    def start(self, run: Run) -> None:
        """Begin with a run that was just submitted."""

    def resume(self, run: Run) -> None:
        """Begin with what a repair has added to a run."""

    def look(self, run: Run) -> None:
        """Somebody is about to read the run by runs/get."""

    def refresh(self, run: Run) -> None:
        """Somebody is about to read it by another way."""

    def stop(self, run: Run, ending: Ending) -> None:
        """Begin to stop a run that is active."""


class Jobs:
    """The jobs service of a workspace."""

    def __init__(self, book: RunBook, rules: Rules, host: str, driver: Callable[[Run], Driver]) -> None:
        self._book = book
        self._rules = rules
        self._host = host
        self._driver = driver

    def endpoints(self) -> dict[tuple[str, str], Endpoint]:
        """By method and path without the version."""
        return {
            ("POST", "/jobs/runs/submit"): self.submit,
            ("GET", "/jobs/runs/get"): self.get,
            ("GET", "/jobs/runs/get-output"): self.get_output,
            ("GET", "/jobs/runs/list"): self.list,
            ("POST", "/jobs/runs/cancel"): self.cancel,
            ("POST", "/jobs/runs/delete"): self.delete,
        }

    def submit(self, call: Call) -> JsonObject:
        """Start a one-time run, or find the one that the token started."""
        body = call.body()
        submission, tasks = parse(Submission, body), raw_tasks(body)
        self._rules.check(submission, tasks)
        with self._book.change():
            run = self._book.by_token(submission.idempotency_token)
            if run is None:
                run = self._book.add(submission, tasks, call.user)
                self._driver(run).start(run)
            return {"run_id": run.run_id}

    def get(self, call: Call) -> JsonObject:
        """A run, with its tasks by the hundred."""
        run_id = call.number("run_id")
        with self._book.change():
            own = self._book.task(run_id)
            if own:
                return {"format": "SINGLE_TASK", **_metadata(render_output(own[1], self._host, own[0]))}
            run = self._book.run(run_id)
            if run.ending is None:
                self._driver(run).look(run)
            run = self._book.run(run_id)  # it may have vanished just now
            first = call.number("page_token", 0)
            shown = render_run(run, self._host, run.attempts[first : first + TASKS_PER_PAGE])
            if call.flag("include_history"):
                shown["repair_history"] = [*render_repairs(run)]
            if first + TASKS_PER_PAGE < len(run.attempts):
                shown["next_page_token"] = str(first + TASKS_PER_PAGE)
            return shown

    def get_output(self, call: Call) -> JsonObject:
        """The output of one task. The run that holds it is refused, even when it has one task only."""
        run_id = call.number("run_id")
        with self._book.change():
            found = self._book.task(run_id)
            if found:
                return render_output(found[1], self._host, found[0])
            self._book.run(run_id)
        raise invalid_parameter(
            "Retrieving the output of runs with multiple tasks is not supported. "
            "Please retrieve the output of each individual task run instead."
        )

    def list(self, call: Call) -> JsonObject:
        """Runs by start, newest first, in pages."""
        limit = call.number("limit", RUNS_PER_PAGE) or MOST_RUNS_PER_PAGE
        if not 0 < limit <= MOST_RUNS_PER_PAGE:
            raise invalid_parameter(f"limit must be between 0 and {MOST_RUNS_PER_PAGE + 1}.")
        if call.flag("active_only") and call.flag("completed_only"):
            raise invalid_parameter("active_only and completed_only cannot both be true.")
        with self._book.change():
            for run in self._book.newest_first():
                if run.ending is None:
                    self._driver(run).refresh(run)
            runs = [run for run in self._book.newest_first() if _wanted(run, call)]
            first = call.number("page_token", 0)
            page = [
                render_run(
                    run, self._host, run.attempts[:TASKS_PER_PAGE] if call.flag("expand_tasks") else []
                )
                for run in runs[first : first + limit]
            ]
        shown: JsonObject = {"has_more": first + limit < len(runs)}
        if page:
            shown["runs"] = [*page]
        if first + limit < len(runs):
            shown["next_page_token"] = str(first + limit)
        if first:
            shown["prev_page_token"] = str(max(0, first - limit))
        return shown

    def cancel(self, call: Call) -> JsonObject:
        """Begin to stop a run; one that has ended stays as it is."""
        with self._book.change():
            run = self._book.run(call.run_id())
            if run.state not in TERMINAL and not run.cancel_requested:
                run.cancel_requested = True
                self._driver(run).stop(run, CANCELED)
        return {}

    def delete(self, call: Call) -> JsonObject:
        """Forget a run that has ended."""
        with self._book.change():
            self._book.delete(call.run_id())
        return {}


def _metadata(output: JsonObject) -> JsonObject:
    metadata = output["metadata"]
    assert isinstance(metadata, dict)
    return metadata


def _wanted(run: Run, call: Call) -> bool:
    active = run.state not in TERMINAL
    started = milliseconds(run.started)
    if (call.flag("active_only") and not active) or (call.flag("completed_only") and active):
        return False
    kind = run.origin.run_type
    if call.text("run_type", kind) != kind or call.number("job_id", run.job_id) != run.job_id:
        return False
    return call.number("start_time_from", 0) <= started <= call.number("start_time_to", started)
