"""Registered models and rights on them: Unity Catalog, and a workspace's own registry."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote

from kit.databricks.call import Call, Endpoint
from kit.databricks.errors import missing
from kit.databricks.values import Json, JsonObject


@dataclass(frozen=True)
class Unity:
    """What there is, and who may do what."""

    owners: Mapping[str, str] = field(default_factory=dict)
    """By `catalogs/name`, `schemas/name` or `models/name`; what has no owner does not exist."""
    grants: Mapping[str, Mapping[str, Sequence[str]]] = field(default_factory=dict)
    """By `catalog/name`, `schema/name` or `function/name`, the privileges of each principal, as inherited."""
    levels: Mapping[str, str] = field(default_factory=dict)
    """The models of the workspace's own registry, with the level of whoever asks."""
    groups: Sequence[str] = ()
    """The groups that every user is in."""

    def endpoints(self) -> dict[tuple[str, str], Endpoint]:
        """By method and path without the version."""
        return {
            **{
                ("GET", f"/unity-catalog/{kind}/*"): self._describe
                for kind in ("catalogs", "schemas", "models")
            },
            ("GET", "/unity-catalog/effective-permissions/*"): self._list_grants,
            ("GET", "/mlflow/databricks/registered-models/get"): self._get_model,
        }

    def me(self, shown: JsonObject) -> JsonObject:
        """A user as SCIM shows it, with its groups."""
        groups: list[Json] = [{"display": group, "type": "direct"} for group in self.groups]
        return {**shown, "groups": groups} if groups else shown

    def _describe(self, call: Call) -> JsonObject:
        path = unquote(call.request.path.partition("/unity-catalog/")[2])
        kind, _, name = path.partition("/")
        if path not in self.owners:
            raise missing(f"{kind.removesuffix('s').capitalize()} '{name}' does not exist.")
        return {"full_name": name, "name": name.rpartition(".")[2], "owner": self.owners[path]}

    def _list_grants(self, call: Call) -> JsonObject:
        """A principal at a time, so that a client that reads only the first page misses some."""
        granted = self.grants.get(unquote(call.request.path.partition("/effective-permissions/")[2]), {})
        number = call.number("page_token", 0)
        page: list[Json] = [
            {"principal": principal, "privileges": [{"privilege": privilege} for privilege in privileges]}
            for principal, privileges in list(granted.items())[number : number + 1]
        ]
        more = number + 1 < len(granted)
        return {"privilege_assignments": page, **({"next_page_token": str(number + 1)} if more else {})}

    def _get_model(self, call: Call) -> JsonObject:
        name = call.text("name")
        if name not in self.levels:
            raise missing(f"Registered Model with name={name} not found")
        return {"registered_model_databricks": {"name": name, "permission_level": self.levels[name]}}
