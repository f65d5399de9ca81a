"""The state of runs: what the jobs service remembers."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from kit.databricks.spec import Submission, Task
from kit.databricks.values import JsonObject

TERMINAL: Final = frozenset({"TERMINATED", "SKIPPED", "INTERNAL_ERROR"})
WORKLOAD_FAILED: Final = "Workload failed, see run output for details"  # measured by Databricks' own tests


@dataclass(frozen=True)
class ClusterReason:
    """Why a cluster came to its end, in the words of clusters/get."""

    code: str
    kind: str
    message: str = ""


@dataclass(frozen=True)
class Ending:
    """How a task or a run ended, in the words of both the old `state` and the new `status`.

    `life_cycle`, `result` and `message` are the old ones; `code` and `kind` those of `termination_details`.
    """

    result: str
    message: str = ""
    life_cycle: str = "TERMINATED"
    code: str = "RUN_EXECUTION_ERROR"
    kind: str = "CLIENT_ERROR"
    by_user_or_timeout: bool = False
    cluster: ClusterReason | None = None  # where the cluster is to blame

    @property
    def good(self) -> bool:
        """Whether what depends on it may go on."""
        return self.result in {"SUCCESS", "EXCLUDED"}


SUCCESS: Final = Ending("SUCCESS", code="SUCCESS", kind="SUCCESS")
WITH_FAILURES: Final = Ending("SUCCESS_WITH_FAILURES", code="SUCCESS_WITH_FAILURES", kind="SUCCESS")
FAILED: Final = Ending("FAILED", WORKLOAD_FAILED)
CANCELED: Final = Ending(
    "CANCELED", "Run cancelled.", code="USER_CANCELED", kind="SUCCESS", by_user_or_timeout=True
)
TIMED_OUT: Final = Ending("TIMEDOUT", "Run timed out.", code="CANCELED", by_user_or_timeout=True)
TOO_MANY: Final = Ending(
    "MAXIMUM_CONCURRENT_RUNS_REACHED",
    "The run was skipped because the limit of concurrent runs of its job is reached.",
    "SKIPPED",
    code="MAX_CONCURRENT_RUNS_EXCEEDED",
)
UPSTREAM_FAILED: Final = Ending("UPSTREAM_FAILED", "Upstream task failed.", code="SKIPPED")
UPSTREAM_CANCELED: Final = Ending("UPSTREAM_CANCELED", "Upstream task was canceled.", code="SKIPPED")
EXCLUDED: Final = Ending("EXCLUDED", "The condition of run_if was not met.", code="SKIPPED", kind="SUCCESS")


@dataclass(frozen=True)
class Output:
    """What get-output tells about a task."""

    logs: str = ""
    logs_truncated: bool = False
    error: str = ""
    error_trace: str = ""


@dataclass
class TaskRun:
    """One attempt at one task."""

    run_id: int
    task: Task
    sent: JsonObject
    cluster_id: str
    attempt: int = 0
    state: str = "PENDING"
    entered: dict[str, float] = field(default_factory=dict)
    ending: Ending | None = None
    output: Output = Output()

    def enter(self, state: str, now: float) -> None:
        """Go on to another state; from TERMINATING only to the end."""
        if self.state == "TERMINATING" and state not in TERMINAL:
            return
        self.state = state
        self.entered.setdefault(state, now)

    def end(self, ending: Ending, output: Output, now: float) -> None:
        """Go to the last state; whatever comes later changes nothing."""
        if self.ending is None:
            self.enter(ending.life_cycle, now)
            self.ending, self.output = ending, output

    @property
    def ended(self) -> float | None:
        """When it ended."""
        return max(self.entered.values()) if self.ending else None

    @property
    def may_retry(self) -> bool:
        """Whether the task asks for another attempt."""
        if self.ending is None:
            return False
        wanted = {"FAILED", "TIMEDOUT"} if self.task.retry_on_timeout else {"FAILED"}
        left = self.task.max_retries < 0 or self.attempt < self.task.max_retries
        return left and self.ending.result in wanted

    def seconds(self, since: str, *until: str) -> float:
        """The time from one state to the first of the later ones that was reached."""
        start = self.entered.get(since)
        ends = [self.entered[state] for state in until if state in self.entered]
        return max(0.0, min(ends) - start) if start is not None and ends else 0.0


@dataclass(frozen=True)
class Origin:
    """What a run has from the saved job that it is a run of; a one-time run has none of it."""

    run_type: str = "SUBMIT_RUN"
    description: str = ""
    job_clusters: Sequence[JsonObject] = ()
    parameters: Sequence[JsonObject] = ()


@dataclass(frozen=True)
class RepairItem:
    """One repair, and the attempts that it added."""

    repair_id: int
    started: float
    task_run_ids: Sequence[int]


@dataclass
class Run:
    """A run. Its tasks are there from the start; a retry or a repair adds an attempt."""

    run_id: int
    job_id: int
    creator: str
    submission: Submission
    started: float
    attempts: list[TaskRun]
    origin: Origin = Origin()
    skipped: Ending | None = None
    repairs: list[RepairItem] = field(default_factory=list)
    cancel_requested: bool = False

    @property
    def resumed(self) -> float:
        """When it began, or was last repaired."""
        return self.repairs[-1].started if self.repairs else self.started

    @property
    def latest(self) -> list[TaskRun]:
        """The last attempt at each task."""
        return list({attempt.task.task_key: attempt for attempt in self.attempts}.values())

    @property
    def state(self) -> str:
        """The old life-cycle state of the run as a whole."""
        ending = self.ending
        if ending:
            return ending.life_cycle
        active = {attempt.state for attempt in self.latest if attempt.ending is None}
        begun = len(self.latest) > sum(attempt.ending is None for attempt in self.latest)
        if len(active) == 1 and (not begun or active == {"TERMINATING"}):
            return active.pop()
        return "RUNNING" if begun or active - {"PENDING", "QUEUED", "BLOCKED"} else "PENDING"

    @property
    def ending(self) -> Ending | None:
        """Measured: a failed task makes the run INTERNAL_ERROR, though the task itself is TERMINATED."""
        if self.skipped:
            return self.skipped
        endings: dict[str, Ending] = {}
        for attempt in self.latest:
            if attempt.ending is None:
                return None
            endings[attempt.task.task_key] = attempt.ending
        bad = {key: ending for key, ending in endings.items() if not ending.good}
        if not bad:
            return SUCCESS
        needed = {d.task_key for attempt in self.latest for d in attempt.task.depends_on}
        if not bad.keys() - needed:  # every task at the end of the graph succeeded
            return WITH_FAILURES
        cause = next((key for key in bad if bad[key].code != "SKIPPED"), next(iter(bad)))
        return bad[cause] if bad[cause].by_user_or_timeout else _of_run(cause, bad[cause])

    @property
    def ended(self) -> float | None:
        """When the last task ended."""
        if self.ending is None:
            return None
        return max((max(one.entered.values()) for one in self.attempts), default=self.started)


def _of_run(key: str, ending: Ending) -> Ending:
    message = f"Task {key} failed with message: {ending.message.rstrip('.')}."
    return Ending(ending.result, message, "INTERNAL_ERROR", ending.code, ending.kind, cluster=ending.cluster)
