"""The endpoint jobs/runs/repair: what failed runs again as part of the same run."""

from collections.abc import Callable

from kit.databricks.book import RunBook
from kit.databricks.call import Call, Endpoint
from kit.databricks.errors import ApiError, invalid_parameter
from kit.databricks.jobs import Driver
from kit.databricks.runs import TERMINAL, RepairItem, Run
from kit.databricks.spec import Dependency, Repair, parse
from kit.databricks.values import JsonObject


class Repairs:
    """Repairs runs of a workspace. That one-time runs can be repaired is not documented; here they can."""

    def __init__(self, book: RunBook, driver: Callable[[Run], Driver]) -> None:
        self._book = book
        self._driver = driver

    def endpoints(self) -> dict[tuple[str, str], Endpoint]:
        """By method and path without the version."""
        return {("POST", "/jobs/runs/repair"): self.repair}

    def repair(self, call: Call) -> JsonObject:
        """Add attempts at the tasks that are to run again, and begin with them."""
        asked = parse(Repair, call.body())
        with self._book.change() as now:
            run = self._book.run(asked.run_id)
            _check(run, asked)
            keys = _chosen(run, asked)
            latest = {attempt.task.task_key: attempt for attempt in run.latest}
            added = []
            for key in keys:
                waits = any(needed.task_key in keys for needed in latest[key].task.depends_on)
                added.append(self._book.again(run, latest[key], "BLOCKED" if waits else "PENDING"))
            item = RepairItem(self._book.new_id(), now, [attempt.run_id for attempt in added])
            run.repairs.append(item)
            run.cancel_requested = False
            self._driver(run).resume(run)
            return {"repair_id": item.repair_id}


def _check(run: Run, asked: Repair) -> None:
    if run.state not in TERMINAL:
        raise invalid_parameter(
            f"Run {run.run_id} is in progress; only a run that has ended can be repaired."
        )
    if run.skipped:
        raise invalid_parameter(f"Run {run.run_id} was skipped and cannot be repaired.")
    if run.repairs and not asked.latest_repair_id:
        raise invalid_parameter("The latest repair ID needs to be provided in order to create a new repair")
    if run.repairs and asked.latest_repair_id != run.repairs[-1].repair_id:
        raise _not_the_latest(asked.latest_repair_id)
    if asked.latest_repair_id and not run.repairs:
        raise _not_the_latest(asked.latest_repair_id)
    if asked.rerun_tasks and asked.rerun_all_failed_tasks:
        raise invalid_parameter("Only one of rerun_tasks and rerun_all_failed_tasks can be used.")
    if not (asked.rerun_tasks or asked.rerun_all_failed_tasks):
        raise invalid_parameter("Specify rerun_tasks or rerun_all_failed_tasks.")


def _chosen(run: Run, asked: Repair) -> list[str]:
    """The keys of the tasks to run again, in the order of the run."""
    latest = {attempt.task.task_key: attempt for attempt in run.latest}
    if unknown := set(asked.rerun_tasks) - latest.keys():
        raise invalid_parameter(f"Unknown task keys: {', '.join(sorted(unknown))}.")
    failed = {key for key, attempt in latest.items() if attempt.ending and not attempt.ending.good}
    chosen = failed if asked.rerun_all_failed_tasks else set(asked.rerun_tasks)
    if not chosen:
        raise invalid_parameter(f"Run {run.run_id} has no failed tasks.")
    if asked.rerun_dependent_tasks:
        while more := {key for key in latest.keys() - chosen if _needs(latest[key].task.depends_on, chosen)}:
            chosen |= more
    return [key for key in latest if key in chosen]


def _needs(dependencies: list[Dependency], keys: set[str]) -> bool:
    return any(needed.task_key in keys for needed in dependencies)


def _not_the_latest(repair_id: int) -> ApiError:
    return invalid_parameter(f"{repair_id} is not the ID of the latest repair.")
