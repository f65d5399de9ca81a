"""What get-output tells about a Python program: the end of its log, its exception, its traceback."""

import re

from kit.databricks.runs import Output

LOG_LIMIT = 5 * 1024 * 1024
_HEADER = re.compile(r"^Traceback \(most recent call last\):$", re.MULTILINE)
# What the compiler refuses in the file itself has a place, but no header.
_UNCOMPILED = re.compile(r'^  File ".*\n(?: .*\n)*(?:Syntax|Indentation|Tab)Error: ', re.MULTILINE)
_CHAINED = re.compile(
    r"\n\n(During handling of the above exception, another exception occurred"
    r"|The above exception was the direct cause of the following exception):\n\n$"
)
_KILLED = 137


def output_of(log: bytes, stderr: bytes, exit_code: int) -> Output:
    """The output of a task from the bytes of its process; an exit code of 0 is success."""
    kept = log[-LOG_LIMIT:].decode(errors="replace")
    truncated = len(log) > LOG_LIMIT
    if exit_code == 0:
        return Output(kept, truncated)
    trace = traceback_in(stderr.decode(errors="replace"))
    return Output(kept, truncated, raised_in(trace) or _died(exit_code), trace)


def traceback_in(text: str) -> str:
    """The last traceback of a text, with those that it was raised from; empty when there is none."""
    starts = [found.start() for found in _HEADER.finditer(text)] or [
        found.start() for found in _UNCOMPILED.finditer(text)
    ]
    if not starts:
        return ""
    start = starts.pop()
    while starts and _CHAINED.search(text[:start]):
        start = starts.pop()
    return text[start:].rstrip()


def raised_in(trace: str) -> str:
    """The exception of a traceback, with the first line of its message: what follows the indented frames."""
    last = max((found.end() for found in _HEADER.finditer(trace)), default=0)
    return next((line for line in trace[last:].splitlines() if line and not line.startswith(" ")), "")


def _died(exit_code: int) -> str:
    """Of a process that ended in the middle of an instruction: killed from outside, `os._exit`, a crash."""
    killed = " (SIGKILL: Killed). This may have been caused by an OOM error" if exit_code == _KILLED else ""
    told = f"The Python process exited with exit code {exit_code}{killed}."
    return f"Fatal error: The Python kernel is unresponsive. {told}"
