"""Settings from a file of the workspace, for a plugin whose steps have much in common or are set by a step.

The file is content of the repository, or of whatever ran before: less trusted than the pipeline that names
it. So it only fills in what the YAML leaves out, and never a secret or a setting that is to be pinned.
"""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Self

from drone_plugin import names
from drone_plugin.declaration import declared, setting
from drone_plugin.decode import holds_secret, quoted
from drone_plugin.errors import SettingsError
from drone_plugin.json_text import json_value
from drone_plugin.settings import Settings
from drone_plugin.values import WorkspacePath, within

if TYPE_CHECKING:
    from pydantic import JsonValue

    from drone_plugin.environment import Environment

_VARIABLE = "PLUGIN_SETTINGS_FILE"
_LARGEST = 1 << 16


class FileSettings(Settings):
    """Base of settings that a file may complete: `class MySettings(FileSettings)`."""

    settings_file: WorkspacePath = setting(
        "",
        "A JSON file of the workspace with settings that are not written here. It cannot hold secrets, nor "
        "settings to pin.",
        example="ci/settings.json",
        pin=True,
    )

    @classmethod
    def load(cls, environment: Environment) -> Self:
        """As the base's, with what the file adds. Raises SettingsError for a file that cannot be taken."""
        path = environment.get(_VARIABLE, "")
        if not path:
            return super().load(environment)
        given, _ = names.given(environment)
        present, _, _ = names.renamed(given, cls._old_names())
        added = {
            f"{names.PREFIX}{name.upper()}": text
            for name, text in cls._of_file(environment, path).items()
            if not present.get(name)
        }
        kept = {name: text for name, text in environment.items() if text or name.upper() not in added}
        return super().load({**kept, **added})

    @classmethod
    def _of_file(cls, environment: Environment, path: str) -> dict[str, str]:
        workspace = Path(environment.get("DRONE_WORKSPACE") or environment.get("CI_WORKSPACE") or Path.cwd())
        values = _read(within(workspace, path, "settings_file"), path)
        texts: dict[str, str] = {}
        problems = []
        for key, value in values.items():
            name = names.canonical(key)
            field = cls.model_fields.get(name)
            if field is None:
                problems.append(f"is no setting of this plugin: {quoted(key)}")
            elif declared(field).pin or holds_secret(field.annotation):
                why = "it is to be pinned" if declared(field).pin else "it is a secret"
                problems.append(f"{name} cannot come from a file, because {why}; write it in the YAML")
            else:
                texts[name] = value if isinstance(value, str) else json.dumps(value)
        if problems:
            raise SettingsError(
                [f"settings.settings_file: {quoted(path)}: {problem}" for problem in problems]
            )
        return texts


def _read(file: Path, path: str) -> dict[str, JsonValue]:
    """The file's JSON object. A pipe is not waited for: only a regular file is read."""
    try:
        handle = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as opened:
            regular = stat.S_ISREG(os.fstat(handle).st_mode)
            content = opened.read(_LARGEST + 1) if regular else b""
    except OSError as error:
        raise SettingsError(f"settings.settings_file: {quoted(path)}: {error.strerror}") from None
    value = json_value(content.decode(errors="replace"), as_text=False) if len(content) <= _LARGEST else None
    if not isinstance(value, dict):
        raise SettingsError(
            f"settings.settings_file: {quoted(path)} is not a JSON object of at most {_LARGEST >> 10} KiB"
        )
    return value
