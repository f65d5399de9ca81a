"""The workspace's tree of folders, files and notebooks."""

import base64
import binascii
from dataclasses import dataclass
from http import HTTPStatus
from itertools import count
from pathlib import PurePosixPath
from threading import RLock
from typing import Literal

from kit.databricks.errors import ApiError, invalid_parameter, missing
from kit.databricks.values import JsonObject

NOTEBOOK_HEADER = b"# Databricks notebook source"
Kind = Literal["DIRECTORY", "FILE", "NOTEBOOK"]


@dataclass(frozen=True)
class Entry:
    """One object of the tree."""

    path: str
    kind: Kind
    object_id: int
    content: bytes = b""

    def describe(self) -> JsonObject:
        """What get-status and list say about it."""
        shown: JsonObject = {
            "path": self.path,
            "object_type": self.kind,
            "object_id": self.object_id,
            "resource_id": str(self.object_id),
        }
        if self.kind == "FILE":
            shown["size"] = len(self.content)
        if self.kind == "NOTEBOOK":
            shown["language"] = "PYTHON"
        return shown


def canonical(path: str) -> str:
    """The path without the mount point that it has on a cluster: /Workspace/Users/x is /Users/x."""
    if not path.startswith("/"):
        raise invalid_parameter(f"Path ({path}) doesn't start with '/'")
    pure = PurePosixPath(path)
    if pure.parts[:2] == ("/", "Workspace"):
        pure = PurePosixPath("/", *pure.parts[2:])
    return str(pure)


class Files:
    """The objects by path, for any thread."""

    def __init__(self, users: list[str]) -> None:
        self._lock = RLock()
        self._ids = count(4_000_000_000_000_001)
        self._entries: dict[str, Entry] = {}
        for folder in ("/Shared", *(f"/Users/{user}" for user in users)):
            self.mkdirs(folder)

    def get(self, path: str) -> Entry:
        """An object.

        Raises:
            ApiError: RESOURCE_DOES_NOT_EXIST.
        """
        with self._lock:
            entry = self._entries.get(canonical(path))
        if entry is None:
            raise missing(f"Path ({path}) doesn't exist.")
        return entry

    def mkdirs(self, path: str) -> None:
        """A folder and all above it; one that is there is no error."""
        pure = PurePosixPath(canonical(path))
        for folder in map(str, (*reversed(pure.parents), pure)):
            with self._lock:
                known = self._entries.setdefault(folder, Entry(folder, "DIRECTORY", next(self._ids)))
            if known.kind != "DIRECTORY":
                raise _already_there(f"{path} already exists and it is not a folder")

    def put(self, path: str, content: str, form: str, *, overwrite: bool) -> Entry:
        """Import base64 `content`; SOURCE makes a notebook of it, AUTO looks at its first line.

        Raises:
            ApiError: no parent folder, already there and not to be overwritten, or not base64.
        """
        try:
            decoded = base64.b64decode(content, validate=True)
        except binascii.Error:
            raise invalid_parameter("The content is not valid base64.") from None
        notebook = form == "SOURCE" or (form == "AUTO" and decoded.startswith(NOTEBOOK_HEADER))
        where = PurePosixPath(canonical(path))
        if notebook and form == "AUTO":  # documented: the extension is removed
            where = where.with_suffix("")
        with self._lock:
            if str(where.parent) not in self._entries:
                raise missing(f"The parent folder ({where.parent}) does not exist.")
            if str(where) in self._entries and not overwrite:
                raise _already_there(f"Path ({path}) already exists.")
            entry = Entry(str(where), "NOTEBOOK" if notebook else "FILE", next(self._ids), decoded)
            self._entries[entry.path] = entry
            return entry

    def delete(self, path: str, *, recursive: bool) -> None:
        """Remove an object, and with `recursive` what is below it."""
        with self._lock:
            entry = self.get(path)
            below = [e for e in self._entries.values() if e.path.startswith(entry.path.rstrip("/") + "/")]
            if below and not recursive:
                text = f"Folder ({path}) is not empty"
                raise ApiError(HTTPStatus.BAD_REQUEST, "DIRECTORY_NOT_EMPTY", text)
            for gone in {entry, *below}:
                del self._entries[gone.path]

    def mounted(self) -> list[Entry]:
        """What a cluster sees under /Workspace: files, but no notebooks."""
        with self._lock:
            return [entry for entry in self._entries.values() if entry.kind == "FILE"]


def _already_there(message: str) -> ApiError:
    return ApiError(HTTPStatus.BAD_REQUEST, "RESOURCE_ALREADY_EXISTS", message)
