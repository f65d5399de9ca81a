"""A training that was done before: `on_repeat`, and `run_key`, which says what "before" means."""

from drone_plugin.testing import build
from model_chain import tags

from .conftest import Stand
from .life import A_WHILE, mlflow_runs, new_commit, summary


def test_a_reused_training_prints_its_record_and_hands_it_over_again(stand: Stand) -> None:
    new_commit(stand)
    stand.workspace.script(A_WHILE)
    first = stand.run()
    left = stand.record()
    (stand.folder / ".drone-ml/training.json").unlink()
    again = stand.run()
    assert again.code == 0, again.log
    assert stand.record() == left
    assert summary(again) == summary(first)
    assert again.lines[-1] == "trained before, and reused; TRAIN_REPEAT=retrain trains again"


def test_on_repeat_retrain_trains_again(stand: Stand) -> None:
    commit = new_commit(stand)
    stand.run()
    assert stand.run(on_repeat="retrain").code == 0
    assert len(stand.workspace.runs()) == len(mlflow_runs(stand, commit)) == 2


def test_a_restart_of_a_build_that_retrains_joins_what_it_has_begun(stand: Stand) -> None:
    commit = new_commit(stand)
    stand.run()
    stand.workspace.script(A_WHILE)
    assert stand.run(on_repeat="retrain", wait=False).code == 0
    assert stand.run(on_repeat="retrain").code == 0
    assert len(stand.workspace.runs()) == len(mlflow_runs(stand, commit)) == 2


def test_another_run_key_is_another_training(stand: Stand) -> None:
    commit = new_commit(stand)
    stand.run(run_key="monday")
    stand.run(run_key="tuesday")
    assert stand.run(run_key="monday").lines[-1].startswith("trained before")
    keys = [run.data.params[tags.RUN_KEY] for run in mlflow_runs(stand, commit)]
    assert keys == ["monday", "tuesday"]


def test_each_night_is_a_training_of_its_own_and_a_restarted_one_is_the_same(stand: Stand) -> None:
    commit = new_commit(stand)
    nightly = {"events": "cron", "trigger": "always"}
    for number in (501, 502):
        stand.made = build.cron(commit, "Nightly", number=number)
        stand.write_image()
        assert stand.run(**nightly).code == 0
    stand.made = build.restart(stand.made, number=503)
    stand.write_image()
    assert stand.run(**nightly).lines[-1].startswith("trained before")
    assert len(stand.workspace.runs()) == 2
