"""What ties a job to its MLflow run: variables in every task, by the cluster or by the bootstrap."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from databricks_train.job.body import BOOTSTRAP, Body, changed_tasks, tasks_of
from databricks_train.job.exported import set_by_step

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import JsonValue

_OPTIONS = ("--variables=", "--run-id=", "--run-url=")
_RUN: list[JsonValue] = [
    "--run-id={{job.run_id}}",
    # In the form that works for everyone, see `run_state.page_url`.
    "--run-url=${host}/jobs/{{job.id}}/runs/{{job.run_id}}?o={{workspace.id}}",
]
"""What tells the job which Databricks run it is: Databricks fills the references in when it starts a task."""
_CODE = ("spark_python_task", "python_wheel_task", "notebook_task")
"""Tasks that run Python, and so could record in MLflow."""
VARIABLES = "variables."
"""Before a task's key: the name that stands for all its variables as JSON."""

QUIET = {
    # MLflow's defaults let a job without a way to the server hang for four minutes.
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "30",
    # The run is linked to its commit already; without git in the image MLflow says so in forty lines.
    "GIT_PYTHON_REFRESH": "quiet",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
}
"""Variables that keep MLflow's client in the job quick and quiet; the user's own may change them."""

OF_ONE_RUN = {
    "MLFLOW_EXPERIMENT_ID": "${mlflow.experiment_id}",
    "MLFLOW_EXPERIMENT_NAME": "${mlflow.experiment_name}",
    "MLFLOW_RUN_ID": "${mlflow.run_id}",
    "MLFLOW_RUN_NAME": "${mlflow.run_name}",
    # Tags further runs that the training code starts beside the one made for it.
    "MLFLOW_RUN_CONTEXT": "${chain}",
    "DRONE_ML_CHAIN": "${chain}",
    "DRONE_ML_REQUEST": "${request}",
    "DRONE_ML_NONCE": "${nonce}",
}
"""Variables whose values one run has; one whose value is empty is not set."""


@dataclass(frozen=True)
class Tied:
    """A body whose tasks know their MLflow run."""

    body: Body
    variables: Mapping[str, str]
    """What every task gets; templates."""
    warnings: tuple[str, ...]


def with_tracking(body: Body, server: Mapping[str, str], place: str) -> Tied:
    """`server` are the variables that say which MLflow server and registry.

    A second time on the same body changes nothing.
    """
    starts = [task for _, task in tasks_of(body, place) if _starts_bootstrap(task)]
    variables = {**QUIET, **server, **OF_ONE_RUN, "DRONE_ML_TASKS": str(max(1, len(starts)))}
    warnings: list[str] = []

    def one(at: str, task: Body) -> Body:
        cluster = task.get("new_cluster")
        made = dict(task)
        if isinstance(cluster, dict):
            mine = {**variables, "DRONE_ML_TASK": str(task.get("task_key", ""))}
            made["new_cluster"] = _exporting(cluster, mine, at, warnings)
        if _starts_bootstrap(task):
            made["spark_python_task"] = _with_options(task, by_hand=not isinstance(cluster, dict))
        elif not isinstance(cluster, dict) and any(task.get(name) for name in _CODE):
            warnings.append(
                f"{at}: no variables can be set on its compute, and it does not start with ${{bootstrap}}; "
                "what it trains is not linked to the MLflow run"
            )
        return made

    return Tied(changed_tasks(body, one, place), variables, tuple(warnings))


def task_variables(variables: Mapping[str, str], task_key: str) -> str:
    """The text of `--variables` for one task; a variable without value is left out."""
    named = {name: value for name, value in variables.items() if value or name not in OF_ONE_RUN}
    text = json.dumps({**named, "DRONE_ML_TASK": task_key}, sort_keys=True)
    return text.replace("{{", r"{\u007b")


def without_empty(body: Body) -> Body:
    """The body without the variables of one run that this run has no value for."""

    def one(_at: str, task: Body) -> Body:
        cluster = task.get("new_cluster")
        variables = cluster.get("spark_env_vars") if isinstance(cluster, dict) else None
        if not isinstance(cluster, dict) or not isinstance(variables, dict):
            return task
        kept = {name: value for name, value in variables.items() if value != "" or name not in OF_ONE_RUN}
        return {**task, "new_cluster": {**cluster, "spark_env_vars": kept}}

    return changed_tasks(body, one, "")


def _exporting(cluster: Body, mine: Mapping[str, str], at: str, warnings: list[str]) -> Body:
    """The cluster with all variables: the user's come before the quiet ones, and after those of the link."""
    given = cluster.get("spark_env_vars")
    theirs: Mapping[str, JsonValue] = given if isinstance(given, dict) else {}
    lost = [name for name in theirs if set_by_step(name) and theirs[name] != mine.get(name)]
    warnings += [f"{at}.new_cluster.spark_env_vars.{name}: is set by the step" for name in lost]
    kept = {name: value for name, value in theirs.items() if not set_by_step(name)}
    ours = {name: value for name, value in mine.items() if set_by_step(name)}
    return {**cluster, "spark_env_vars": {**QUIET, **kept, **ours}}


def _with_options(task: Body, *, by_hand: bool) -> Body:
    start = task["spark_python_task"]
    start = start if isinstance(start, dict) else {}
    given = start.get("parameters")
    words = list(given) if isinstance(given, list) else []
    while words and isinstance(words[0], str) and words[0].startswith(_OPTIONS):
        del words[0]
    options: list[JsonValue] = [f"--variables=${{{VARIABLES}{task.get('task_key', '')}}}"] if by_hand else []
    return {**start, "parameters": [*options, *_RUN, *words]}


def _starts_bootstrap(task: Body) -> bool:
    start = task.get("spark_python_task")
    return isinstance(start, dict) and start.get("python_file") == BOOTSTRAP
