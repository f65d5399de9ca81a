"""The end of a training step's log: the chain from commit to model, a line per link."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drone_plugin import spell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drone_plugin import Build
    from model_chain.records import TrainingRecord

MOST_METRICS = 12


def summary(record: TrainingRecord, build: Build) -> Iterator[tuple[str, str]]:
    """The rows of the summary, as (name, value), each on one line whatever a title or a name holds."""
    yield "commit", f"{build.commit.sha}  {spell(build.commit.title)}".strip()
    yield "image", record.image or "the saved job's own"
    yield "databricks run", f"{record.databricks_run_id}  {record.result}  {record.databricks_run_url}"
    yield "mlflow run", f"{record.mlflow_run_id}  {record.mlflow_run_url}".strip() or "unknown"
    shown = sorted(record.metrics.items())[:MOST_METRICS]
    for name, value in shown:
        yield f"  {spell(name)}", f"{value:.6g}"
    if len(record.metrics) > len(shown):
        yield "  …", f"{len(record.metrics) - len(shown)} metrics more"
    for model in record.models:
        yield "model version", f"{spell(model.name)} version {spell(model.version)}"
