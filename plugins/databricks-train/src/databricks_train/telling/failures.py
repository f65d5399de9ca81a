"""Why tasks failed, in an order in which the last lines tell the most."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from databricks_train.telling.hints import Evidence, hint_for
from databricks_train.telling.outputs import Tail, tail
from databricks_train.telling.table import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from databricks_train.workspace.api import Output
    from databricks_train.workspace.run_state import Run, Task
    from databricks_train.workspace.verdict import Reason
    from drone_plugin import Log, Redactor

MOST_TOLD: Final = 5
"""Failed tasks that are told with all there is; of the others a line each."""
MOST_NAMED: Final = 20
TRACE_LINES: Final = 60
LONGEST_ERROR: Final = 500

_FOLLOWS: Final = frozenset({"UPSTREAM_FAILED", "UPSTREAM_CANCELED", "EXCLUDED", "SKIPPED"})
_NO_NEWS: Final = frozenset({"JOB_FINISHED", "INACTIVITY"})
_SAYS_NOTHING: Final = "Workload failed, see run output for details"


@dataclass(frozen=True)
class Failure:
    """A failed task, by its latest attempt."""

    task: Task
    error: str
    """The exception in one line, or why the cluster ended, or what Databricks says instead."""
    trace: Tail
    log: Tail
    truncated: bool
    """Whether Databricks itself kept only the end of the log."""
    cluster: str
    """Why the cluster ended, if that is news: code, type and parameters."""
    cause: str
    hint: str


def failed_tasks(run: Run) -> tuple[Task, ...]:
    """The latest attempts that failed by themselves, not for what they depend on."""
    failed = [task for task in run.latest if task.state.ended and not task.state.succeeded]
    own = [task for task in failed if task.state.result not in _FOLLOWS]
    return tuple(own or failed)


def failures(
    tasks: Iterable[Task],
    output: Callable[[Task], Output | None],
    reason: Callable[[Task], Reason | None],
    redactor: Redactor,
) -> tuple[Failure, ...]:
    """What is known about failed tasks. Databricks is asked about the first `MOST_TOLD` of them alone."""
    told = []
    for at, task in enumerate(tasks):
        asked = at < MOST_TOLD
        told.append(
            _failure(task, output(task) if asked else None, reason(task) if asked else None, redactor)
        )
    return tuple(told)


def _failure(task: Task, output: Output | None, reason: Reason | None, redactor: Redactor) -> Failure:
    log = tail(output.logs if output else "", redactor, whole=not (output and output.truncated))
    trace = tail(output.trace if output else "", redactor, TRACE_LINES)
    said = tail(output.error if output else "", redactor, 1).lines
    message = "" if _SAYS_NOTHING in task.state.message else task.state.message
    cluster = _cluster(reason)
    error = (said[-1] if said else "") or cluster or message or task.state.message or task.state.result
    evidence = Evidence(
        cluster=cluster,
        state=f"{task.state.result} {task.state.code} {message}",
        error=error,
        # What the bootstrap says is about the record, not about the training.
        output="\n".join(line for line in (*log.lines, *trace.lines) if not line.startswith("bootstrap: ")),
    )
    cause, hint = hint_for(evidence)
    truncated = bool(output and output.truncated)
    return Failure(task, shown(error, LONGEST_ERROR), trace, log, truncated, cluster, cause, hint)


def _cluster(reason: Reason | None) -> str:
    if reason is None or reason.code in _NO_NEWS:
        return ""
    kind = f" ({reason.kind})" if reason.kind else ""
    parameters = f": {reason.parameters}" if reason.parameters else ""
    return shown(f"{reason.code}{kind}{parameters}", LONGEST_ERROR)


def show(log: Log, found: Sequence[Failure]) -> None:
    """Print of each the log's end and the trace, of several also why and what to do.

    Of a single one, the step's own error says that, in the last lines of the log.
    """
    for failure in found[:MOST_TOLD]:
        _show_output_and_trace(log, failure)
        if len(found) > 1:
            log.error([f"task {shown(failure.task.key)}: {failure.error}"])
            for line in advice(failure):
                log.info(f"  {line}")
    for failure in found[MOST_TOLD:MOST_NAMED]:
        log.error([f"task {shown(failure.task.key)}: {failure.error}"])
    if len(found) > MOST_NAMED:
        log.error([f"and {len(found) - MOST_NAMED} more tasks"])


def advice(failure: Failure) -> list[str]:
    """Why the cluster ended, and what to do, as far as they are known."""
    news = failure.cluster not in {"", failure.error}
    cluster = f"its cluster ended with {failure.cluster}" if news else ""
    hint = f"{failure.cause}: {failure.hint}" if failure.hint else ""
    return [line for line in (cluster, hint) if line]


def _show_output_and_trace(log: Log, failure: Failure) -> None:
    key = shown(failure.task.key)
    if failure.log.lines:
        show_output(log, key, failure.log, truncated=failure.truncated)
    else:
        log.info(f"── task {key} left no output")
    printed = {line.strip() for line in failure.log.lines}
    if not {line.strip() for line in failure.trace.lines} <= printed:  # mostly it is in the log, too
        log.info(f"── trace of {key}")
        for line in failure.trace.lines:
            log.info(f"  {line}")


def show_output(log: Log, key: str, shown_lines: Tail, *, truncated: bool = False) -> None:
    """Print the end of what a task printed, and say what is missing."""
    count = len(shown_lines.lines)
    cut = "" if shown_lines.whole else f", its last {count} lines" if count > 1 else ", its last line"
    kept = " (Databricks keeps 5 MB)" if truncated else ""
    log.info(f"── output of {key}{cut}{kept}")
    for line in shown_lines.lines:
        log.relay(f"  {line}")
