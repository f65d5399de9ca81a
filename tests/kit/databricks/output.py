"""What get-output tells about a Python program: the end of its log, its exception, its traceback."""

from pydantic import BaseModel

from kit.databricks.runs import Output

LOG_LIMIT = 5 * 1024 * 1024
_KILLED = 137


class _Report(BaseModel):
    """What `repl.py` writes about an exception."""

    error: str
    trace: str


def output_of(log: bytes, report: bytes | None, exit_code: int) -> Output:
    """The output of a task from what its process left; an exit code of 0 is success."""
    kept = log[-LOG_LIMIT:].decode(errors="replace")
    truncated = len(log) > LOG_LIMIT
    if exit_code == 0:
        return Output(kept, truncated)
    if report is None:
        return Output(kept, truncated, _died(exit_code))
    told = _Report.model_validate_json(report)
    return Output(kept, truncated, told.error, told.trace)


def _died(exit_code: int) -> str:
    """Of a process that ended without an exception: killed from outside, `os._exit`, a crash."""
    killed = " (SIGKILL: Killed). This may have been caused by an OOM error" if exit_code == _KILLED else ""
    told = f"The Python process exited with exit code {exit_code}{killed}."
    return f"Fatal error: The Python kernel is unresponsive. {told}"
