"""Runs as the API shows them: the old `state` beside the new `status`."""

from kit.databricks.runs import TERMINAL, Ending, Run, TaskRun
from kit.databricks.values import Json, JsonObject, milliseconds

WORKSPACE_ID = 900800700600500
SPARK_CONTEXT = "2683025026034934417"
NEW_STATES = {"WAITING_FOR_RETRY": "WAITING"}


def run_page_url(host: str, run: Run) -> str:
    """The address that a workspace gives out: the old form, with a fragment."""
    return f"{host}/?o={WORKSPACE_ID}#job/{run.job_id}/run/{run.run_id}"


def render_run(run: Run, host: str, tasks: list[TaskRun]) -> JsonObject:
    """A run as runs/get shows it, with these of its tasks."""
    return {
        **_head(run, host),
        "run_id": run.run_id,
        "number_in_job": run.run_id,
        "original_attempt_run_id": run.run_id,
        **_states(run.state, run.ending),
        "start_time": milliseconds(run.started),
        **_end(run.started, run.ended),
        "tasks": [render_task(task, host, run) for task in tasks],
        **({"job_clusters": [*run.origin.job_clusters]} if run.origin.job_clusters else {}),
        **({"job_parameters": [*run.origin.parameters]} if run.origin.parameters else {}),
        "format": "MULTI_TASK",
    }


def render_repairs(run: Run) -> list[JsonObject]:
    """The original run and its repairs, as runs/get tells them with include_history."""
    first = [one.run_id for one in run.attempts]
    for item in run.repairs:
        first = [run_id for run_id in first if run_id not in item.task_run_ids]
    items: list[JsonObject] = [
        {"type": "ORIGINAL", "start_time": milliseconds(run.started), "task_run_ids": [*first]},
    ]
    for item in run.repairs:
        repair: JsonObject = {"type": "REPAIR", "id": item.repair_id}
        items.append(
            {**repair, "start_time": milliseconds(item.started), "task_run_ids": [*item.task_run_ids]}
        )
    items[-1] |= _states(run.state, run.ending)
    return items


def render_task(attempt: TaskRun, host: str, run: Run) -> JsonObject:
    """A task as it is listed inside its run: what was sent, and what became of it."""
    shown: JsonObject = {
        **attempt.sent,
        "run_id": attempt.run_id,
        "run_page_url": run_page_url(host, run),
        "attempt_number": attempt.attempt,
        "run_if": attempt.task.run_if,
        **_states(attempt.state, attempt.ending),
        **_times(attempt),
    }
    if "RUNNING" in attempt.entered or (attempt.ending and attempt.ending.life_cycle != "TERMINATED"):
        shown["cluster_instance"] = {"cluster_id": attempt.cluster_id, "spark_context_id": SPARK_CONTEXT}
    return shown


def render_output(attempt: TaskRun, host: str, run: Run) -> JsonObject:
    """The answer of get-output. Logs and error appear at the end: while a task runs there is no live log."""
    metadata: JsonObject = {**_head(run, host), **render_task(attempt, host, run)}
    shown: JsonObject = {"metadata": metadata}
    output = attempt.output
    if attempt.ending:
        shown |= {"logs": output.logs, "logs_truncated": output.logs_truncated}
    if output.error:
        shown["error"] = output.error
    if output.error_trace:
        shown["error_trace"] = output.error_trace
    return shown


def _head(run: Run, host: str) -> JsonObject:
    return {
        "job_id": run.job_id,
        "creator_user_name": run.creator,
        "run_as_user_name": run.creator,
        "run_name": run.submission.run_name,
        "run_page_url": run_page_url(host, run),
        "run_type": run.origin.run_type,
        "trigger": "ONE_TIME",
        **({"description": run.origin.description} if run.origin.description else {}),
    }


def _states(life_cycle: str, ending: Ending | None) -> JsonObject:
    if ending is None:
        return {
            "state": {
                "life_cycle_state": life_cycle,
                "state_message": "",
                "user_cancelled_or_timedout": False,
            },
            "status": {"state": NEW_STATES.get(life_cycle, life_cycle)},
        }
    details: JsonObject = {"code": ending.code, "type": ending.kind, "message": ending.message}
    return {
        "state": {
            "life_cycle_state": ending.life_cycle,
            "result_state": ending.result,
            "state_message": ending.message,
            "user_cancelled_or_timedout": ending.by_user_or_timeout,
        },
        "status": {"state": "TERMINATED", "termination_details": details},
    }


def _times(attempt: TaskRun) -> JsonObject:
    entered = attempt.entered
    last = max(entered.values()) if attempt.state in TERMINAL else None
    start = min(entered.values())
    return {
        "start_time": milliseconds(start),
        "setup_duration": milliseconds(attempt.seconds("PENDING", "RUNNING", *TERMINAL)),
        "execution_duration": milliseconds(attempt.seconds("RUNNING", "TERMINATING", *TERMINAL)),
        "cleanup_duration": milliseconds(attempt.seconds("TERMINATING", *TERMINAL)),
        **_end(start, last),
    }


def _end(start: float, end: float | None) -> dict[str, Json]:
    if end is None:
        return {}
    return {"end_time": milliseconds(end), "run_duration": milliseconds(end - start)}
