"""What another program gets to see of our environment."""

from __future__ import annotations

import os
import tempfile
from typing import TYPE_CHECKING, Final

from drone_plugin.files import is_inside

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from drone_plugin.environment import Environment

PLAIN: Final = frozenset({"LANG", "LANGUAGE", "TZ", "NO_COLOR", "CI"})
PROXIES: Final = frozenset(
    name
    for lower in ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
    for name in (lower, lower.upper())
)
PLACES: Final = frozenset(
    {"HOME", "TMPDIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"}
)
"""Handed on where they lead out of the workspace, which could hold a configuration or an authority."""
SYSTEM_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def child_environment(
    environment: Environment,
    workspace: Path,
    *,
    pass_on: Collection[str] = (),
    variables: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """The environment of a program that a step starts.

    A list of what passes, not of what does not: PLUGIN_*, DRONE_NETRC_* and any variable that the pipeline
    took from a secret stay here, and so do LD_PRELOAD, BASH_ENV, PYTHONPATH or GIT_SSH_COMMAND, which
    whoever starts a build can set with a parameter. `pass_on` adds names, `variables` values.
    """
    chosen = {
        name: value
        for name, value in environment.items()
        if name in PLAIN or name in PROXIES or name in pass_on or name.startswith("LC_")
    }
    for name in PLACES:
        place = environment.get(name, "")
        if place and os.path.isabs(place) and not is_inside(place, workspace):  # noqa: PTH117 - a string
            chosen[name] = place
    chosen["PATH"] = search_path(environment.get("PATH", ""), workspace)
    return chosen | dict(variables or {})


def search_path(path: str, workspace: Path) -> str:
    """`path` without folders of the workspace and relative ones: a build could put its own `git` there."""
    folders = [folder for folder in path.split(os.pathsep) if os.path.isabs(folder)]  # noqa: PTH117 - as above
    return os.pathsep.join(folder for folder in folders if not is_inside(folder, workspace)) or SYSTEM_PATH


def scratch_folder(workspace: Path) -> str:
    """Where to make temporary files: never in the workspace, which TMPDIR may name or Python fall back to."""
    folder = tempfile.gettempdir()
    return "/tmp" if is_inside(folder, workspace) else folder  # noqa: S108 - mkdtemp makes what goes there
