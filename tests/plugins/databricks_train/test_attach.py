"""A run that one step leaves and another waits for: `wait: false` and `attach: true`."""

from drone_plugin.testing import build
from model_chain import tags

from .conftest import Stand
from .life import A_WHILE, ENDLESS, aliases, client_of, go_on, mlflow_runs, new_commit, registers


def test_a_step_that_does_not_wait_leaves_its_run_and_says_who_waits(stand: Stand) -> None:
    commit = new_commit(stand)
    stand.workspace.script(ENDLESS)
    ran = stand.run(wait=False)
    assert ran.code == 0, ran.log
    (run,) = stand.workspace.runs()
    assert ran.lines[-1] == f"submitted; a step with attach: true waits for run {run.run_id}"
    assert run.ending is None
    assert not run.cancel_requested
    assert [one.info.status for one in mlflow_runs(stand, commit)] == ["RUNNING"]
    assert "── train" not in ran.lines


def test_a_later_build_attaches_to_it_records_it_and_submits_nothing(stand: Stand) -> None:
    commit = new_commit(stand)
    stand.workspace.script(A_WHILE)
    stand.run(wait=False)
    left = mlflow_runs(stand, commit)[0].info.run_id
    go_on(stand, build.custom(commit, "Fetch it", number=stand.made.number + 1))
    model = registers(stand, "attached", loss=0.25)
    ran = stand.run(attach=True, events="custom", trigger="always")
    assert ran.code == 0, ran.log
    assert len(stand.workspace.submissions()) == 1
    record = stand.record()
    assert (record.mlflow_run_id, record.metrics) == (left, {"loss": 0.25})
    assert record.image == f"{stand.repository}@{stand.digest}"
    assert "epoch 1" in ran.lines
    version = client_of(stand).get_model_version(model, "1")
    assert version.tags[tags.COMMIT] == commit
    assert version.tags[tags.DATABRICKS_RUN_ID] == str(record.databricks_run_id)


def test_attaching_gates_as_training_does(stand: Stand) -> None:
    new_commit(stand)
    stand.workspace.script(A_WHILE)
    stand.run(wait=False)
    model = registers(stand, "gated", loss=0.25)
    ran = stand.run(attach=True, thresholds={"loss": {"max": 0.1}})
    assert ran.code == 3, ran.log
    assert aliases(stand, model) == {}


def test_without_a_run_to_attach_to_the_step_says_what_would_make_one(stand: Stand) -> None:
    commit = new_commit(stand)
    ran = stand.run(attach=True)
    assert ran.code == 2
    assert f"no run of {commit} is recorded" in ran.log
    assert not stand.workspace.submissions()


def test_the_run_of_another_workspace_is_none_to_attach_to(stand: Stand) -> None:
    commit = new_commit(stand)
    stand.workspace.script(ENDLESS)
    stand.run(wait=False)
    client, run = client_of(stand), mlflow_runs(stand, commit)[0]
    elsewhere = client.create_run(run.info.experiment_id, tags=dict(run.data.tags)).info.run_id
    client.set_tag(elsewhere, tags.HOST, "https://elsewhere.example.com")
    client.delete_run(run.info.run_id)
    ran = stand.run(attach=True)
    assert ran.code == 2, ran.log
    assert "nothing to attach to" in ran.log


def test_a_restarted_build_joins_the_run_that_still_trains(stand: Stand) -> None:
    commit = new_commit(stand)
    stand.workspace.script(A_WHILE)
    stand.run(wait=False)
    go_on(stand, build.restart(stand.made, number=stand.made.number + 1))
    ran = stand.run()
    assert ran.code == 0, ran.log
    assert len(stand.workspace.runs()) == len(mlflow_runs(stand, commit)) == 1
    assert any(line.endswith("joining it") for line in ran.lines)
