"""After a run: what the gate lets pass, where `challenger` goes, what it is compared with, a silent MLflow."""

from dataclasses import replace

import pytest
from mlflow import MlflowClient

from drone_plugin.testing.goformat import Value
from kit.databricks.script import Outcome, Phase
from kit.mlflow_faults import MlflowFront, unavailable
from model_chain import tags

from .conftest import Stand
from .life import A_WHILE, aliases, client_of, go_on, mlflow_runs, new_commit, registers


def test_a_metric_that_is_not_good_enough_ends_the_step_with_3_and_moves_no_alias(stand: Stand) -> None:
    new_commit(stand)
    stand.workspace.script(A_WHILE)
    model = registers(stand, "poor", accuracy=0.8, loss=0.4)
    ran = stand.run(thresholds={"accuracy": {"min": 0.9}, "loss": {"max": 0.5}})
    assert ran.code == 3, ran.log
    assert aliases(stand, model) == {}
    (accuracy,) = [line for line in ran.lines if line.startswith("accuracy") and "0.9" in line]
    assert "0.8" in accuracy
    assert "accuracy" in ran.log[ran.log.rindex("error: ") :]
    assert "loss" not in ran.log[ran.log.rindex("error: ") :]
    assert stand.record().result == "SUCCESS"
    assert stand.mlflow_run().info.status == "FINISHED"
    assert [one.version for one in stand.record().models] == ["1"]


def test_a_metric_that_the_run_has_not_logged_does_not_pass(stand: Stand) -> None:
    new_commit(stand)
    stand.workspace.script(A_WHILE)
    registers(stand, "silent", loss=0.4)
    ran = stand.run(thresholds={"accuracy": {"min": 0.9}})
    assert ran.code == 3, ran.log
    assert "accuracy" in ran.lines[-1] or "accuracy" in ran.lines[-2]


def test_one_that_is_good_enough_moves_challenger_on_the_default_branch(stand: Stand) -> None:
    new_commit(stand)
    stand.workspace.script(A_WHILE)
    model = registers(stand, "good", accuracy=0.95)
    ran = stand.run(thresholds={"accuracy": {"min": 0.9}})
    assert ran.code == 0, ran.log
    assert aliases(stand, model) == {"challenger": "1"}
    assert f"challenger is now {model} version 1" in ran.lines


@pytest.mark.parametrize(
    ("branches", "moved"),
    [
        ({}, {}),
        ({"challenger_branches": ["release/*"]}, {}),
        ({"challenger_branches": ["main", "feature*"]}, {"challenger": "1"}),
    ],
    ids=["unset", "others", "named"],
)
def test_on_another_branch_only_where_a_pattern_names_it(
    stand: Stand, branches: dict[str, Value], moved: dict[str, str]
) -> None:
    new_commit(stand)
    go_on(stand, replace(stand.made, branch="feature-1", ref="refs/heads/feature-1"))
    stand.workspace.script(A_WHILE)
    model = registers(stand, "branch", accuracy=0.95)
    ran = stand.run(**branches)
    assert ran.code == 0, ran.log
    assert aliases(stand, model) == moved
    assert moved or any(line.startswith("challenger stays: feature-1") for line in ran.lines)


def test_a_champion_is_compared_with_and_has_to_be_beaten_by_what_min_change_says(stand: Stand) -> None:
    new_commit(stand)
    stand.workspace.script(A_WHILE)
    model = registers(stand, "race", accuracy=0.90)
    assert stand.run().code == 0
    client_of(stand).set_registered_model_alias(model, "champion", "1")
    threshold: Value = {"accuracy": {"min": 0.5, "min_change": "1%"}}

    new_commit(stand)
    stand.workspace.script(A_WHILE)
    registers(stand, model, accuracy=0.905)
    ran = stand.run(thresholds=threshold)
    assert ran.code == 3, ran.log
    heads = next(line for line in ran.lines if "CANDIDATE" in line)
    assert f"{model} version 1".upper() in heads
    assert aliases(stand, model) == {"challenger": "1", "champion": "1"}

    new_commit(stand)
    stand.workspace.script(A_WHILE)
    registers(stand, model, accuracy=0.95)
    ran = stand.run(thresholds=threshold)
    assert ran.code == 0, ran.log
    assert aliases(stand, model) == {"challenger": "3", "champion": "1"}


def test_a_reused_version_that_the_gate_refused_is_refused_again(stand: Stand) -> None:
    new_commit(stand)
    stand.workspace.script(A_WHILE)
    model = registers(stand, "again", accuracy=0.8)
    strict = {"accuracy": {"min": 0.9}}
    assert stand.run(thresholds=strict).code == 3
    assert stand.run(thresholds=strict).code == 3
    assert aliases(stand, model) == {}
    assert stand.run(thresholds={"accuracy": {"min": 0.7}}).code == 0
    assert aliases(stand, model) == {"challenger": "1"}
    assert len(stand.workspace.runs()) == 1


def test_an_mlflow_that_is_away_at_the_start_is_linked_at_the_end(stand: Stand) -> None:
    """The job has made its run meanwhile, as the bootstrap does: with the chain that it was sent."""
    commit = new_commit(stand)
    server = stand.tracking_uri
    with MlflowFront(server) as front:
        stand.tracking_uri = front.url
        front.faults.add(unavailable())
        stand.workspace.script(Outcome([Phase("RUNNING", polls=6)]))
        job_makes_its_run(stand, server, front)
        ran = stand.run()
    stand.tracking_uri = server
    assert ran.code == 0, ran.log
    (run,) = mlflow_runs(stand, commit)
    record = stand.record()
    assert (record.mlflow_run_id, record.metrics) == (run.info.run_id, {"loss": 0.25})
    assert run.info.status == "FINISHED"
    assert run.data.params[tags.DATABRICKS_RUN_ID] == str(record.databricks_run_id)
    assert run.data.tags[tags.DATABRICKS_RUN_URL] == record.databricks_run_url


def job_makes_its_run(stand: Stand, server: str, front: MlflowFront) -> None:
    """At the third wait MLflow is back, and the job makes the run that nobody could make for it."""
    waits: list[int] = []

    def work() -> None:
        waits.append(1)
        if len(waits) != 3:
            return
        front.faults.clear()
        sent = stand.workspace.submissions()[-1]
        client = MlflowClient(server)
        found = client.get_experiment_by_name("/Shared/model")
        experiment = found.experiment_id if found else client.create_experiment("/Shared/model")
        chain = {tags.TOKEN: str(sent["idempotency_token"]), tags.COMMIT: stand.made.commit}
        run = client.create_run(experiment, tags=chain)
        client.log_metric(run.info.run_id, "loss", 0.25)

    stand.clock.on_sleep = work


def test_an_mlflow_that_is_away_throughout_fails_no_training_but_the_gate_that_needs_it(stand: Stand) -> None:
    new_commit(stand)
    server = stand.tracking_uri
    with MlflowFront(server) as front:
        stand.tracking_uri = front.url
        front.faults.add(unavailable())
        first = stand.run()
        assert first.code == 0, first.log
        assert stand.record().mlflow_run_id == ""
        assert "mlflow run      unknown" in first.lines
        ran = stand.run(thresholds={"loss": {"max": 1}})
    assert ran.code == 4, ran.log
    assert "start the build again" in ran.lines[-1]
    assert len(stand.workspace.runs()) == 1
