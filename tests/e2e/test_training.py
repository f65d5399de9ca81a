"""A commit goes through a real pipeline: what is printed, and what is on record afterwards."""

from pathlib import Path

import pytest
from mlflow import MlflowClient

from kit.databricks.values import at
from kit.service import Service
from model_chain import ImageRecord, TrainingRecord

pytestmark = pytest.mark.e2e

BUILD_PAGE = "https://drone.example.com/octocat/hello/1"


def test_a_commit_without_the_keyword_is_only_checked(service: Service) -> None:
    result = service.run(service.commit("Tidy up"), service.pipeline())
    assert result.passed, result.describe()
    assert result.step("image").log == 'build-image: nothing to do: commit "Tidy up" has no [train]\n'
    assert result.step("train").log == 'databricks-train: nothing to do: commit "Tidy up" has no [train]\n'
    assert set(result.files) == {".drone-ml/secret-scan.json", ".drone-ml/secret-scan.sarif"}


def test_a_commit_with_the_keyword_is_trained_and_every_link_of_its_chain_is_on_record(
    service: Service, tmp_path: Path
) -> None:
    made = service.commit("Retune the model [train]")
    result = service.run(made, service.pipeline(train={"arguments": ["--epochs", "20"]}))
    assert result.passed, result.describe()
    image = ImageRecord.model_validate_json(result.files[".drone-ml/image.json"])
    training = TrainingRecord.model_validate_json(result.files[".drone-ml/training.json"])

    assert service.stage.registry.digest("team/tiny", made.commit) == image.digest
    submission = service.stage.workspace.submissions()[-1]
    assert at(submission, "tasks", 0, "new_cluster", "docker_image", "url") == image.reference
    assert training.image == image.reference

    client = MlflowClient(service.stage.mlflow.url)
    run = client.get_run(training.mlflow_run_id)
    assert run.info.status == "FINISHED"
    kept = client.download_artifacts(training.mlflow_run_id, "logs/output.log", str(tmp_path))
    assert Path(kept).read_text() == "trained with ['--epochs', '20']\n"
    assert run.data.metrics == training.metrics == {"loss": pytest.approx(1 / 3)}
    facts = {
        "epochs": "3",
        "drone_ml.commit": made.commit,
        "drone_ml.image_digest": image.digest,
        "drone_ml.databricks_run_id": str(training.databricks_run_id),
        "drone_ml.token": at(submission, "idempotency_token"),
    }
    assert run.data.params.items() >= facts.items()
    links = {
        "mlflow.source.git.commit": made.commit,
        "mlflow.source.git.branch": "main",
        "mlflow.source.git.repoURL": made.repo.link,
        "mlflow.docker.image.uri": image.reference,
        "mlflow.databricks.runURL": training.databricks_run_url,
        "drone_ml.commit": made.commit,
        "drone_ml.branch": "main",
        "drone_ml.repository": "octocat/hello",
        "drone_ml.image_digest": image.digest,
        "drone_ml.build_number": "1",
        "drone_ml.build_url": BUILD_PAGE,
        "drone_ml.databricks_run_id": str(training.databricks_run_id),
        "drone_ml.databricks_run_url": training.databricks_run_url,
        "drone_ml.token": at(submission, "idempotency_token"),
    }
    assert run.data.tags.items() >= links.items()

    said, _, end = result.step("train").log.partition("── summary")
    assert "trained with ['--epochs', '20']" in said
    for link in (made.commit, image.reference, training.databricks_run_url, training.mlflow_run_url):
        assert link in end
