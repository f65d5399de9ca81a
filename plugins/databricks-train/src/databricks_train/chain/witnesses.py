"""Who is asked about a chain beside MLflow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class DatabricksFacts:
    """What a Databricks run says of itself; empty where it cannot be read."""

    image: str = ""
    """The `docker_image` of its cluster."""
    mlflow_run_id: str = ""


@dataclass(frozen=True)
class Witnesses:
    """Who is asked beside MLflow."""

    image_digest: Callable[[str], str]
    """The digest that the registry has for an image; empty if it has none. May raise UnreachableError."""
    databricks_run: Callable[[int], DatabricksFacts | None]
    """The run as the workspace knows it; None if it does not."""
    has_commit: Callable[[str], bool | None]
    """Whether the repository has the commit; None where that cannot be told from this clone."""
    now: Callable[[], float]
    """Seconds since 1970."""
