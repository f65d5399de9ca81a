"""From settings to the body of a request, in the words of the Jobs API: pure, and before any check."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from databricks_train.job.substitute import beneath
from drone_plugin import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pydantic import JsonValue

    from databricks_train.job.settings import JobSettings

Body: TypeAlias = "dict[str, JsonValue]"

TASK_KEY = "train"
SHORT = "short way"
"""How a place begins in a job that the settings describe; nobody reads it, see `in_words`."""
BOOTSTRAP = "${bootstrap}"
_CLUSTER = f"{SHORT}.tasks[0].new_cluster"
_WORDS = (
    (f"{_CLUSTER}.node_type_id", "settings.node_type"),
    (f"{_CLUSTER}.spark_version", "settings.spark_version"),
    (_CLUSTER, "settings.cluster"),
    (f"{SHORT}.tasks[0].spark_python_task.parameters", "settings.arguments"),
    (SHORT, "settings"),
)
_SINGLE_NODE: Body = {
    "spark_conf": {"spark.databricks.cluster.profile": "singleNode", "spark.master": "local[*]"},
    "custom_tags": {"ResourceClass": "SingleNode"},
}
_TAKEN = {"docker_image": "image or image_repo", "num_workers": "workers"}


def short_job(
    settings: JobSettings,
    overrides: Mapping[str, JsonValue],
    rendered: Callable[[JsonValue, str], JsonValue],
) -> Body:
    """One task that starts the entry point on a cluster of its own.

    `rendered` puts named values into what the user wrote, and is told where that stands. Standard access mode
    does not take images of one's own, so the mode is dedicated unless `cluster` says otherwise.
    """
    problems = [
        f"settings.cluster.{name}: is set by the step; use {instead}"
        for name, instead in _TAKEN.items()
        if name in settings.cluster
    ]
    written: Body = {
        "arguments": [*settings.arguments],
        "cluster": {**settings.cluster},
        "environment": {**settings.environment},
    }
    texts = _map(rendered(written, "settings"))
    cluster = laid_over(_sized(settings, overrides), _map(texts["cluster"]))
    cluster = resized(cluster, overrides)
    if "spark_version" not in cluster:
        problems.append("settings.spark_version: is required; for example: spark_version: 15.4.x-scala2.12")
    if not cluster.keys() & {"node_type_id", "instance_pool_id"}:
        problems.append("settings.node_type: is required; for example: node_type: m5.xlarge")
    if problems:
        raise SettingsError(problems)
    if cluster.get("num_workers") == 0 and not cluster.keys() & {"autoscale", "is_single_node"}:
        cluster = laid_over(_SINGLE_NODE, cluster)
    environment = _map(texts["environment"])
    if environment:
        cluster = laid_over(cluster, {"spark_env_vars": environment})
    arguments = texts["arguments"]
    words: list[JsonValue] = [settings.entry_point, *(arguments if isinstance(arguments, list) else ())]
    start: Body = {"python_file": BOOTSTRAP, "parameters": words}
    return {"tasks": [{"task_key": TASK_KEY, "new_cluster": cluster, "spark_python_task": start}]}


def in_words(message: str) -> str:
    """A message about a job that the settings describe, in the words of the settings."""
    for place, words in _WORDS:
        message = message.replace(place, words)
    return message


def _sized(settings: JobSettings, overrides: Mapping[str, JsonValue]) -> Body:
    named: Body = {
        "spark_version": overrides.get("spark_version", settings.spark_version),
        "node_type_id": overrides.get("node_type", settings.node_type),
    }
    made: Body = {name: value for name, value in named.items() if value}
    made |= {"data_security_mode": "SINGLE_USER"}
    if "autoscale" not in settings.cluster:
        made["num_workers"] = settings.workers
    return made


def resized(cluster: Mapping[str, JsonValue], overrides: Mapping[str, JsonValue]) -> Body:
    """A cluster as the chosen profile wants it. A fixed size and one that scales exclude one another."""
    names = {"node_type": "node_type_id", "workers": "num_workers", "spark_version": "spark_version"}
    changes: Body = {names[name]: value for name, value in overrides.items() if name in names}
    changes = laid_over(changes, _map(overrides.get("cluster")))
    made = laid_over(cluster, changes)
    for one, other in (("num_workers", "autoscale"), ("autoscale", "num_workers")):
        if one in changes and other not in changes:
            made.pop(other, None)
    if "node_type_id" in changes and "instance_pool_id" not in changes:
        made.pop("instance_pool_id", None)
    return made


def laid_over(base: Mapping[str, JsonValue], over: Mapping[str, JsonValue]) -> Body:
    """`base` with `over` on top, map by map: a user's `spark_conf` adds to ours."""
    made = dict(base)
    for key, value in over.items():
        below = made.get(key)
        both = isinstance(below, dict) and isinstance(value, dict)
        made[key] = laid_over(below, value) if both else value  # type: ignore[arg-type] # both are maps
    return made


def tasks_of(body: Mapping[str, JsonValue], place: str) -> Iterator[tuple[str, Body]]:
    """Every task of a body and where it stands, also the one that a `for_each_task` repeats."""
    tasks = body.get("tasks")
    for number, task in enumerate(tasks if isinstance(tasks, list) else ()):
        at = beneath(place, f"tasks[{number}]")
        inner: JsonValue = task
        while isinstance(inner, dict):
            yield at, inner
            inner, at = _map(inner.get("for_each_task")).get("task"), f"{at}.for_each_task.task"


def changed_tasks(body: Mapping[str, JsonValue], change: Callable[[str, Body], Body], place: str) -> Body:
    """The body with every task changed, the repeated ones before those that repeat them."""

    def one(task: JsonValue, at: str) -> JsonValue:
        if not isinstance(task, dict):
            return task
        loop = task.get("for_each_task")
        if isinstance(loop, dict) and "task" in loop:
            inner = one(loop["task"], f"{at}.for_each_task.task")
            task = {**task, "for_each_task": {**loop, "task": inner}}
        return change(at, task)

    tasks = body.get("tasks")
    if not isinstance(tasks, list):
        return dict(body)
    return {
        **body,
        "tasks": [one(task, beneath(place, f"tasks[{number}]")) for number, task in enumerate(tasks)],
    }


def _map(value: JsonValue) -> Body:
    return value if isinstance(value, dict) else {}
