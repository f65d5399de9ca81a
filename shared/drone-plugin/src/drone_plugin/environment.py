"""The only module that touches the process environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from drone_plugin.files import is_inside

if TYPE_CHECKING:
    from pathlib import Path

Environment = Mapping[str, str]

SDK_PREFIXES = ("DATABRICKS_", "MLFLOW_", "ARM_", "AWS_", "AZURE_", "GOOGLE_", "DOCKER_")
"""Variables that client libraries read by themselves.

Whoever may start a build with parameters can set them (Drone copies every query parameter of a custom
build, promotion or restart into the steps' environment), so one of them could send a credential to another
host.
"""


TRUST = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR", "NETRC")
"""Variables that say whom to trust, or as whom to log in. A private authority's are kept."""


def current() -> Environment:
    """A read-only copy of the environment as it is now."""
    return MappingProxyType(dict(os.environ))


def isolate(
    keep: Mapping[str, str], prefixes: tuple[str, ...] = SDK_PREFIXES, workspace: Path | None = None
) -> list[str]:
    """Remove the variables that steer client libraries, then set those of `keep`.

    Those of `TRUST` are removed where they name a file of the workspace: with a proxy beside it, a build's
    parameter could make the repository's own certificate authority the one that vouches for every host.
    Returns the names that were removed, sorted, so that a step can say what it ignores.
    """
    removed = sorted(name for name in os.environ if name.startswith(prefixes))
    if workspace:
        removed += [name for name in TRUST if (path := os.environ.get(name)) and is_inside(path, workspace)]
    for name in removed:
        del os.environ[name]
    os.environ.update(keep)
    return removed
