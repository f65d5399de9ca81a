"""What Databricks says of a run, read tolerantly: it adds words, and mixes the old ones with the new."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic import JsonValue

# A failed run ends as INTERNAL_ERROR in the old words, its task as TERMINATED.
_ENDED = frozenset({"TERMINATED", "SKIPPED", "INTERNAL_ERROR"})
UNKNOWN = "UNKNOWN"
"""The phase and result of an answer that has none."""
_OLD_PAGE = re.compile(r"(?P<host>https?://[^/?#]+)/?\?o=(?P<o>\d+)#job/(?P<job>\d+)/run/(?P<run>\d+)")


@dataclass(frozen=True)
class State:
    """The state of a run or task."""

    phase: str
    """PENDING, RUNNING, TERMINATING, TERMINATED, …; UNKNOWN when the answer has none."""
    ended: bool
    result: str
    """SUCCESS, FAILED, TIMEDOUT, CANCELED, … once it ended."""
    message: str
    code: str = ""
    """Why it ended, in the words of `termination_details`; empty where an answer has none."""
    kind: str = ""
    """Whose fault that is: SUCCESS, CLIENT_ERROR, CLOUD_FAILURE, INTERNAL_ERROR; empty as above."""

    @property
    def succeeded(self) -> bool:
        """Only SUCCESS is one: SUCCESS_WITH_FAILURES and words that are not known are none."""
        return self.ended and (self.code or self.result) == "SUCCESS"


@dataclass(frozen=True)
class Task:
    """One attempt at a task of a run; its output is asked for by its own run id."""

    key: str
    run_id: int
    state: State
    attempt: int = 0
    cluster_id: str = ""
    """The cluster that it ran on, once there is one."""
    durations: Mapping[str, float] = field(default_factory=dict, compare=False)
    """Seconds, as Databricks counts them, by `setup`, `execution`, `cleanup`, `queue`."""


@dataclass(frozen=True)
class Run:
    """A run, its page, and its tasks."""

    url: str
    state: State
    tasks: tuple[Task, ...]
    run_id: int = 0
    job_id: int = 0
    name: str = ""
    creator: str = ""
    started: float = 0.0
    """Seconds since 1970."""
    durations: Mapping[str, float] = field(default_factory=dict, compare=False)
    """As those of a task, with `run` for the whole."""
    last_repair: int = 0
    """The id of the latest repair, which a further one has to name; asked for by the history alone."""
    answer: Mapping[str, JsonValue] = field(default_factory=dict, compare=False, repr=False)
    """All that Databricks said, with the tasks as they were submitted."""

    @property
    def latest(self) -> tuple[Task, ...]:
        """The last attempt at each task, in the order of the tasks."""
        last: dict[str, Task] = {}
        for task in self.tasks:
            known = last.get(task.key)
            if known is None or task.attempt >= known.attempt:
                last[task.key] = task
        return tuple(last.values())

    @property
    def clusters(self) -> Iterator[Mapping[str, JsonValue]]:
        """The clusters as they were submitted, of all tasks; an answer may keep them one level deeper."""
        for holder in self._holders:
            spec = _map(holder.get("cluster_spec"))
            yield from (_map(holder.get("new_cluster")), _map(spec.get("new_cluster")), spec)

    @property
    def arguments(self) -> Iterator[str]:
        """The arguments of all Python files, as they were submitted."""
        for holder in self._holders:
            words = _map(holder.get("spark_python_task")).get("parameters")
            yield from (word for word in (words if isinstance(words, list) else ()) if isinstance(word, str))

    @property
    def _holders(self) -> list[Mapping[str, JsonValue]]:
        """What tells of a task: each one, and in old answers the run itself."""
        return [self.answer, *_maps(self.answer.get("tasks"))]


def read_run(answer: Mapping[str, JsonValue]) -> Run:
    """The run in an answer of `runs/get` or `runs/list`."""
    repairs = [_number(repair.get("id")) for repair in _maps(answer.get("repair_history"))]
    return Run(
        url=page_url(_text(answer, "run_page_url")),
        state=read_state(answer),
        tasks=tuple(_task(task) for task in _maps(answer.get("tasks"))),
        run_id=_number(answer.get("run_id")),
        job_id=_number(answer.get("job_id")),
        name=_text(answer, "run_name"),
        creator=_text(answer, "creator_user_name"),
        started=_number(answer.get("start_time")) / 1000,
        durations=_durations(answer),
        last_repair=([number for number in repairs if number] or [0])[-1],
        answer=answer,
    )


def read_state(answer: Mapping[str, JsonValue]) -> State:
    """The state in a run or task: the old `state` where it is there, the new `status` for what it lacks."""
    old, new = _map(answer.get("state")), _map(answer.get("status"))
    details = _map(new.get("termination_details"))
    old_phase, new_phase = _text(old, "life_cycle_state"), _text(new, "state")
    return State(
        phase=new_phase or old_phase or UNKNOWN,
        ended=old_phase in _ENDED or new_phase == "TERMINATED",
        result=_text(old, "result_state") or _text(details, "code") or old_phase or UNKNOWN,
        message=_text(old, "state_message") or _text(details, "message"),
        code=_text(details, "code"),
        kind=_text(details, "type"),
    )


def page_url(url: str) -> str:
    """The page of a run in the form that works for everyone.

    The API's own form hides the run behind a `#`, and leads only administrators to it.
    """
    old = _OLD_PAGE.fullmatch(url)
    return f"{old['host']}/jobs/{old['job']}/runs/{old['run']}?o={old['o']}" if old else url


def _task(task: Mapping[str, JsonValue]) -> Task:
    return Task(
        key=_text(task, "task_key"),
        run_id=_number(task.get("run_id")),
        state=read_state(task),
        attempt=_number(task.get("attempt_number")),
        cluster_id=_text(_map(task.get("cluster_instance")), "cluster_id"),
        durations=_durations(task),
    )


def _durations(answer: Mapping[str, JsonValue]) -> dict[str, float]:
    names = ("queue", "setup", "execution", "cleanup", "run")
    counted = {name: _number(answer.get(f"{name}_duration")) for name in names}
    return {name: milliseconds / 1000 for name, milliseconds in counted.items() if milliseconds > 0}


def _text(values: Mapping[str, JsonValue], name: str) -> str:
    value = values.get(name)
    return value if isinstance(value, str) else ""


def _number(value: JsonValue) -> int:
    return value if isinstance(value, int) else 0


def _map(value: JsonValue) -> Mapping[str, JsonValue]:
    return value if isinstance(value, dict) else {}


def _maps(value: JsonValue) -> list[Mapping[str, JsonValue]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
