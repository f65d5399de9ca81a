"""What the login may do with a registered model, as far as a workspace tells; asking costs nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from databricks_train.workspace.errors import AbsentError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import JsonValue

    from databricks_train.job.body import Body
    from databricks_train.workspace.door import Door

UNITY: Final = "/api/2.1/unity-catalog"
EVERYBODY: Final = "account users"
"""The group of Unity Catalog that everybody is in, and that nobody's own groups name."""

_KINDS: Final = {"catalog": "catalogs", "schema": "schemas", "model": "models"}
_GRANTS: Final = {"catalog": "catalog", "schema": "schema", "model": "function"}
"""A model is a function to the API of grants, as it is to SQL (`GRANT … ON FUNCTION`)."""


class Rights:
    """Questions about rights. Errors are those of `Door`, AbsentError for what is not there."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._me: Body | None = None

    def user(self) -> str:
        """The name of the login's user or service principal."""
        if self._me is None:
            self._me = self._door.get("/api/2.0/preview/scim/v2/Me", "the login's user")
        return str(self._me.get("userName") or "")

    def names(self) -> frozenset[str]:
        """The login's user, and every group that it is in: any of them may own or be granted something."""
        user, me = self.user(), self._me or {}
        groups = {str(group.get("display") or "") for group in _maps(me.get("groups"))}
        return frozenset({user, EVERYBODY, *groups} - {""})

    def owner(self, kind: str, name: str) -> str:
        """Who owns a `catalog`, `schema` or `model` of Unity Catalog. Raises AbsentError."""
        path = f"{UNITY}/{_KINDS[kind]}/{quote(name, safe='')}"
        return str(self._door.get(path, f"{kind} {name}").get("owner") or "")

    def privileges(self, kind: str, name: str) -> frozenset[str]:
        """The privileges of the login on it, those of its groups and those inherited from above included."""
        path = f"{UNITY}/effective-permissions/{_GRANTS[kind]}/{quote(name, safe='')}"
        held: set[str] = set()
        for page in self._door.pages(path, f"the grants on {kind} {name}", {"max_results": 0}):
            for one in _maps(page.get("privilege_assignments")):
                if one.get("principal") in self.names():
                    held |= {str(granted.get("privilege")) for granted in _maps(one.get("privileges"))}
        return frozenset(held)

    def level(self, name: str) -> str:
        """What the login may do with a model of the workspace's own registry, as CAN_READ or CAN_EDIT.

        Raises AbsentError where there is no such model.
        """
        path = "/api/2.0/mlflow/databricks/registered-models/get"
        told = self._door.get(path, f"model {name}", {"name": name}).get("registered_model_databricks")
        return str(told.get("permission_level") or "") if isinstance(told, dict) else ""

    def has_folder(self, path: str) -> bool:
        """Whether the workspace has this folder, or shows it to the login."""
        try:
            told = self._door.get("/api/2.0/workspace/get-status", f"folder {path}", {"path": path})
        except AbsentError:
            return False
        return told.get("object_type") in {"DIRECTORY", "REPO"}


def _maps(value: JsonValue) -> Iterator[Body]:
    for item in value if isinstance(value, list) else ():
        if isinstance(item, dict):
            yield item
