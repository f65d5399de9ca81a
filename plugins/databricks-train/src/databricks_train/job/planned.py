"""A request to be made, as values: what it is made of, and what it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from databricks_train.job.body import Body
    from databricks_train.job.substitute import Scalar


@dataclass(frozen=True)
class Facts:
    """What a plan is made of beside the settings."""

    image: str
    """As the cluster pulls it."""
    commit: str
    branch: str
    run_key: str
    tracking_uri: str
    registry_uri: str
    registered_model_name: str = ""
    data: Mapping[str, str] = field(default_factory=dict)
    """Versions of data by name, where they are pinned: `${data.<name>.version}`. Others stay empty."""


@dataclass(frozen=True)
class Plan:
    """A request to be made. Its texts are templates that `fill` completes."""

    endpoint: Literal["submit", "run-now"]
    body: Body
    parameters: Mapping[str, Scalar]
    profile: str
    limit: int
    """Seconds after which the run is to end; Databricks itself sees to that, but for a saved job."""
    variables: Mapping[str, str] = field(default_factory=dict)
    lines: tuple[str, ...] = ()
    """What was decided, to be printed."""
    warnings: tuple[str, ...] = ()
    secrets: tuple[str, ...] = field(default=(), repr=False)
    """Passwords that stand in the body in clear, to be masked in everything that is printed."""


class Request(Protocol):
    """An archived request: `body` is what `archived` made of its plan."""

    @property
    def endpoint(self) -> Literal["submit", "run-now"]:
        """As the plan's."""

    @property
    def body(self) -> Body:
        """As `archived` made it."""

    @property
    def image(self) -> str:
        """By its digest."""

    @property
    def parameters(self) -> Mapping[str, Scalar]:
        """As the plan's."""

    @property
    def profile(self) -> str:
        """As the plan's."""

    @property
    def limit(self) -> int:
        """As the plan's; 0 where it is not known."""
