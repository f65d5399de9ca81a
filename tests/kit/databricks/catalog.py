"""The endpoints that only tell what there is: machines, runtimes, secrets, files, and who is asking."""

import base64
from collections.abc import Mapping, Sequence
from zlib import crc32

from kit.databricks.call import Call, Endpoint
from kit.databricks.errors import invalid_parameter, missing
from kit.databricks.files import Files
from kit.databricks.values import JsonObject

NODE_TYPES = (
    *("m5.large", "m5.xlarge", "m5d.large", "m5d.4xlarge", "c5d.xlarge", "r5d.large", "i3.xlarge"),
    *("g5.xlarge", "Standard_DS3_v2", "Standard_D4ds_v5", "n2-highmem-4"),
)
SPARK_VERSIONS = (
    *("13.3.x-scala2.12", "14.3.x-scala2.12", "15.4.x-scala2.12", "16.4.x-scala2.12", "17.3.x-scala2.13"),
    *("15.4.x-cpu-ml-scala2.12", "15.4.x-gpu-ml-scala2.12"),
)


class Catalog:
    """What a workspace offers, apart from jobs."""

    def __init__(
        self,
        files: Files,
        scopes: Mapping[str, Mapping[str, str]],
        node_types: Sequence[str],
        spark_versions: Sequence[str],
    ) -> None:
        self._files = files
        self._scopes = scopes
        self._node_types = node_types
        self._spark_versions = spark_versions

    def endpoints(self) -> dict[tuple[str, str], Endpoint]:
        """By method and path without the version."""
        return {
            ("GET", "/preview/scim/v2/Me"): _me,
            ("GET", "/clusters/list-node-types"): self._list_node_types,
            ("GET", "/clusters/spark-versions"): self._list_spark_versions,
            ("GET", "/secrets/list"): self._list_secrets,
            ("POST", "/workspace/import"): self._import,
            ("POST", "/workspace/mkdirs"): self._mkdirs,
            ("POST", "/workspace/delete"): self._delete,
            ("GET", "/workspace/get-status"): lambda call: self._files.get(call.text("path")).describe(),
            ("GET", "/workspace/export"): self._export,
        }

    def _list_node_types(self, _call: Call) -> JsonObject:
        return {
            "node_types": [
                {
                    "node_type_id": name,
                    "instance_type_id": name,
                    "description": name,
                    "memory_mb": 31232,
                    "num_cores": 4.0,
                    "is_deprecated": False,
                }
                for name in self._node_types
            ]
        }

    def _list_spark_versions(self, _call: Call) -> JsonObject:
        return {"versions": [{"key": key, "name": f"{key[:4]} LTS"} for key in self._spark_versions]}

    def _list_secrets(self, call: Call) -> JsonObject:
        scope = call.text("scope")
        if scope not in self._scopes:
            raise missing(f"Scope {scope} does not exist!")
        return {"secrets": [{"key": key, "last_updated_timestamp": 0} for key in sorted(self._scopes[scope])]}

    def _import(self, call: Call) -> JsonObject:
        if call.request.headers.get("content-type", "").startswith("multipart/form-data"):
            form = call.form()
            raw = form.pop("content")
            content = base64.b64encode(raw if isinstance(raw, bytes) else raw.encode()).decode()
            fields: JsonObject = {name: value for name, value in form.items() if isinstance(value, str)}
            overwrite = fields.get("overwrite") == "true"
        else:
            fields = call.body()
            content = str(fields.get("content", ""))
            overwrite = fields.get("overwrite") is True
        kind = str(fields.get("format", "SOURCE"))
        if kind == "SOURCE" and not fields.get("language"):
            raise invalid_parameter("The language field is required when the format is SOURCE.")
        entry = self._files.put(_text(fields, "path"), content, kind, overwrite=overwrite)
        return {"object_id": entry.object_id}

    def _mkdirs(self, call: Call) -> JsonObject:
        self._files.mkdirs(_text(call.body(), "path"))
        return {}

    def _delete(self, call: Call) -> JsonObject:
        body = call.body()
        self._files.delete(_text(body, "path"), recursive=body.get("recursive") is True)
        return {}

    def _export(self, call: Call) -> JsonObject:
        entry = self._files.get(call.text("path"))
        return {"content": base64.b64encode(entry.content).decode(), "file_type": "py"}


def _me(call: Call) -> JsonObject:
    return {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "id": str(crc32(call.user.encode())),
        "userName": call.user,
        "displayName": call.user.partition("@")[0],
        "emails": [{"type": "work", "value": call.user, "primary": True}],
        "active": True,
    }


def _text(body: JsonObject, name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise invalid_parameter(f"Missing required field: {name}")
    return value
