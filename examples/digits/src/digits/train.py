"""Train the model and record the run in MLflow: `python -m digits.train`, or `train-digits`."""

from __future__ import annotations

import argparse
import warnings
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING

import mlflow
from mlflow.data.pandas_dataset import from_pandas
from mlflow.models import infer_signature
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score, log_loss
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler

from digits.data import SOURCE, TARGET, Digits, load

if TYPE_CHECKING:
    from collections.abc import Sequence

PACKAGES = ("mlflow-skinny", "pandas", "scikit-learn", "skops")
"""What whoever loads the model needs, in the versions that it was trained with."""


@dataclass(frozen=True)
class Options:
    """What a run can be asked for. `model` is the name to register under; empty registers nothing."""

    c: float
    max_iter: int
    seed: int
    model: str


def options(arguments: Sequence[str] | None = None) -> Options:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="train-digits", description="Train a model that reads digits.")
    parser.add_argument("--c", type=float, default=10.0, help="inverse of the regularisation's strength")
    parser.add_argument("--max-iter", type=int, default=200, help="most steps of the solver")
    parser.add_argument("--seed", type=int, default=1, help="of the split into training and test data")
    parser.add_argument("--model", default="digits", help="name in the model registry; '' for none")
    return Options(**vars(parser.parse_args(arguments)))


def fit(digits: Digits, chosen: Options) -> Pipeline:
    """Learn from the digits."""
    model = make_pipeline(MinMaxScaler(), LogisticRegression(C=chosen.c, max_iter=chosen.max_iter))
    return model.fit(digits.images, digits.labels)


def evaluate(model: Pipeline, digits: Digits) -> dict[str, float]:
    """How well the model reads digits that it has not seen."""
    found = model.predict(digits.images)
    return {
        "accuracy": float(accuracy_score(digits.labels, found)),
        "f1": float(f1_score(digits.labels, found, average="macro")),
        "log_loss": float(log_loss(digits.labels, model.predict_proba(digits.images))),
    }


def log_data(digits: Digits, name: str, context: str) -> None:
    """Record which data the run has used, with a digest of their content."""
    mlflow.log_input(from_pandas(digits.table(), SOURCE, TARGET, name=name), context)


def log_model(model: Pipeline, digits: Digits, name: str) -> None:
    """Record the model, with what it takes and gives, and register it."""
    example = digits.images.head(3)
    mlflow.sklearn.log_model(
        model,
        name="model",
        signature=infer_signature(example, model.predict(example)),
        input_example=example,
        registered_model_name=name or None,
        pip_requirements=[f"{package}=={version(package)}" for package in PACKAGES],
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Train in the run that MLFLOW_RUN_ID names, or in a new one."""
    chosen = options(arguments)
    # MLflow's hint is for columns that may have holes; a label has none.
    warnings.filterwarnings("ignore", "Hint: Inferred schema contains integer", UserWarning)
    train, test = load(chosen.seed)
    with mlflow.start_run():
        mlflow.log_params(asdict(chosen))
        log_data(train, "digits-train", "training")
        log_data(test, "digits-test", "testing")
        model = fit(train, chosen)
        metrics = evaluate(model, test)
        mlflow.log_metrics(metrics)
        log_model(model, train, chosen.model)
    print(", ".join(f"{name} {value:.4f}" for name, value in metrics.items()))


if __name__ == "__main__":
    main()
