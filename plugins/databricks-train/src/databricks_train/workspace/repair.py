"""Whether what failed of a run can be run again alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from databricks_train.workspace.verdict import judge

if TYPE_CHECKING:
    from databricks_train.workspace.run_state import Run


def can_be_repaired(run: Run) -> bool:
    """Whether a repair saves anything: some tasks of the run succeeded, and others failed or never ran."""
    if not run.state.ended:
        return False
    succeeded = [judge(task.state).kind == "success" for task in run.latest]
    return any(succeeded) and not all(succeeded)


def failed_keys(run: Run) -> list[str]:
    """The keys of the tasks that a repair runs again."""
    return [task.key for task in run.latest if judge(task.state).kind != "success"]
