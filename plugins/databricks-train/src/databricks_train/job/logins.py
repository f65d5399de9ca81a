"""The logins with which clusters pull the image: references to Databricks' secrets, or texts in clear."""

from __future__ import annotations

from typing import TYPE_CHECKING

from databricks_train.job.body import Body, changed_tasks, tasks_of
from databricks_train.job.exported import SECRET_REFERENCE
from databricks_train.job.substitute import as_template

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic import JsonValue

    from databricks_train.job.settings import JobSettings


def registry_login(settings: JobSettings) -> Body:
    """The login of the settings as Databricks wants it; empty where they have none."""
    login = {
        "username": settings.cluster_registry_username,
        "password": settings.cluster_registry_password,
    }
    return {name: as_template(value) for name, value in login.items() if value}


def with_login(body: Body, login: Body) -> Body:
    """The body with the login at every image that has none."""

    def one(_at: str, task: Body) -> Body:
        image, cluster = _image(task), task.get("new_cluster")
        if not isinstance(cluster, dict) or not image or not login or "basic_auth" in image:
            return task
        return {**task, "new_cluster": {**cluster, "docker_image": {**image, "basic_auth": login}}}

    return changed_tasks(body, one, "")


def plain_logins(body: Body) -> Iterator[tuple[str, str]]:
    """Every text of a login that is no reference: `username` or `password`, and the text."""
    for _, task in tasks_of(body, ""):
        yield from _plain(_image(task))


def without_plain_logins(body: Body) -> Body:
    """The body without logins that hold a text in clear."""

    def one(_at: str, task: Body) -> Body:
        image, cluster = _image(task), task.get("new_cluster")
        if not isinstance(cluster, dict) or not any(_plain(image)):
            return task
        kept = {name: value for name, value in image.items() if name != "basic_auth"}
        return {**task, "new_cluster": {**cluster, "docker_image": kept}}

    return changed_tasks(body, one, "")


def _image(task: Body) -> Body:
    cluster = task.get("new_cluster")
    image = cluster.get("docker_image") if isinstance(cluster, dict) else None
    return image if isinstance(image, dict) else {}


def _plain(image: Mapping[str, JsonValue]) -> Iterator[tuple[str, str]]:
    login = image.get("basic_auth")
    for name, value in login.items() if isinstance(login, dict) else ():
        if value and not (isinstance(value, str) and SECRET_REFERENCE.fullmatch(value)):
            yield name, str(value)
