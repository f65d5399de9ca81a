"""What Databricks would refuse, or what would cost a cluster's start to find out."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from databricks_train.asking.nearest import did_you_mean
from databricks_train.job.body import Body, tasks_of
from databricks_train.job.exported import SECRET_REFERENCE, is_secret_name, unexportable
from databricks_train.job.substitute import beneath
from drone_plugin.decode import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic import JsonValue

MOST_TASKS = 1000
MOST_TAGS = 45
LONGEST_NAME = 4096
"""Bytes of a run's name."""
MOST_PARAMETERS = 10_000
"""Bytes that the parameters of a task may have as JSON."""
_KEY = re.compile(r"[\w-]{1,100}", re.ASCII)
_SHARED = frozenset({"USER_ISOLATION", "DATA_SECURITY_MODE_STANDARD"})
# A family of AWS is letters, a generation, and letters of which a `g` says Graviton: m6g, c7gd, r6gd, g5g.
# The first letters may be a g themselves: g4dn and g5 are graphics, on Intel and AMD. a1 was the first.
_GRAVITON = re.compile(r"(?:a1|[a-z]+\d+[a-z]*?g[a-z]*)\.[\w-]+", re.ASCII)
_ON_CLUSTERS = ("spark_python_task", "python_wheel_task", "spark_jar_task", "spark_submit_task")
_PARAMETERS = (
    ("spark_python_task", "parameters"),
    ("python_wheel_task", "parameters"),
    ("python_wheel_task", "named_parameters"),
    ("spark_jar_task", "parameters"),
    ("spark_submit_task", "parameters"),
    ("notebook_task", "base_parameters"),
)
_NAMED = (
    ("new_cluster", "spark_env_vars"),
    ("new_cluster", "spark_conf"),
    ("python_wheel_task", "named_parameters"),
    ("notebook_task", "base_parameters"),
)
"""Where values have names of the user's own."""


def spec_problems(body: Body, place: str) -> Iterator[str]:
    """What is wrong with a submission whose fields are known to be Databricks' own."""
    tasks = list(tasks_of(body, place))
    if not tasks:
        yield f"{beneath(place, 'tasks')}: a run has at least one task"
    if len(tasks) > MOST_TASKS:
        yield f"{beneath(place, 'tasks')}: {len(tasks)} tasks; a run has at most {MOST_TASKS}"
    name = str(body.get("run_name", ""))
    if len(name.encode("utf-8", "replace")) > LONGEST_NAME:
        yield f"{beneath(place, 'run_name')}: is longer than {LONGEST_NAME} bytes"
    yield from _order_problems(body, place)
    for at, task in tasks:
        cluster = task.get("new_cluster")
        if isinstance(cluster, dict):
            yield from _cluster_problems(cluster, f"{at}.new_cluster")
        yield from _size_problems(task, at)
        yield from _plain_secrets(task, at)


def spec_warnings(body: Body, place: str) -> Iterator[str]:
    """What is not as it may seem."""
    for at, task in tasks_of(body, place):
        if task.get("existing_cluster_id"):
            yield f"{at}.existing_cluster_id: that cluster runs already, so the image cannot be put on it"


def image_problems(body: Body, place: str) -> Iterator[str]:
    """Where the image of the build and serverless compute meet: it takes none of one's own."""
    tasks = list(tasks_of(body, place))
    own = any(task.get("new_cluster") or task.get("existing_cluster_id") for _, task in tasks)
    for at, task in tasks:
        if task.get("environment_key") and task.get("new_cluster"):
            yield f"{at}: has new_cluster and environment_key, but serverless compute takes no image"
        elif not own and task.get("environment_key"):
            yield (
                f"{at}.environment_key: serverless compute takes no image (Container Services), so nothing "
                "of this run would be in the build's; write new_cluster"
            )
        elif not own and any(task.get(kind) for kind in _ON_CLUSTERS):
            yield f"{at}: names no compute; write new_cluster, which gets the build's image"


def sent_problems(body: Body, place: str) -> Iterator[str]:
    """What only the names of one run can make wrong: once more, over the body as it is sent."""
    for at, task in tasks_of(body, place):
        yield from _size_problems(task, at)


def _size_problems(task: Mapping[str, JsonValue], at: str) -> Iterator[str]:
    """Parameters that are too long, and variables that a cluster could not export."""
    for kind, name in _PARAMETERS:
        holder = task.get(kind)
        words = holder.get(name) if isinstance(holder, dict) else None
        size = len(json.dumps(words)) if words else 0
        if size > MOST_PARAMETERS:
            yield f"{at}.{kind}.{name}: {size} bytes as JSON; Databricks takes {MOST_PARAMETERS}"
    cluster = task.get("new_cluster")
    variables = cluster.get("spark_env_vars") if isinstance(cluster, dict) else None
    for name, value in variables.items() if isinstance(variables, dict) else ():
        where = f"{at}.new_cluster.spark_env_vars.{quoted(name)[1:-1]}"
        yield from (f"{where}: {text}" for text in unexportable(name, str(value)))


def _cluster_problems(cluster: Body, at: str) -> Iterator[str]:
    tags = cluster.get("custom_tags")
    if isinstance(tags, dict) and len(tags) > MOST_TAGS:
        yield f"{at}.custom_tags: {len(tags)} tags; a cluster has at most {MOST_TAGS}"
    if cluster.get("docker_image"):
        yield from _container_problems(cluster, at)


def _container_problems(cluster: Body, at: str) -> Iterator[str]:
    """The rules of Container Services."""
    version = str(cluster.get("spark_version", ""))
    if "-ml-" in version:
        plain = re.sub(r"-(?:cpu|gpu)?-?ml-", "-", version)
        yield f"{at}.spark_version: {quoted(version)} is an ML runtime, which takes no image; write {plain}"
    if cluster.get("use_ml_runtime") is True:
        yield f"{at}.use_ml_runtime: an ML runtime takes no image; leave it out"
    mode = cluster.get("data_security_mode")
    if mode in _SHARED:
        yield f"{at}.data_security_mode: {mode} (standard access) takes no image; write SINGLE_USER"
    for field in ("node_type_id", "driver_node_type_id"):
        node = str(cluster.get(field, ""))
        if _GRAVITON.fullmatch(node):
            yield f"{at}.{field}: {node} is a Graviton machine, which takes no image; choose an x86 one"


def _order_problems(body: Body, place: str) -> Iterator[str]:
    """Keys of tasks, and what depends on what."""
    tasks = body.get("tasks")
    needs: dict[str, list[str]] = {}
    for number, task in enumerate(tasks if isinstance(tasks, list) else ()):
        at = beneath(place, f"tasks[{number}]")
        key = task.get("task_key") if isinstance(task, dict) else None
        if not isinstance(task, dict) or not isinstance(key, str) or not _KEY.fullmatch(key):
            yield f"{at}.task_key: a task needs a key of at most 100 letters, digits, _ and -"
            continue
        if key in needs:
            yield f"{at}.task_key: {quoted(key)} is another task's, too"
        needs[key] = list(_before(task))
    for key, before in needs.items():
        for one in before:
            if one not in needs:
                yield (
                    f"{beneath(place, 'tasks')}: {key} depends on {quoted(one)}, which is no task"
                    f"{did_you_mean(one, needs)}"
                )
    circle = _circle({key: [one for one in before if one in needs] for key, before in needs.items()})
    if circle:
        yield f"{beneath(place, 'tasks')}: wait for one another: {' → '.join(circle)}"


def _before(task: Body) -> Iterator[str]:
    listed = task.get("depends_on")
    for one in listed if isinstance(listed, list) else ():
        if isinstance(one, dict):
            yield str(one.get("task_key", ""))


def _circle(needs: Mapping[str, list[str]]) -> list[str]:
    """Tasks that depend on one another in a circle; none if each can come to its turn."""
    left = {key: set(before) for key, before in needs.items()}
    while ready := [key for key, before in left.items() if not before & left.keys()]:
        for key in ready:
            del left[key]
    if not left:
        return []
    way = [next(iter(left))]
    while way[-1] not in way[:-1]:
        way.append(next(one for one in needs[way[-1]] if one in left))
    return way[way.index(way[-1]) :]


def secret_problems(values: JsonValue, where: str) -> Iterator[str]:
    """Entries of a map that hold a secret in clear, by how their names sound."""
    for name, value in values.items() if isinstance(values, dict) else ():
        if is_secret_name(name) and value and not SECRET_REFERENCE.fullmatch(str(value)):
            yield (
                f"{where}.{quoted(name)[1:-1]}: sounds like a secret, and a job's text can be read; keep it "
                "in Databricks, and write {{secrets/scope/key}}"
            )


def _plain_secrets(task: Body, at: str) -> Iterator[str]:
    for holder, name in _NAMED:
        outer = task.get(holder)
        if isinstance(outer, dict):
            yield from secret_problems(outer.get(name), f"{at}.{holder}.{name}")
