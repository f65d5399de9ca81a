from collections.abc import Iterator

import mlflow
import pytest
from mlflow.entities import Run

from digits.data import load
from digits.train import evaluate, fit, main, options


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """The run of one training, in a tracking database that is a file."""
    folder = tmp_path_factory.mktemp("mlflow")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{folder}/mlflow.db")
        main(["--seed", "3"])
        (found,) = mlflow.MlflowClient().search_runs(["0"])
        yield found


def test_the_model_reads_unseen_digits() -> None:
    train, test = load(seed=1)
    metrics = evaluate(fit(train, options([])), test)
    assert metrics["accuracy"] > 0.95
    assert metrics["f1"] > 0.95
    assert metrics["log_loss"] < 0.2


def test_a_run_records_what_it_was_asked_for(run: Run) -> None:
    assert run.info.status == "FINISHED"
    assert run.data.params.keys() == {"c", "max_iter", "seed", "model"}
    assert run.data.params["seed"] == "3"


def test_a_run_records_how_good_the_model_is(run: Run) -> None:
    assert run.data.metrics.keys() == {"accuracy", "f1", "log_loss"}


def test_a_run_records_its_data_by_digest_and_address(run: Run) -> None:
    used = run.inputs.dataset_inputs if run.inputs else []
    assert {tag.value for data in used for tag in data.tags} == {"training", "testing"}
    assert len({data.dataset.digest for data in used}) == 2
    assert all("digits.csv.gz" in data.dataset.source for data in used)


def test_the_registered_model_says_which_digit_an_image_shows(run: Run) -> None:
    (version,) = mlflow.MlflowClient().search_model_versions(f"run_id = '{run.info.run_id}'")
    model = mlflow.pyfunc.load_model(f"models:/{version.name}/{version.version}")
    _, test = load(seed=3)
    assert version.name == "digits"
    assert (model.predict(test.images) == test.labels).mean() > 0.95
