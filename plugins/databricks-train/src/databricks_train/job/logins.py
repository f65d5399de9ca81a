"""The logins with which clusters pull the image: references to Databricks' secrets, or texts in clear."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from databricks_train.job.body import Body, changed_tasks, tasks_of
from databricks_train.job.exported import SECRET_REFERENCE
from databricks_train.job.substitute import as_template

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic import JsonValue

    from databricks_train.job.settings import JobSettings

WITHHELD: Final = "{{drone-ml/withheld}}"
"""What stands in the archive where the request had a secret in plain text."""


def registry_login(settings: JobSettings) -> Body:
    """The login of the settings as Databricks wants it; empty where they have none."""
    login = {
        "username": settings.cluster_registry_username,
        "password": settings.cluster_registry_password,
    }
    return {name: as_template(value) for name, value in login.items() if value}


def with_login(body: Body, login: Body) -> Body:
    """The body with the login at every image that has none, or whose own was left out of the archive."""

    def one(_at: str, task: Body) -> Body:
        image = _image(task)
        needs = "basic_auth" not in image or _is_withheld(image)
        return _changed(task, {**image, "basic_auth": login}) if image and login and needs else task

    return changed_tasks(body, one, "")


def lacks_login(body: Body) -> bool:
    """Whether the login of an image was left out of the archive, and is not there again."""
    return any(_is_withheld(_image(task)) for _, task in tasks_of(body, ""))


def plain_logins(body: Body) -> Iterator[tuple[str, str]]:
    """Every text of a login that is no reference: `username` or `password`, and the text."""
    for _, task in tasks_of(body, ""):
        yield from _plain(_image(task))


def without_plain_logins(body: Body) -> Body:
    """The body without logins that hold a text in clear."""

    def one(_at: str, task: Body) -> Body:
        image = _image(task)
        kept = {name: value for name, value in image.items() if name != "basic_auth"}
        return _changed(task, kept) if any(_plain(image)) else task

    return changed_tasks(body, one, "")


def with_withheld_logins(body: Body) -> Body:
    """The body with a mark instead of each login that holds a text in clear."""

    def one(_at: str, task: Body) -> Body:
        image = _image(task)
        mark: Body = {"username": WITHHELD, "password": WITHHELD}
        return _changed(task, {**image, "basic_auth": mark}) if any(_plain(image)) else task

    return changed_tasks(body, one, "")


def _changed(task: Body, image: Body) -> Body:
    cluster = task.get("new_cluster")
    return {**task, "new_cluster": {**(cluster if isinstance(cluster, dict) else {}), "docker_image": image}}


def _is_withheld(image: Body) -> bool:
    login = image.get("basic_auth")
    return isinstance(login, dict) and WITHHELD in login.values()


def _image(task: Body) -> Body:
    cluster = task.get("new_cluster")
    image = cluster.get("docker_image") if isinstance(cluster, dict) else None
    return image if isinstance(image, dict) else {}


def _plain(image: Mapping[str, JsonValue]) -> Iterator[tuple[str, str]]:
    login = image.get("basic_auth")
    for name, value in login.items() if isinstance(login, dict) else ():
        if value and not (isinstance(value, str) and SECRET_REFERENCE.fullmatch(value)):
            yield name, str(value)
