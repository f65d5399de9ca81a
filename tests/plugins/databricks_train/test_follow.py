"""Runs that are tried again after what was not their fault: `retries` and `repair`."""

import re

from drone_plugin.testing.goformat import Value
from kit.databricks.endings import SPOT_LOST
from kit.databricks.script import Outcome
from model_chain import tags

from .conftest import Stand
from .life import mlflow_runs, new_commit

LOST = Outcome(["RUNNING"], ending=SPOT_LOST)
WRONG = Outcome(["RUNNING"], "FAILED", error="ValueError: no")


def two_tasks() -> dict[str, Value]:
    """Settings of a job in which one task prepares what the other trains on."""
    cluster: Value = {"spark_version": "15.4.x-scala2.12", "node_type_id": "i3.xlarge", "num_workers": 1}

    def task(key: str, **more: Value) -> Value:
        start: Value = {"python_file": "${bootstrap}", "parameters": [f"my_model.{key}"]}
        return {"task_key": key, "new_cluster": cluster, "spark_python_task": start, **more}

    job: Value = {"tasks": [task("prepare"), task("train", depends_on=[{"task_key": "prepare"}])]}
    return {"job": job, **dict.fromkeys(("spark_version", "node_type", "entry_point"), "")}


def test_a_lost_spot_instance_is_tried_again_in_a_run_and_a_record_of_its_own(stand: Stand) -> None:
    commit = new_commit(stand)
    stand.workspace.script(LOST, Outcome())
    ran = stand.run(retries=1)
    assert ran.code == 0, ran.log
    assert [one.info.status for one in mlflow_runs(stand, commit)] == ["FAILED", "FINISHED"]
    assert [one.data.params[tags.ATTEMPT] for one in mlflow_runs(stand, commit)] == ["1", "2"]
    assert len(set(stand.workspace.runs_by_token())) == 2
    assert stand.record().databricks_run_id == stand.workspace.runs()[-1].run_id


def test_it_is_tried_no_more_often_than_asked(stand: Stand) -> None:
    commit = new_commit(stand)
    stand.workspace.script(*[LOST] * 9)
    assert stand.run(retries=2).code == 1
    assert len(stand.workspace.runs()) == len(mlflow_runs(stand, commit)) == 3


def test_a_mistake_of_the_user_is_never_tried_again(stand: Stand) -> None:
    new_commit(stand)
    stand.workspace.script(WRONG)
    assert stand.run(retries=9, repair=True).code == 1
    assert len(stand.workspace.runs()) == 1


def test_a_build_after_a_failure_makes_the_next_attempt(stand: Stand) -> None:
    commit = new_commit(stand)
    stand.workspace.script(WRONG, Outcome())
    assert stand.run().code == 1
    ran = stand.run()
    assert ran.code == 0, ran.log
    assert [one.info.status for one in mlflow_runs(stand, commit)] == ["FAILED", "FINISHED"]
    assert any(re.fullmatch(r"attempt 1: run \d+ did not succeed", line) for line in ran.lines)


def test_a_repair_runs_only_the_tasks_that_have_failed_and_ends_the_record_well(stand: Stand) -> None:
    new_commit(stand)
    stand.workspace.script(Outcome(["RUNNING"], tasks={"train": [LOST, Outcome()]}))
    ran = stand.run(**two_tasks(), retries=1, repair=True)
    assert ran.code == 0, ran.log
    (run,) = stand.workspace.runs()
    assert [attempt.task.task_key for attempt in run.attempts] == ["prepare", "train", "train"]
    assert any(line == f"repairing run {run.run_id}: train" for line in ran.lines)
    assert stand.record().result == "SUCCESS"
    assert stand.mlflow_run().info.status == "FINISHED"


def test_a_repair_that_does_not_help_ends_the_record_as_failed(stand: Stand) -> None:
    new_commit(stand)
    stand.workspace.script(Outcome(["RUNNING"], tasks={"train": [LOST, WRONG]}))
    ran = stand.run(**two_tasks(), retries=3, repair=True)
    assert ran.code == 1
    assert len(stand.workspace.runs()) == 1
    assert "ValueError: no" in ran.log
    assert stand.mlflow_run().info.status == "FAILED"
