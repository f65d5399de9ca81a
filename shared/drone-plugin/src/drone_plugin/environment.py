"""The only module that touches the process environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from types import MappingProxyType

Environment = Mapping[str, str]

SDK_PREFIXES = ("DATABRICKS_", "MLFLOW_", "ARM_", "AWS_", "AZURE_", "GOOGLE_", "DOCKER_")
"""Variables that client libraries read by themselves.

Whoever may start a build with parameters can set them (Drone copies every query parameter of a custom
build, promotion or restart into the steps' environment), so one of them could send a credential to another
host.
"""


def current() -> Environment:
    """A read-only copy of the environment as it is now."""
    return MappingProxyType(dict(os.environ))


def isolate(keep: Mapping[str, str], prefixes: tuple[str, ...] = SDK_PREFIXES) -> list[str]:
    """Remove the variables that steer client libraries, then set those of `keep`.

    Returns the names that were removed, sorted, so that a step can say what it ignores.
    """
    removed = sorted(name for name in os.environ if name.startswith(prefixes))
    for name in removed:
        del os.environ[name]
    os.environ.update(keep)
    return removed
