"""The store of runs: one lock, one condition that tells of every change."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
        self._tokens: dict[str, int] = {}

    @contextmanager
    def change(self) -> Iterator[float]:
        """Hold the lock, know the time, and tell the waiters afterwards."""
        with self.changed:
            yield self.clock.now()
            self.changed.notify_all()

    def submit(self, submission: Submission, tasks: list[JsonObject], creator: str) -> tuple[Run, bool]:
        """The run of this submission, and whether it is new. To be called under `change`.

        Raises:
            ApiError: the token's run was deleted.
        """
        token = submission.idempotency_token
        if token in self._tokens:
            known = self._runs.get(self._tokens[token])
            if known is None:
                raise invalid_parameter(f"The run with the idempotency token {token} was deleted.")
            return known, False
        run = Run(next(self._ids), next(self._ids), creator, submission, self.clock.now(), [])
        for task, sent in zip(submission.tasks, tasks, strict=True):
            state = "BLOCKED" if task.depends_on else "PENDING"
            run.attempts.append(self._attempt(TaskRun(0, task, sent, ""), 0, state))
        self._runs[run.run_id] = run
        if token:
            self._tokens[token] = run.run_id
        return run, True

    def retry(self, run: Run, failed: TaskRun) -> TaskRun:
        """Another attempt at a task, with a run id and a cluster of its own. To be called under `change`."""
        attempt = self._attempt(failed, failed.attempt + 1, "PENDING")
        run.attempts.append(attempt)
        return attempt

    def _attempt(self, like: TaskRun, number: int, state: str) -> TaskRun:
        run_id = next(self._ids)
        cluster_id = f"1124-215516-{run_id % 10**8:08d}"
        attempt = TaskRun(run_id, like.task, like.sent, cluster_id, number)
        attempt.enter(state, self.clock.now())
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
        """A task by the run id that is its own."""
        owned = ((run, attempt) for run in self._runs.values() for attempt in run.attempts)
        return next((pair for pair in owned if pair[1].run_id == run_id), None)

    def delete(self, run_id: int) -> None:
        """Forget a run but not its token.

        Raises:
            ApiError: no such run, or it is active.
        """
        if self.run(run_id).state not in TERMINAL:
            raise invalid_parameter(f"Run {run_id} is active; cancel it before deleting it.")
        del self._runs[run_id]

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
