"""What MLflow knows of a run, as values; and where its data came from."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from model_chain import tags

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mlflow.entities import DatasetInput, Run

Status = Literal["FINISHED", "FAILED", "KILLED"]

_CONTEXT = "mlflow.data.context"
_VERSIONS = ("delta_table_version", "version", "table_version")


@dataclass(frozen=True)
class DataInput:
    """A data set that a run read, as its code said by `mlflow.log_input`."""

    name: str
    digest: str
    source: str
    """JSON of where it came from, or whatever the code wrote."""
    source_type: str = ""
    context: str = ""
    """What it was for: `training`, `eval`."""

    @property
    def version(self) -> str:
        """The version of the table where the source tells one, else the digest."""
        try:
            source = json.loads(self.source)
        except ValueError:
            source = None
        found = [source.get(name) for name in _VERSIONS] if isinstance(source, dict) else []
        return next((str(one) for one in found if isinstance(one, int | str) and str(one)), self.digest)


@dataclass(frozen=True)
class TrackedRun:
    """An MLflow run."""

    run_id: str
    experiment_id: str
    status: str
    """RUNNING, SCHEDULED, FINISHED, FAILED or KILLED."""
    started: int
    """Milliseconds since 1970."""
    tags: Mapping[str, str]
    params: Mapping[str, str]
    metrics: Mapping[str, float]
    """The last value of each metric."""
    inputs: tuple[DataInput, ...] = ()
    logged_models: tuple[str, ...] = ()
    """Ids of the models that the run logged; MLflow has them since version 3."""
    deleted: bool = False
    """Whether it is among what MLflow can restore, and searches no longer find."""

    def fact(self, name: str) -> str:
        """A link of the chain: the parameter, which nobody can change, else the tag; empty if unknown."""
        return self.params.get(name) or self.tags.get(name, "")

    @property
    def open(self) -> bool:
        """Whether nobody has ended it."""
        return self.status in {"RUNNING", "SCHEDULED"}

    def contradictions(self) -> list[tuple[str, str, str]]:
        """Tags that say something else than the parameter of the same name: (name, parameter, tag)."""
        return [
            (name, self.params[name], self.tags[name])
            for name in tags.FACTS
            if name in self.params and self.tags.get(name, self.params[name]) != self.params[name]
        ]


def read_run(run: Run) -> TrackedRun:
    """The run as a value; nothing of it is trusted to be there."""
    inputs: Iterable[DatasetInput] = (run.inputs.dataset_inputs if run.inputs else None) or ()
    outputs = (run.outputs.model_outputs if run.outputs else None) or ()
    return TrackedRun(
        run_id=str(run.info.run_id),
        experiment_id=str(run.info.experiment_id),
        status=str(run.info.status),
        started=int(run.info.start_time or 0),
        tags={str(name): str(value) for name, value in run.data.tags.items()},
        params={str(name): str(value) for name, value in run.data.params.items()},
        metrics={str(name): float(value) for name, value in run.data.metrics.items()},
        inputs=tuple(_read_input(one) for one in inputs),
        logged_models=tuple(str(one.model_id) for one in outputs),
        deleted=str(run.info.lifecycle_stage) == "deleted",
    )


def _read_input(given: DatasetInput) -> DataInput:
    data = given.dataset
    context = next((str(tag.value) for tag in given.tags or () if tag.key == _CONTEXT), "")
    return DataInput(
        name=str(data.name),
        digest=str(data.digest),
        source=str(data.source or ""),
        source_type=str(data.source_type or ""),
        context=context,
    )
