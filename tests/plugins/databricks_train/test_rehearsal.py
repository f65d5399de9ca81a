"""`dry_run`: all that is wrong is told at once, and nothing is submitted."""

from mlflow import MlflowClient

from .conftest import Stand


def test_a_dry_run_of_what_is_ready_submits_nothing_and_says_so(stand: Stand) -> None:
    ran = stand.run(dry_run=True)
    assert ran.code == 0, ran.log
    assert not stand.workspace.submissions()
    assert not stand.mlflow_runs()
    assert ran.lines[-1] == "all is ready; nothing was submitted"
    assert f"✔ image: {stand.repository}@{stand.digest} is in its registry" in ran.lines
    assert "· registered model: not checked: registered_model_name is not set" in ran.lines
    assert '"entry_point"' not in ran.log
    assert '"my_model.train"' in ran.lines


def test_a_dry_run_tells_everything_that_is_wrong(stand: Stand) -> None:
    (stand.folder / ".drone-ml/image.json").unlink()
    ran = stand.run(
        dry_run=True,
        node_type="i3.xlrge",
        cluster_registry_username="{{secrets/nowhere/user}}",
        cluster_registry_password="{{secrets/nowhere/word}}",
    )
    assert ran.code == 2, ran.log
    assert not stand.workspace.submissions()
    bad = [line for line in ran.lines if "✘" in line]
    for what in ("image", "node_type_id i3.xlrge", "secret scope nowhere"):
        assert any(f"✘ {what}: " in line for line in bad), ran.log


def test_a_dry_run_without_a_good_login_says_what_it_could_not_check(stand: Stand) -> None:
    ran = stand.run(dry_run=True, token="dapi-of-nobody-at-all")
    assert ran.code == 6, ran.log
    assert "spark_version 15.4.x-scala2.12: not checked, for it needs login" in ran.log
    assert any(line.startswith("✔ tracking server") for line in ran.lines)


def test_the_experiment_and_the_model_are_looked_at_and_neither_is_made(stand: Stand) -> None:
    name = f"/Shared/{stand.made.number}"
    ran = stand.run(dry_run=True, experiment=name, registered_model_name="digits-of-nobody")
    assert ran.code == 0, ran.log
    assert f"✔ experiment {name}: does not exist; the training makes it" in ran.lines
    assert "✔ registered model digits-of-nobody: does not exist; the training makes it" in ran.lines
    client = MlflowClient(stand.tracking_uri)
    assert client.get_experiment_by_name(name) is None


def test_the_name_of_the_model_can_be_put_into_the_job(stand: Stand) -> None:
    named = "${mlflow.registered_model_name}"
    ran = stand.run(dry_run=True, registered_model_name="digits-of-nobody", arguments=[named])
    assert '"digits-of-nobody"' in ran.lines
    ran = stand.run(dry_run=True, arguments=[named])
    assert ran.code == 2
    assert "there is no ${mlflow.registered_model_name}" in ran.log
