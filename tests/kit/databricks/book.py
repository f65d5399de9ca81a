"""The store of runs: one lock, one condition that tells of every change."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from threading import Condition

from kit.databricks.errors import invalid_parameter, no_such_run
from kit.databricks.runs import TERMINAL, Run, TaskRun
from kit.databricks.spec import Submission
from kit.databricks.values import Clock, JsonObject

FIRST_ID = 730_000_000_000_001  # real ones have 15 digits: a client that keeps them in 32 bits must notice


class RunBook:
    """All runs of a workspace, and which token started which."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.changed = Condition()
        self._ids = count(FIRST_ID)
        self._runs: dict[int, Run] = {}
        self._ever: list[Run] = []
        self._owners: dict[int, tuple[Run, TaskRun]] = {}
        self._tokens: dict[str, int] = {}

    @contextmanager
    def change(self) -> Iterator[float]:
        """Hold the lock, know the time, and tell the waiters afterwards."""
        with self.changed:
            yield self.clock.now()
            self.changed.notify_all()

    def by_token(self, token: str) -> Run | None:
        """The run that a token started; None when it started none.

        Raises:
            ApiError: that run was deleted.
        """
        if not token or token not in self._tokens:
            return None
        known = self._runs.get(self._tokens[token])
        if known is None:
            raise invalid_parameter(f"The run with the idempotency token {token} was deleted.")
        return known

    def add(self, submission: Submission, tasks: Sequence[JsonObject], creator: str, job_id: int = 0) -> Run:
        """A new run of these tasks, of a job of its own unless one is named. To be called under `change`."""
        run_id = self.new_id()
        run = Run(run_id, job_id or self.new_id(), creator, submission, self.clock.now(), [])
        shared: dict[str, str] = {}
        for task, sent in zip(submission.tasks, tasks, strict=True):
            key = task.job_cluster_key
            cluster_id = task.existing_cluster_id or shared.get(key, "")
            attempt = TaskRun(0, task, sent, cluster_id)
            attempt = self._attempt(run, attempt, 0, "BLOCKED" if task.depends_on else "PENDING")
            if key:
                shared[key] = attempt.cluster_id
        self._runs[run_id] = run
        self._ever.append(run)
        if submission.idempotency_token:
            self._tokens[submission.idempotency_token] = run_id
        return run

    def again(self, run: Run, ended: TaskRun, state: str = "PENDING") -> TaskRun:
        """Another attempt at a task, with a run id and a cluster of its own. To be called under `change`."""
        fresh = replace(ended, cluster_id=ended.task.existing_cluster_id or "")
        return self._attempt(run, fresh, ended.attempt + 1, state)

    def new_id(self) -> int:
        """An id that nothing has."""
        return next(self._ids)

    def _attempt(self, run: Run, like: TaskRun, number: int, state: str) -> TaskRun:
        run_id = self.new_id()
        cluster_id = like.cluster_id or f"1124-215516-{run_id % 10**8:08d}"
        attempt = TaskRun(run_id, like.task, like.sent, cluster_id, number)
        attempt.enter(state, self.clock.now())
        run.attempts.append(attempt)
        self._owners[run_id] = run, attempt
        return attempt

    def run(self, run_id: int) -> Run:
        """A run by its own id.

        Raises:
            ApiError: no such run, or it was deleted.
        """
        if run_id not in self._runs:
            raise no_such_run(run_id)
        return self._runs[run_id]

    def task(self, run_id: int) -> tuple[Run, TaskRun] | None:
        """A task by the run id that is its own, with the run that it belongs to."""
        found = self._owners.get(run_id)
        return found if found and found[0].run_id in self._runs else None

    def cluster(self, cluster_id: str) -> TaskRun | None:
        """The last attempt that ran on a cluster."""
        attempts = (attempt for run in self.newest_first() for attempt in reversed(run.attempts))
        return next((attempt for attempt in attempts if attempt.cluster_id == cluster_id), None)

    def delete(self, run_id: int) -> None:
        """Forget a run but not its token.

        Raises:
            ApiError: no such run, or it is active.
        """
        if self.run(run_id).state not in TERMINAL:
            raise invalid_parameter(f"Run {run_id} is active; cancel it before deleting it.")
        self.forget(run_id)

    def forget(self, run_id: int) -> None:
        """Let a run be deleted, whatever its state; its token stays spent."""
        self._runs.pop(run_id, None)

    def ever(self) -> list[Run]:
        """Every run that there has been, deleted ones included, oldest first."""
        with self.changed:
            return list(self._ever)

    def newest_first(self) -> list[Run]:
        """All runs in the order of runs/list."""
        return sorted(self._runs.values(), key=lambda run: run.run_id, reverse=True)

    def phase(self) -> str:
        """The life-cycle state of the newest run; nothing before there is one."""
        with self.changed:
            return next((run.state for run in self.newest_first()[:1]), "")

    def wait(self, until: Callable[[], bool], seconds: float) -> bool:
        """Wait for a change that makes `until` true; False when it took too long."""
        with self.changed:
            return self.changed.wait_for(until, timeout=seconds)
