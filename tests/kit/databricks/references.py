"""Dynamic value references in a task's parameters: `{{job.run_id}}` and the like."""

import re

from kit.databricks.errors import invalid_parameter
from kit.databricks.render import WORKSPACE_ID
from kit.databricks.runs import Run, TaskRun

_REFERENCE = re.compile(r"\{\{\s*(\w+)\.([\w.]+)\s*\}\}")
_NAMES = {
    "job": {"id", "name", "run_id", "repair_count"},
    "task": {"name", "run_id", "execution_count"},
    "workspace": {"id", "url"},
}


def check_references(text: str) -> None:
    """Documented: what is no reference stays as it is; an unknown name in a known namespace is refused.

    Raises:
        ApiError: such a name, or one that this server does not know.
    """
    for space, name in _REFERENCE.findall(text):
        is_parameter = space == "job" and name.startswith("parameters.")
        if space in _NAMES and name not in _NAMES[space] and not is_parameter:
            raise invalid_parameter(f"Invalid reference {{{{{space}.{name}}}}}.")


def expand_references(text: str, run: Run, attempt: TaskRun, host: str) -> str:
    """Put the values in."""
    values = {
        "job.id": str(run.job_id),
        "job.name": run.submission.run_name,
        "job.run_id": str(run.run_id),
        "job.repair_count": str(len(run.repairs)),
        **{f"job.parameters.{one['name']}": str(one.get("value", "")) for one in run.origin.parameters},
        "task.name": attempt.task.task_key,
        "task.run_id": str(attempt.run_id),
        "task.execution_count": str(attempt.attempt + 1),
        "workspace.id": str(WORKSPACE_ID),
        "workspace.url": host,
    }
    return _REFERENCE.sub(lambda match: values.get(f"{match[1]}.{match[2]}", match[0]), text)
