"""The endpoint /api/2.0/permissions: who may do what with an object."""

from collections.abc import Mapping

from kit.databricks.call import Call
from kit.databricks.values import JsonObject

Permissions = Mapping[str, Mapping[str, str]]
"""By `type/id` (such as `experiments/1` or `jobs/7`): the level that each user has."""


def read_permissions(call: Call, granted: Permissions) -> JsonObject:
    """The access control list of an object; where nothing is told about it, its reader manages it."""
    object_path = call.request.path.partition("/permissions/")[2]
    kind, _, object_id = object_path.rpartition("/")
    levels = granted.get(object_path, {call.user: "CAN_MANAGE"})
    return {
        "object_id": f"/{kind}/{object_id}",
        "object_type": kind.rstrip("s"),
        "access_control_list": [
            {
                ("user_name" if "@" in user else "service_principal_name"): user,
                "all_permissions": [{"permission_level": level, "inherited": False}],
            }
            for user, level in levels.items()
        ],
    }
