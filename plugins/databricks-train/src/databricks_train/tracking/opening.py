"""Making MLflow's objects once, although the answer about them may be lost.

MLflow's client repeats every request that got no answer, also those that make something: a run would be made
twice, and the first stay open for ever.
"""

from __future__ import annotations

import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from mlflow.environment_variables import MLFLOW_HTTP_REQUEST_MAX_RETRIES

from drone_plugin import PluginError, UnreachableError
from model_chain import tags

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from databricks_train.tracking.door import MlflowDoor


class _Variable(Protocol):
    """A variable of MLflow's, read anew for each request."""

    def get_raw(self) -> str | None: ...
    def set(self, value: str) -> None: ...
    def unset(self) -> None: ...


def make_run(door: MlflowDoor, experiment_id: str, name: str, run_tags: Mapping[str, str]) -> str:
    """The id of a new run, which is looked for by a mark of its own where no answer told of it."""
    marked = {**run_tags, tags.OPENING: uuid.uuid4().hex}

    def make() -> str:
        with door.asking("a new run") as client, _once():
            return str(client.create_run(experiment_id, tags=marked, run_name=name).info.run_id)

    try:
        return make()
    except UnreachableError:
        return _made(door, experiment_id, marked[tags.OPENING]) or make()


def make_experiment(door: MlflowDoor, name: str) -> str:
    """The id of a new experiment, or of the one that another build has made meanwhile."""
    try:
        with door.asking(f"experiment {name}") as client:
            return str(client.create_experiment(name))
    except PluginError:
        with door.asking(f"experiment {name}") as client:
            found = client.get_experiment_by_name(name)
        if found is None:
            raise
        return str(found.experiment_id)


def _made(door: MlflowDoor, experiment_id: str, mark: str) -> str:
    condition = f"tags.`{tags.OPENING}` = '{mark}'"
    with door.asking("a new run") as client:
        found = client.search_runs([experiment_id], condition, max_results=1)
        return str(found[0].info.run_id) if found else ""


@contextmanager
def _once() -> Iterator[None]:
    """Requests without repetition."""
    variable: _Variable = MLFLOW_HTTP_REQUEST_MAX_RETRIES
    before = variable.get_raw()
    variable.set("0")
    try:
        yield
    finally:
        if before is None:
            variable.unset()
        else:
            variable.set(before)
