"""The order of tasks, and whether one may run after what happened to those that it depends on."""

from collections.abc import Callable, Sequence
from graphlib import TopologicalSorter

from kit.databricks.runs import EXCLUDED, UPSTREAM_CANCELED, UPSTREAM_FAILED, Ending, Run, TaskRun
from kit.databricks.spec import RunIf

_MAY_RUN: dict[RunIf, Callable[[Sequence[Ending]], bool]] = {
    "ALL_SUCCESS": lambda endings: all(ending.good for ending in endings),
    "ALL_DONE": lambda _: True,
    "NONE_FAILED": lambda endings: not any(_failed(ending) for ending in endings),
    "AT_LEAST_ONE_SUCCESS": lambda endings: any(ending.result == "SUCCESS" for ending in endings),
    "ALL_FAILED": lambda endings: all(_failed(ending) for ending in endings),
    "AT_LEAST_ONE_FAILED": lambda endings: any(_failed(ending) for ending in endings),
}


def in_order(run: Run) -> list[TaskRun]:
    """The tasks, each after those that it depends on."""
    tasks = {attempt.task.task_key: attempt for attempt in run.attempts}
    graph = {key: [d.task_key for d in attempt.task.depends_on] for key, attempt in tasks.items()}
    return [tasks[key] for key in TopologicalSorter(graph).static_order()]


def verdict(run: Run, attempt: TaskRun) -> Ending | None:
    """How a task ends without having run; None when it is to run."""
    needed = {dependency.task_key for dependency in attempt.task.depends_on}
    endings = [done.ending for done in run.latest if done.task.task_key in needed and done.ending]
    if not needed or _MAY_RUN[attempt.task.run_if](endings):
        return None
    if attempt.task.run_if in {"ALL_FAILED", "AT_LEAST_ONE_FAILED"}:
        return EXCLUDED
    return UPSTREAM_CANCELED if any(ending.result == "CANCELED" for ending in endings) else UPSTREAM_FAILED


def _failed(ending: Ending) -> bool:
    return ending.result not in {"SUCCESS", "EXCLUDED", "CANCELED"}
