"""The state that the steps of a running pipeline share, as the runner keeps it."""

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from drone_plugin.testing.steplog import StepLog
from kit.drone.pipeline import Step
from kit.drone.result import FAILED, Status, StepResult

SKIP_CODE = 78
ERROR_CODE = 255
CANCELLED, TIMED_OUT = 130, 137


@dataclass
class _Entry:
    result: StepResult
    ignore_failure: bool
    started: float = field(default_factory=time.monotonic)
    log: StepLog | None = None

    @property
    def failed(self) -> bool:
        return self.result.status in FAILED and not self.ignore_failure


class State:
    """Statuses of all steps that may run, changed under one lock. Steps are numbered from 1 in order."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self._lock = threading.Lock()
        self._entries = {
            step.name: _Entry(StepResult(step.name, number, step.image), step.failure == "ignore")
            for number, step in enumerate(steps, start=1)
        }
        self._killed_with = 0

    def failed_steps(self) -> tuple[str, ...]:
        """Names of the steps that make the pipeline fail."""
        with self._lock:
            return tuple(name for name, entry in self._entries.items() if entry.failed)

    @property
    def killed(self) -> bool:
        """Whether the pipeline was cancelled or ran out of time."""
        return bool(self._killed_with)

    def number(self, name: str) -> int:
        """The number of a step."""
        return self._entries[name].result.number

    def is_pending(self, name: str) -> bool:
        """Whether a step still waits for its turn."""
        return self._entries[name].result.status is Status.PENDING

    def start(self, name: str, environment: Mapping[str, str], log: StepLog) -> None:
        """The step's container is about to be made, unless a cancel came first."""
        with self._lock:
            entry = self._entries[name]
            if entry.result.status is not Status.PENDING:
                return
            entry.started, entry.log = time.monotonic(), log
            entry.result = replace(entry.result, status=Status.RUNNING, environment=environment)

    def finish(self, name: str, exit_code: int, *, oom_killed: bool = False) -> None:
        """The step's container has ended by itself; 78 skips everything that has not started."""
        status = Status.SUCCESS if exit_code in {0, SKIP_CODE} else Status.FAILURE
        with self._lock:
            self._end(name, status=status, exit_code=TIMED_OUT if oom_killed else exit_code)
            self._entries[name].result = replace(self._entries[name].result, oom_killed=oom_killed)
            if exit_code == SKIP_CODE:
                self._skip_pending()

    def fail(self, name: str, error: str, *, detached: bool) -> None:
        """The step had no container to run; of one in the background nobody takes notice."""
        with self._lock:
            if detached:
                self._entries[name].result = replace(self._entries[name].result, error=error)
            else:
                self._end(name, status=Status.ERROR, exit_code=ERROR_CODE, error=error)

    def skip(self, name: str) -> None:
        """The step's turn came, and its condition did not hold."""
        with self._lock:
            self._end(name, status=Status.SKIPPED)

    def kill(self, exit_code: int) -> None:
        """Cancel: what runs is killed, what waits is skipped."""
        with self._lock:
            self._killed_with = self._killed_with or exit_code
            for name, entry in self._entries.items():
                if entry.result.status is Status.RUNNING:
                    self._end(name, status=Status.KILLED, exit_code=exit_code)
            self._skip_pending()

    def close(self) -> None:
        """The end: steps in the background count as passed."""
        with self._lock:
            for name, entry in self._entries.items():
                if entry.result.status is Status.RUNNING:
                    self._end(name, status=Status.SUCCESS)
            self._skip_pending()

    def result(self, name: str) -> StepResult:
        """A step as it is now."""
        with self._lock:
            return self._snapshot(self._entries[name])

    def results(self) -> tuple[StepResult, ...]:
        """All steps as they are now, in order."""
        with self._lock:
            return tuple(self._snapshot(entry) for entry in self._entries.values())

    def status(self) -> Status:
        """The status of the whole pipeline."""
        if self.killed:
            return Status.KILLED
        statuses = {entry.result.status for entry in self._entries.values() if entry.failed}
        if Status.ERROR in statuses:
            return Status.ERROR
        return Status.FAILURE if statuses else Status.SUCCESS

    def _end(self, name: str, *, status: Status, exit_code: int = 0, error: str = "") -> None:
        entry = self._entries[name]
        if entry.result.status not in {Status.PENDING, Status.RUNNING}:
            return
        ran = entry.result.status is Status.RUNNING
        entry.result = replace(
            entry.result,
            status=status,
            exit_code=exit_code,
            error=error,
            seconds=time.monotonic() - entry.started if ran else 0,
        )

    def _skip_pending(self) -> None:
        for name, entry in self._entries.items():
            if entry.result.status is Status.PENDING:
                self._end(name, status=Status.SKIPPED)

    @staticmethod
    def _snapshot(entry: _Entry) -> StepResult:
        log = entry.log
        if log is None:
            return entry.result
        return replace(entry.result, log=log.text, raw_log=log.raw, card=log.card)
