"""Ready types for settings: each checks its text and says in the words of the YAML what is wrong with it.

An empty text passes everywhere: it is the default of a setting that is unset.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator

from drone_plugin.errors import SettingsError
from drone_plugin.kinds import Kind
from drone_plugin.scalars import quoted

if TYPE_CHECKING:
    from pathlib import Path

_HOST = re.compile(r"[^\W_](?:[\w.-]*\w)?\.?|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*")


def _path(text: str) -> str:
    if not text:
        return text
    if "\0" in text:
        raise ValueError("is not a path")
    if text.startswith(("/", "~")):
        raise ValueError("is not within the workspace; write a path relative to it")
    if ".." in text.split("/"):
        raise ValueError("leads out of a folder by `..`; write the path from the workspace on")
    return posixpath.normpath(text)


def _url(text: str) -> str:
    if not text:
        return text
    try:
        parts = urlsplit(text)
        good = parts.scheme in {"http", "https"} and _HOST.fullmatch(parts.hostname or "") and parts.port != 0
    except ValueError:  # a port that is no number, a bracket that is not closed
        parts, good = None, None
    if not good or parts is None or "\\" in text or "#" in text or not text.isprintable() or " " in text:
        raise ValueError("is not an address; write https://host or http://host:port")
    if "@" in parts.netloc:
        raise ValueError("holds a login, which logs would show; write the address without it")
    return text.rstrip("/")


def _glob(text: str) -> str:
    if text.startswith("/") or ".." in text.split("/"):
        raise ValueError("matches nothing; write a glob relative to the workspace, such as docs/**/*.md")
    if text.startswith("!"):
        raise ValueError("starts with `!`, which has no meaning here; write only what is meant")
    return text


WorkspacePath = Annotated[str, AfterValidator(_path), Kind("path", "paths")]
"""A path relative to the workspace that does not leave it by its name; `within` follows its links."""

Url = Annotated[str, AfterValidator(_url), Kind("address", "addresses")]
"""An http or https address without user name and password, and without a slash at its end."""

Glob = Annotated[str, AfterValidator(_glob), Kind("glob", "globs")]
"""A pattern of paths relative to the workspace; `list[Glob]` is the usual setting. See `globs.matcher`."""


def within(workspace: Path, path: str, setting: str) -> Path:
    """The path in full, all links followed; it need not exist.

    Raises SettingsError where that is outside of the workspace, or nowhere. What is checked is the path at
    this moment: a step that runs beside this one could change a link after it.
    """
    try:
        found = (workspace / path).resolve()
        inside = found.is_relative_to(workspace.resolve())
    except (OSError, RuntimeError, ValueError):  # links in a circle, a NUL byte
        raise SettingsError(f"settings.{setting}: {quoted(path)} leads nowhere") from None
    if not inside:
        raise SettingsError(f"settings.{setting}: {quoted(path)} leads out of the workspace")
    return found
