"""Fixtures for the Databricks stand-in."""

from collections.abc import Iterator

import pytest

from kit.databricks.server import Workspace
from kit.databricks.values import ManualClock


@pytest.fixture
def workspace_clock() -> ManualClock:
    """The time of `workspace`: it passes only when a test lets it."""
    return ManualClock()


@pytest.fixture
def workspace(workspace_clock: ManualClock) -> Iterator[Workspace]:
    """A workspace whose runs go by `workspace.script(…)`, without containers."""
    with Workspace(clock=workspace_clock) as served:
        yield served
