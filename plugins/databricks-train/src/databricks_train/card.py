"""What the card of a training shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drone_plugin import Summary, spell

if TYPE_CHECKING:
    from drone_plugin import Build
    from model_chain import TrainingRecord

SHOWN = len("sha256:") + 12
"""Characters of the image's digest: enough to compare; the log has all."""


def training_summary(build: Build, record: TrainingRecord) -> Summary:
    """The chain from the commit to the model versions, and the metrics."""
    name, at, digest = record.image.partition("@")
    trained = record.result == "SUCCESS"
    return Summary(
        "Trained" if trained else f"Training failed ({record.result})",
        "good" if trained else "attention",
        facts=[
            ("commit", f"{build.commit.sha[:8]}  {spell(build.commit.title)}".strip()),
            ("image", f"{name}{at}{digest[:SHOWN]}…" if at else name),
            ("Databricks run", record.databricks_run_url or str(record.databricks_run_id)),
            ("MLflow run", record.mlflow_run_url),
            *(("model version", f"{spell(one.name)} version {spell(one.version)}") for one in record.models),
        ],
        columns=("metric", "value") if record.metrics else (),
        rows=[(spell(metric), f"{value:.6g}") for metric, value in sorted(record.metrics.items())],
    )
