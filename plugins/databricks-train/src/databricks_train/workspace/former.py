"""How long a run is likely to take: as long as the last one like it."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from drone_plugin import PluginError

if TYPE_CHECKING:
    from collections.abc import Callable

    from databricks_train.workspace.api import Workspace
    from databricks_train.workspace.run_state import Run

LOOKED_THROUGH: Final = 60
"""Finished runs of the workspace among which the last one like it is looked for: three questions."""


def former_seconds(workspace: Workspace, is_alike: Callable[[Run], bool], job_id: int = 0) -> float:
    """Seconds for which the last such run that succeeded was RUNNING; 0 when there is none, or no answer.

    It is for `polling.Manner.expected`: who knows when a run will end looks closely then, and seldom before.
    """
    try:
        for run in islice(workspace.finished_runs(job_id), LOOKED_THROUGH):
            if run.state.succeeded and is_alike(run):
                return running_seconds(run)
    except PluginError:
        pass  # worth no word: the run is only looked at less cleverly
    return 0.0


def running_seconds(run: Run) -> float:
    """Seconds that a run took, without the start of its first cluster and without the queue."""
    setups = [task.durations.get("setup", 0.0) for task in run.latest]
    before = run.durations.get("queue", 0.0) + min(setups, default=0.0)
    return max(0.0, run.durations.get("run", 0.0) - before)
