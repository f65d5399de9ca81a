"""The endpoints that only tell what there is: secrets, files, and who is asking."""

import base64
from collections.abc import Mapping
from zlib import crc32

from kit.databricks.call import Call, Endpoint
from kit.databricks.errors import invalid_parameter, missing
from kit.databricks.files import Files
from kit.databricks.unity import Unity
from kit.databricks.values import JsonObject


class Catalog:
    """What a workspace offers, apart from jobs."""

    def __init__(self, files: Files, scopes: Mapping[str, Mapping[str, str]], unity: Unity) -> None:
        self._files = files
        self._scopes = scopes
        self._unity = unity

    def endpoints(self) -> dict[tuple[str, str], Endpoint]:
        """By method and path without the version."""
        return {
            ("GET", "/preview/scim/v2/Me"): lambda call: self._unity.me(_me(call)),
            ("GET", "/secrets/scopes/list"): self._list_scopes,
            ("GET", "/secrets/list"): self._list_secrets,
            ("POST", "/workspace/import"): self._import,
            ("POST", "/workspace/mkdirs"): self._mkdirs,
            ("POST", "/workspace/delete"): self._delete,
            ("GET", "/workspace/get-status"): lambda call: self._files.get(call.text("path")).describe(),
            ("GET", "/workspace/export"): self._export,
        }

    def _list_scopes(self, _call: Call) -> JsonObject:
        return {"scopes": [{"name": name, "backend_type": "DATABRICKS"} for name in sorted(self._scopes)]}

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
    """The name of a service principal is its application id; it has no address."""
    shown: JsonObject = {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "id": str(crc32(call.user.encode())),
        "userName": call.user,
        "displayName": call.user.partition("@")[0],
        "active": True,
    }
    if "@" in call.user:
        shown["emails"] = [{"type": "work", "value": call.user, "primary": True}]
    return shown


def _text(body: JsonObject, name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise invalid_parameter(f"Missing required field: {name}")
    return value
