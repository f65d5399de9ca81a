"""Pipelines that do not end well: what is told, and what stays on record."""

import pytest
from mlflow import MlflowClient

from kit.service import Service
from model_chain import TrainingRecord

pytestmark = pytest.mark.e2e


def test_a_training_that_fails_says_why_in_log_and_record(service: Service) -> None:
    made = service.commit("Train until it breaks [train]")
    result = service.run(made, service.pipeline(train={"arguments": "--fail"}))
    step = result.step("train")
    assert step.exit_code == 1
    log = step.log
    assert "ValueError: the loss is not a number" in log
    assert 'tiny_model/train.py", line 11, in <module>' in log
    training = TrainingRecord.model_validate_json(result.files[".drone-ml/training.json"])
    assert training.result == "FAILED"
    assert log.index(training.databricks_run_url) < log.index("── train")
    assert log.rstrip().endswith(training.databricks_run_url)
    run = MlflowClient(service.stage.mlflow.url).get_run(training.mlflow_run_id)
    assert run.info.status == "FAILED"
    assert run.data.metrics["loss"] == pytest.approx(1 / 3)
