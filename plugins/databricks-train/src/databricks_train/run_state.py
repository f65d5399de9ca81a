"""What Databricks says of a run, read tolerantly: it adds words, and mixes the old ones with the new."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import JsonValue

# A failed run ends as INTERNAL_ERROR in the old words, its task as TERMINATED.
_ENDED = frozenset({"TERMINATED", "SKIPPED", "INTERNAL_ERROR"})


@dataclass(frozen=True)
class State:
    """The state of a run or task."""

    phase: str
    """PENDING, RUNNING, TERMINATING, TERMINATED, …; UNKNOWN when the answer has none."""
    ended: bool
    result: str
    """SUCCESS, FAILED, TIMEDOUT, CANCELED, … once it ended."""
    message: str

    @property
    def succeeded(self) -> bool:
        """Only SUCCESS is one: SUCCESS_WITH_FAILURES and words that are not known are none."""
        return self.ended and self.result == "SUCCESS"


@dataclass(frozen=True)
class Task:
    """A task of a run; its output is asked for by its own run id."""

    key: str
    run_id: int
    state: State


@dataclass(frozen=True)
class Run:
    """A run, its page, and its tasks."""

    url: str
    state: State
    tasks: tuple[Task, ...]


def read_run(answer: Mapping[str, JsonValue]) -> Run:
    """The run in an answer of `runs/get`."""
    tasks = [_task(task) for task in _maps(answer.get("tasks"))]
    return Run(str(answer.get("run_page_url") or ""), read_state(answer), tuple(tasks))


def read_state(answer: Mapping[str, JsonValue]) -> State:
    """The state in a run or task: the old `state` where it is there, the new `status` for what it lacks."""
    old, new = _map(answer.get("state")), _map(answer.get("status"))
    details = _map(new.get("termination_details"))
    old_phase, new_phase = str(old.get("life_cycle_state") or ""), str(new.get("state") or "")
    return State(
        phase=new_phase or old_phase or "UNKNOWN",
        ended=old_phase in _ENDED or new_phase == "TERMINATED",
        result=str(old.get("result_state") or details.get("code") or old_phase or "UNKNOWN"),
        message=str(old.get("state_message") or details.get("message") or ""),
    )


def _task(task: Mapping[str, JsonValue]) -> Task:
    run_id = task.get("run_id")
    return Task(str(task.get("task_key") or ""), run_id if isinstance(run_id, int) else 0, read_state(task))


def _map(value: JsonValue) -> Mapping[str, JsonValue]:
    return value if isinstance(value, dict) else {}


def _maps(value: JsonValue) -> list[Mapping[str, JsonValue]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
