"""What the card of a training shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from databricks_train.telling.report import Ending, all_tables, phases
from databricks_train.telling.table import number, shown
from databricks_train.workspace.run_state import Run, State
from drone_plugin import Summary, spell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from drone_plugin import Build
    from model_chain import TrainingRecord

SHOWN = len("sha256:") + 12
"""Characters of the image's digest: enough to compare; the log has all."""


def ending_summary(ending: Ending, build: Build) -> Summary:
    """The chain from the commit to the model versions, why it failed, and the most telling table."""
    record = ending.record
    name, at, digest = record.image.partition("@")
    hint = next((failure.hint for failure in ending.failures if failure.hint), "")
    columns, rows = _table(ending)
    return Summary(
        _title(ending),
        "good" if ending.good else "attention",
        facts=[
            ("commit", f"{build.commit.sha[:8]}  {spell(build.commit.title)}".strip()),
            ("image", f"{name}{at}{digest[:SHOWN]}…" if at else name),
            ("why", spell(ending.problem) if ending.trained else ending.why),
            ("what to do", hint),
            ("Databricks run", record.databricks_run_url or str(record.databricks_run_id)),
            ("took", phases(ending.run)),
            ("MLflow run", record.mlflow_run_url),
            *(("model version", f"{spell(one.name)} version {spell(one.version)}") for one in record.models),
        ],
        columns=columns,
        rows=rows,
    )


def _title(ending: Ending) -> str:
    if not ending.trained:
        return f"Training failed ({ending.record.result})"
    return "Trained" if ending.good else "Trained, but not good enough"


def _table(ending: Ending) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
    """The comparison or gate where there is one, else the metrics, else the tasks."""
    metrics = sorted(ending.record.metrics.items())
    if metrics and not ending.tables:
        return ("metric", "value"), [(shown(name), number(value)) for name, value in metrics]
    tables = ending.tables or all_tables(ending)
    if not tables:
        return (), ()
    return tables[0].columns, [tuple(shown(cell) for cell in row) for row in tables[0].rows]


def training_summary(build: Build, record: TrainingRecord) -> Summary:
    """The same where nothing is known but the record."""
    state = State("TERMINATED", ended=True, result=record.result, message="")
    return ending_summary(Ending(record, Run(record.databricks_run_url, state, ())), build)
