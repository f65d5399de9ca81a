"""Ending runs: one's own within a grace period, and those that a newer commit replaces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from databricks_train.workspace.api import CANCEL_SECONDS
from databricks_train.workspace.errors import GoneError
from drone_plugin import PluginError, spell_duration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from databricks_train.workspace.api import Workspace
    from databricks_train.workspace.run_state import Run
    from drone_plugin import Clock, Log

SUPERSEDE_SECONDS: Final = 300.0
"""How long runs that were cancelled for a newer commit may take to stop: a cluster is cleaned up first."""

_PAUSE: Final = 1.0


@dataclass(frozen=True)
class Stop:
    """What came of ending a run."""

    outcome: Literal["stopped", "stopping", "not-asked"]
    """`stopping`: Databricks was asked, and the run had not ended when the time was over."""
    text: str


def stop(workspace: Workspace, run_id: int, clock: Clock, within: float) -> Stop:
    """Cancel a run and wait until it has stopped, in `within` seconds in all. Raises nothing of a workspace.

    It asks for the end once: who is being killed has no time for a second attempt.
    """
    begun = clock.monotonic()
    try:
        workspace.cancel(run_id, min(CANCEL_SECONDS, within))
    except GoneError:
        return Stop("stopped", f"run {run_id} is gone already")
    except PluginError as error:
        return Stop("not-asked", f"run {run_id} is not cancelled: {error.message}")
    while (left := begun + within - clock.monotonic()) > 0:
        if _has_stopped(workspace, run_id, left):
            took = spell_duration(clock.monotonic() - begun)
            return Stop("stopped", f"run {run_id} has stopped, {took} after it was cancelled")
        clock.sleep(min(_PAUSE, left))
    return Stop(
        "stopping", f"run {run_id} is cancelled, and was still stopping after {spell_duration(within)}"
    )


def supersede(
    workspace: Workspace, runs: Sequence[Run], clock: Clock, log: Log, within: float = SUPERSEDE_SECONDS
) -> list[int]:
    """Cancel runs that this build replaces, and wait until they have stopped; what is done is said.

    Returns the ids of those that have not stopped within `within` seconds. Raises as `cancel` does.
    """
    begun = clock.monotonic()
    for run in runs:
        log.info(f"this build supersedes run {run.run_id}, which is cancelled: {run.url or run.name}")
        workspace.cancel(run.run_id)
    going = [run.run_id for run in runs]
    while going and (left := begun + within - clock.monotonic()) > 0:
        going = [run_id for run_id in going if not _has_stopped(workspace, run_id, left)]
        if going:
            clock.sleep(min(_PAUSE, left))
    took = spell_duration(clock.monotonic() - begun)
    if going:
        log.warning(f"not stopped after {took}: run {', '.join(map(str, going))}")
    elif runs:
        log.info(f"stopped after {took}: run {', '.join(str(run.run_id) for run in runs)}")
    return going


def _has_stopped(workspace: Workspace, run_id: int, seconds: float) -> bool:
    """Whether it has; an answer that does not come says nothing."""
    try:
        return workspace.run(run_id, seconds=min(seconds, CANCEL_SECONDS)).state.ended
    except GoneError:
        return True
    except PluginError:
        return False
