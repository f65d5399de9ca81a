"""What is left of a training in log, record and MLflow, also where one of them fails."""

import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from databricks_train.tracking.server import Tracking
from kit.databricks.faults import Fault
from kit.databricks.script import Outcome

from .conftest import COMMIT, Stand

OUTPUT = "/api/2.2/jobs/runs/get-output"


def test_a_model_version_that_the_job_registered_gets_the_links_of_its_run(stand: Stand) -> None:
    client = MlflowClient(stand.tracking_uri)

    def register() -> None:
        stand.clock.on_sleep = lambda: None
        run = stand.mlflow_run().info
        client.create_registered_model("digits")
        client.create_model_version("digits", f"{run.artifact_uri}/model", run.run_id)
        client.log_metric(run.run_id, "accuracy", 0.97)

    stand.clock.on_sleep = register
    ran = stand.run()
    assert ran.lines[-3:-1] == ["accuracy      0.97", "model version   digits version 1"]
    left = stand.record()
    assert (left.metrics, [(m.name, m.version) for m in left.models]) == (
        {"accuracy": 0.97},
        [("digits", "1")],
    )
    tags = client.get_model_version("digits", "1").tags
    assert tags["drone_ml.commit"] == COMMIT
    assert tags["drone_ml.image_digest"] == stand.digest
    assert tags["drone_ml.databricks_run_url"] == left.databricks_run_url


def test_the_end_of_a_long_output_is_printed_and_the_cut_is_told(stand: Stand) -> None:
    stand.workspace.script(Outcome(logs="".join(f"epoch {n}\n" for n in range(1, 101))))
    ran = stand.run()
    assert "── output of train, its last 40 lines" in ran.lines
    assert "epoch 60" not in ran.lines
    assert [line for line in ran.lines if line.startswith("epoch")][0::39] == ["epoch 61", "epoch 100"]


def test_an_output_that_cannot_be_read_hides_no_failure(stand: Stand) -> None:
    stand.workspace.script(Outcome(result="FAILED", error="ValueError: no data"))
    body = {"error_code": "PERMISSION_DENIED", "message": "no right to see it"}
    stand.workspace.faults.add(Fault("GET", OUTPUT, "status", status=403, body={**body}))
    ran = stand.run()
    assert ran.code == 1
    assert any(line.startswith("warning: no output of task train") for line in ran.lines)
    assert "Workload failed" in ran.lines[-2]


def test_an_mlflow_server_that_fails_while_training_costs_links_but_not_the_training(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise MlflowException("the disk is full")

    def broken_tags(tracking: Tracking, run_id: str, _: object) -> None:
        with tracking.asking(f"run {run_id}"):
            broken()

    monkeypatch.setattr(Tracking, "tag_run", broken_tags)
    for method in ("set_terminated", "search_model_versions"):
        monkeypatch.setattr(MlflowClient, method, broken)
    ran = stand.run()
    assert ran.code == 0, ran.log
    (warning,) = [line for line in ran.lines if line.startswith("warning: not linked: ")]
    assert warning.endswith("MLflow is not asked again for 1 min 00 s")


@pytest.mark.parametrize("user", ["", "a/../b"])
def test_a_user_that_can_have_no_folder_is_refused(stand: Stand, user: str) -> None:
    me = Fault("GET", "/api/2.0/preview/scim/v2/Me", "replace", replace=lambda _: {"userName": user})
    stand.workspace.faults.add(me)
    ran = stand.run()
    assert ran.code == 2
    assert "the login's user has no name that a folder can have" in ran.lines[-1]
