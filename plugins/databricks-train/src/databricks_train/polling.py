"""Waiting for a run: when to ask next, what to say meanwhile, when to give up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from databricks_train.workspace import is_passing
from drone_plugin import PluginError, TimeLimitError, UnreachableError, spell_duration

if TYPE_CHECKING:
    from collections.abc import Callable

    from databricks_train.run_state import Run
    from drone_plugin import Clock, Log

HEARTBEAT = 300.0
"""Seconds without news after which a line says that the run goes on."""

PATIENCE = 600.0
"""Seconds for which Databricks may stay unreachable before the step gives up waiting. The run goes on."""

_QUICK_START = 10.0
_WAITING = frozenset({"PENDING", "QUEUED", "BLOCKED", "WAITING"})


def interval(phase: str, in_phase: float, since_start: float) -> float:
    """Seconds until the next question.

    Early ones come fast, because a wrong specification fails at once; a cluster takes minutes to start; the
    end of a run should be seen within seconds. 500 builds at once stay below Databricks' 100 questions a
    second for `runs/get`.
    """
    if since_start < _QUICK_START:
        return 1.0 + since_start / 5
    if phase in _WAITING:
        return min(10.0, 2.0 + in_phase / 20)
    if phase == "TERMINATING":
        return 1.0
    return min(5.0, max(2.0, in_phase / 100))


def wait_for_end(ask: Callable[[], Run], clock: Clock, log: Log, limit: float) -> Run:
    """The run as it ended.

    `limit` is in seconds. Raises TimeLimitError when the run has not ended by then, UnreachableError when
    Databricks does not answer for `PATIENCE` seconds in a row, and other errors as they come.
    """
    start = phase_since = said = clock.monotonic()
    phase, silent_since = "", None
    while True:
        try:
            run = ask()
            silent_since = None
        except PluginError as error:
            silent_since = _bear(error, silent_since, clock, log)
            run = None
        now = clock.monotonic()
        if run is not None:
            if run.state.phase != phase:
                phase, phase_since, said = run.state.phase, now, now
                log.info(f"{spell_duration(now - start):>10}  {_news(run)}")
            if run.state.ended:
                return run
        if now - start > limit:
            raise TimeLimitError(f"the run has not ended within {spell_duration(limit)}")
        if now - said > HEARTBEAT:
            said = now
            log.info(f"{spell_duration(now - start):>10}  still {'no answer' if run is None else phase}")
        clock.sleep(interval(phase, now - phase_since, now - start))


def _bear(error: PluginError, silent_since: float | None, clock: Clock, log: Log) -> float:
    """Since when Databricks has not answered; raises what a later question will not mend."""
    now = clock.monotonic()
    if not is_passing(error):
        raise error
    if silent_since is None:
        log.warning(f"{error.message}; asking again")
        return now
    if now - silent_since > PATIENCE:
        raise UnreachableError(f"{error.message}, for {spell_duration(now - silent_since)}")
    return silent_since


def _news(run: Run) -> str:
    state = run.state
    result = f" ({state.result})" if state.ended else ""
    return f"{state.phase}{result}" + (f": {state.message}" if state.message else "")
