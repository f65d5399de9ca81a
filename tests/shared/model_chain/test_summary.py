"""The end of a training step's log."""

from collections.abc import Callable

from drone_plugin import Build
from model_chain import ModelVersion, TrainingRecord, summary

SHA = "c0ffee" + "0" * 34


def test_the_summary_is_the_chain_from_commit_to_model(build: Build, training: TrainingRecord) -> None:
    assert list(summary(training, build)) == [
        ("commit", f"{SHA}  Retune [train]"),
        ("image", training.image),
        ("databricks run", "12  SUCCESS  https://acme.cloud.databricks.com/jobs/runs/12"),
        ("mlflow run", "f00d  https://acme.cloud.databricks.com/ml/experiments/3/runs/f00d"),
        ("  loss", "0.25"),
        ("model version", "digits version 4"),
    ]


def test_of_many_metrics_the_first_are_shown_and_the_rest_are_counted(
    build: Build, training: TrainingRecord
) -> None:
    metrics = {f"m{number:02}": number / 3 for number in range(20)}
    rows = list(summary(training.model_copy(update={"metrics": metrics}), build))
    assert rows[4:7] == [("  m00", "0"), ("  m01", "0.333333"), ("  m02", "0.666667")]
    assert rows[15:17] == [("  m11", "3.66667"), ("  …", "8 metrics more")]


def test_no_title_or_name_can_forge_a_row(make_build: Callable[..., Build], training: TrainingRecord) -> None:
    hostile = training.model_copy(
        update={
            "metrics": {"loss\r  image": 1.0},
            "models": (ModelVersion(name="digits\nimage  forged", version="4\r5"),),
        }
    )
    build = make_build(DRONE_COMMIT_MESSAGE="Retune\r  image  forged@sha256:0\x1b[2K")
    for name, value in summary(hostile, build):
        assert (name + value).isprintable()
