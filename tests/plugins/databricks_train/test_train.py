"""A whole step between a registry, an MLflow server and a workspace whose runs go by a script."""

import os
import signal
from base64 import b64encode

import pytest

from kit.databricks.faults import Fault
from kit.databricks.runs import Ending
from kit.databricks.script import Outcome, Phase
from kit.databricks.values import JsonObject, at

from .conftest import COMMIT, Stand

GET = "/api/2.2/jobs/runs/get"
SUBMIT = "/api/2.2/jobs/runs/submit"
TRACE = 'Traceback (most recent call last):\n  File "train.py", line 3, in main\nValueError: no data'
HTML = "<html><body>Bad gateway</body></html>"


def test_a_training_ends_with_its_chain_in_log_record_and_mlflow(stand: Stand) -> None:
    stand.workspace.script(Outcome(logs="epoch 1\n"))
    ran = stand.run()
    assert ran.code == 0, ran.log
    left, run = stand.record(), stand.mlflow_run()
    image = f"{stand.repository}@{stand.digest}"
    assert (left.result, left.image, left.mlflow_run_id) == ("SUCCESS", image, run.info.run_id)
    assert run.info.status == "FINISHED"
    assert run.data.params["drone_ml.commit"] == COMMIT
    assert run.data.params["drone_ml.image_digest"] == stand.digest
    assert run.data.params["drone_ml.databricks_run_id"] == str(left.databricks_run_id)
    assert run.data.tags["drone_ml.databricks_run_url"] == left.databricks_run_url
    (sent,) = stand.workspace.submissions()
    cluster = at(sent, "tasks", 0, "new_cluster")
    assert at(cluster, "docker_image") == {"url": image}
    assert at(cluster, "spark_env_vars", "MLFLOW_RUN_ID") == run.info.run_id
    assert [line for line in ran.lines[-8:] if not line.startswith("took")] == [
        "epoch 1",
        "── summary",
        f"commit          {COMMIT}  Retune the model [train]",
        f"image           {image}",
        f"databricks run  {left.databricks_run_id}  SUCCESS  {left.databricks_run_url}",
        f"mlflow run      {left.mlflow_run_id}  {left.mlflow_run_url}",
        "trained",
    ]


def test_the_address_of_the_run_is_printed_before_the_wait(stand: Stand) -> None:
    ran = stand.run()
    url = stand.record().databricks_run_url
    first = next(number for number, line in enumerate(ran.lines) if url in line)
    assert first < ran.lines.index("── train")


def test_the_bootstrap_lies_in_the_users_own_folder_as_a_file(stand: Stand) -> None:
    stand.run()
    python_file = at(stand.workspace.submissions()[0], "tasks", 0, "spark_python_task", "python_file")
    imported, _request = [r.json() for r in stand.workspace.requests if r.path.endswith("/workspace/import")]
    assert str(python_file).startswith("/Workspace/Users/trainer@example.com/.drone-ml/bootstrap-")
    assert (imported["path"], imported["format"]) == (python_file, "AUTO")


def test_a_failed_training_ends_with_the_error_and_trace_of_its_task(stand: Stand) -> None:
    stand.workspace.script(Outcome(result="FAILED", error="ValueError: no data", trace=TRACE, logs="epoch 1"))
    ran = stand.run()
    assert ran.code == 1
    assert 'File "train.py", line 3, in main' in ran.lines
    assert ran.lines[-2] == "error: training failed (FAILED): ValueError: no data"
    assert ran.lines[-1] == stand.record().databricks_run_url
    assert stand.mlflow_run().info.status == "FAILED"
    assert stand.record().result == "FAILED"


def test_a_cluster_that_does_not_start_is_told_in_the_words_of_databricks(stand: Stand) -> None:
    message = "Unexpected failure: DOCKER_IMAGE_PULL_FAILURE"
    ending = Ending("FAILED", message, "INTERNAL_ERROR", "CLUSTER_ERROR")
    stand.workspace.script(Outcome(["PENDING"], ending=ending))
    ran = stand.run()
    assert ran.code == 1
    assert message in ran.lines[-3]


def test_a_run_over_its_time_limit_is_exit_code_5(stand: Stand) -> None:
    stand.workspace.script(Outcome([Phase("RUNNING", seconds=10**6)]))
    ran = stand.run(timeout="10m")
    assert ran.code == 5
    assert "TIMEDOUT" in ran.log
    assert stand.workspace.submissions()[0]["timeout_seconds"] == 600
    assert stand.mlflow_run().info.status == "KILLED"


def test_a_run_that_databricks_does_not_end_in_time_is_cancelled(stand: Stand) -> None:
    def endless(answer: JsonObject) -> JsonObject:
        return {"run_id": answer["run_id"], "state": {"life_cycle_state": "RUNNING"}}

    stand.workspace.faults.add(Fault("GET", GET, "replace", times=10**6, replace=endless))
    ran = stand.run(timeout="10m")
    assert ran.code == 5
    assert ran.lines[-2] == "error: the run has not ended within 20 min 00 s"
    assert ran.lines[-1].startswith("the run was cancelled; raise wait_timeout")
    assert len([r for r in stand.workspace.requests if r.path.endswith("/cancel")]) == 1
    assert stand.mlflow_run().info.status == "KILLED"


def test_a_run_cancelled_by_somebody_is_a_failed_job_and_a_killed_mlflow_run(stand: Stand) -> None:
    stand.workspace.script(Outcome(result="CANCELED"))
    ran = stand.run()
    assert ran.code == 1
    assert ran.lines[-2] == "error: training failed (CANCELED): Run cancelled."
    assert stand.mlflow_run().info.status == "KILLED"


def test_sigterm_cancels_the_run_and_leaves_no_open_mlflow_run(stand: Stand) -> None:
    stand.workspace.script(Outcome([Phase("RUNNING", polls=10**6)]))
    stand.clock.on_sleep = lambda: os.kill(os.getpid(), signal.SIGTERM)
    ran = stand.run()
    assert ran.code == 143
    assert ran.lines[-2] == "error: stopped by SIGTERM"
    assert ran.lines[-1] == "the run was cancelled with the step; start the build again to train anew"
    (cancelled,) = [r.json() for r in stand.workspace.requests if r.path.endswith("/cancel")]
    assert f"Databricks run {cancelled['run_id']}" in ran.log
    assert stand.mlflow_run().info.status == "KILLED"


def test_a_lost_answer_to_the_submission_makes_no_second_run(stand: Stand) -> None:
    stand.workspace.faults.add(Fault("POST", SUBMIT, "drop-after"))
    ran = stand.run()
    assert ran.code == 0, ran.log
    first, again = stand.workspace.submissions()
    assert first == again
    assert stand.record().databricks_run_id == 730000000000001


def test_a_throttled_submission_is_repeated_when_databricks_says_so(
    stand: Stand,
) -> None:
    begun = stand.clock.monotonic()
    too_many: JsonObject = {"error_code": "REQUEST_LIMIT_EXCEEDED", "message": "Too many requests"}
    stand.workspace.faults.add(
        Fault("POST", SUBMIT, "status", status=429, headers={"Retry-After": "7"}, body=too_many)
    )
    assert stand.run().code == 0
    assert len(stand.workspace.submissions()) == 2
    assert stand.clock.monotonic() - begun >= 7


def test_a_gateway_that_fails_in_the_middle_of_the_wait_ends_nothing(stand: Stand) -> None:
    stand.workspace.script(Outcome([Phase("RUNNING", polls=5)]))
    stand.workspace.faults.add(
        Fault("GET", GET, "status", status=502, body=HTML, skip=1, times=2),
        Fault("GET", GET, "replace", skip=3, replace=lambda _: {}),
        Fault("GET", GET, "status", status=200, body=HTML, skip=4),
    )
    ran = stand.run()
    assert ran.code == 0, ran.log
    asked_again = [line for line in ran.lines if line.endswith("asking again")]
    assert len(asked_again) == 2
    assert asked_again[0].endswith(
        "cannot be asked for run 730000000000001: the answer (502) is not its API's; asking again"
    )


def test_words_that_no_client_knows_do_not_end_the_wait(stand: Stand) -> None:
    def future(answer: JsonObject) -> JsonObject:
        return {**answer, "state": {"life_cycle_state": "HIBERNATING"}, "status": {"state": "HIBERNATING"}}

    stand.workspace.faults.add(Fault("GET", GET, "replace", skip=1, times=3, replace=future))
    ran = stand.run()
    assert ran.code == 0, ran.log
    assert "HIBERNATING" in ran.log


def test_a_token_that_expires_while_waiting_ends_the_wait_and_says_that_the_run_goes_on(
    stand: Stand,
) -> None:
    expired: JsonObject = {"error_code": 403, "message": "Invalid access token."}
    stand.workspace.script(Outcome([Phase("RUNNING", polls=10**6)]))
    stand.workspace.faults.add(Fault("GET", GET, "status", status=403, body=expired, skip=2))
    ran = stand.run()
    assert ran.code == 6
    assert "goes on" in ran.log


def test_the_step_outputs_name_both_runs(stand: Stand) -> None:
    output = stand.folder / "output"
    stand.run({"DRONE_OUTPUT": str(output)})
    left = stand.record()
    assert output.read_text().splitlines() == [
        f"DATABRICKS_RUN_ID={left.databricks_run_id}",
        f"DATABRICKS_RUN_URL=__B64__{b64encode(left.databricks_run_url.encode()).decode()}",
        f"MLFLOW_RUN_ID={left.mlflow_run_id}",
    ]


def test_a_repeated_step_finds_the_run_that_it_has_already_started(stand: Stand) -> None:
    assert stand.run().code == 0
    first = stand.record()
    assert stand.run().code == 0
    again = stand.record()
    assert again == first
    assert stand.mlflow_run().info.run_id == first.mlflow_run_id


def test_a_training_that_was_done_is_reused_and_says_how_to_force_it(stand: Stand) -> None:
    stand.run()
    ran = stand.run()
    assert ran.code == 0, ran.log
    assert len(stand.workspace.submissions()) == 1
    assert ran.lines[-1] == "trained before, and reused; TRAIN_REPEAT=retrain trains again"


def test_a_build_parameter_repeats_a_training_that_was_done(stand: Stand) -> None:
    stand.run()
    first = stand.record()
    ran = stand.run({"TRAIN_REPEAT": "retrain"})
    assert ran.code == 0, ran.log
    assert stand.record().databricks_run_id != first.databricks_run_id
    assert stand.record().mlflow_run_id != first.mlflow_run_id


def test_a_record_that_cannot_be_written_costs_neither_the_end_of_the_log_nor_the_mlflow_run(
    stand: Stand, tmp_path_factory: pytest.TempPathFactory
) -> None:
    stand.folder = tmp_path_factory.mktemp("another")
    (stand.folder / ".drone-ml").symlink_to("/tmp")
    ran = stand.run(image=f"{stand.repository}:1")
    assert ran.code == 2
    assert "── summary" in ran.lines
    assert "symbolic link" in ran.lines[-1]
    assert stand.mlflow_run().info.status == "FINISHED"
