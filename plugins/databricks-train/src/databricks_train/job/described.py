"""A job in the Jobs API's own words, made complete: the chosen profile, the build's image, one form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from databricks_train.job.body import SHORT, TASK_KEY, Body, changed_tasks, resized
from databricks_train.job.check_names import task_fields
from databricks_train.job.file import read_job_file
from databricks_train.job.substitute import as_template, beneath
from drone_plugin import SettingsError
from drone_plugin.scalars import quoted

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pydantic import JsonValue

    from databricks_train.job.settings import JobSettings

_NAMED = 8
"""So many tasks are named in a line."""


def read_job(settings: JobSettings, workspace: Path) -> tuple[Body, str]:
    """The job as the user wrote it, and how a message names a field of it."""
    inline = settings.inline_job
    if inline is not None:
        return inline, "settings.job"
    return read_job_file(workspace, settings.job), f"{quoted(settings.job)[1:-1]}: "


def in_tasks(job: Body, place: str) -> Body:
    """The job with a list of tasks; one that describes a single task at its top gets that."""
    fields = task_fields() & job.keys()
    if "tasks" in job:
        if fields:
            names = ", ".join(sorted(fields))
            raise SettingsError(f"{beneath(place, 'tasks')}: stands beside {names}; write that into a task")
        return job
    if not fields:
        return job
    task: Body = {"task_key": TASK_KEY, **{name: job[name] for name in job if name in fields}}
    return {**{name: value for name, value in job.items() if name not in fields}, "tasks": [task]}


def sized(body: Body, overrides: Mapping[str, JsonValue], place: str) -> Body:
    """Every new cluster as the profile wants it."""

    def one(_at: str, task: Body) -> Body:
        cluster = task.get("new_cluster")
        return {**task, "new_cluster": resized(cluster, overrides)} if isinstance(cluster, dict) else task

    return changed_tasks(body, one, place)


def with_image(body: Body, image: str, place: str) -> tuple[Body, list[str]]:
    """Every new cluster with the build's image, and what to print about it.

    A cluster that names no image gets it; one that says `docker_image: null` gets none; another image than
    the build's is an error, because the record says which one it was. Raises SettingsError.
    """
    url = as_template(image)
    problems: list[str] = []
    given_one: list[str] = []
    without: list[str] = []

    def one(at: str, task: Body) -> Body:
        cluster = task.get("new_cluster")
        given = cluster.get("docker_image", {}) if isinstance(cluster, dict) else {}
        if not isinstance(cluster, dict) or not isinstance(given, dict | None):
            return task
        key = quoted(str(task.get("task_key", "")))[1:-1]
        if given is None:
            without.append(key)
            rest = {name: value for name, value in cluster.items() if name != "docker_image"}
            return {**task, "new_cluster": rest}
        if given.get("url", url) != url:
            problems.append(
                f"{at}.new_cluster.docker_image.url: {quoted(str(given['url']))} is not the image of this "
                "step; write ${image} ($${image} within .drone.yml), or leave docker_image out"
            )
        if "docker_image" not in cluster and place != SHORT:
            given_one.append(key)
        return {**task, "new_cluster": {**cluster, "docker_image": {**given, "url": url}}}

    made = changed_tasks(body, one, place)
    if problems:
        raise SettingsError(problems)
    lines = [f"gets the build's image: {_tasks(given_one)}"] if given_one else []
    if without:
        lines.append(f"runs without the build's image, by docker_image: null: {_tasks(without)}")
    return made, lines


def _tasks(keys: list[str]) -> str:
    """The first of them by name."""
    more = f" and {len(keys) - _NAMED} more" if len(keys) > _NAMED else ""
    return f"{'tasks' if len(keys) > 1 else 'task'} {', '.join(keys[:_NAMED])}{more}"
