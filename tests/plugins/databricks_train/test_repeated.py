"""`reproduce`: the same request again, beside the metrics of the first; or why it cannot be had again."""

from typing import TYPE_CHECKING, cast

import requests

from drone_plugin.testing import build
from drone_plugin.testing.goformat import Value
from kit.databricks.script import Outcome
from kit.databricks.values import at
from kit.registry import Registry
from model_chain import tags

from .conftest import Ran, Stand
from .life import A_WHILE, aliases, client_of, go_on, mlflow_runs, new_commit, registers

if TYPE_CHECKING:
    from kit.registry_client import Descriptor

BY_HAND: dict[str, Value] = {"events": "custom", "trigger": "always"}


def trained(stand: Stand, name: str, **settings: Value) -> tuple[str, str, str]:
    """A commit that was trained, its model, and its MLflow run. The build goes on with a later commit."""
    commit = new_commit(stand)
    stand.workspace.script(A_WHILE)
    model = registers(stand, name, loss=0.25)
    ran = stand.run(**settings)
    assert ran.code == 0, ran.log
    run_id = mlflow_runs(stand, commit)[0].info.run_id
    later = new_commit(stand)
    go_on(stand, build.custom(later, "Look again", number=stand.made.number))
    return commit, model, run_id


def reproduce(stand: Stand, target: str, **settings: Value) -> Ran:
    """The step with `reproduce`, in a build that has no image of its own."""
    (stand.folder / ".drone-ml/image.json").unlink(missing_ok=True)
    return stand.run(**BY_HAND, reproduce=target, **settings)


def refused(stand: Stand, ran: Ran, code: int, *words: str) -> None:
    """Assert that the step has said why, and that nothing was submitted but the first training."""
    assert ran.code == code, ran.log
    told = ran.log[ran.log.index("error: ") :]
    assert [word for word in words if word not in told] == []
    assert "Traceback" not in ran.log
    assert len(stand.workspace.submissions()) == 1


def test_it_sends_the_same_again_for_the_commit_of_the_first_and_compares_both(stand: Stand) -> None:
    commit, model, run_id = trained(stand, "repeated", arguments=["--lr", "0.1"])
    stand.workspace.script(Outcome())
    ran = reproduce(stand, f"models:/{model}@challenger")
    assert ran.code == 0, ran.log
    first, second = (at(sent, "tasks", 0, "spark_python_task") for sent in stand.workspace.submissions())
    assert first == second
    run = client_of(stand).get_run(stand.record().mlflow_run_id)
    assert run.data.params[tags.REPRODUCES] == run_id
    assert run.data.params[tags.COMMIT] == commit
    assert run.data.params[tags.IMAGE_DIGEST] == stand.digest
    assert any("REPRODUCED" in line and run_id[:8].upper() in line for line in ran.lines)
    assert f"commit          {commit}" in ran.lines
    assert "Look again" not in ran.log[ran.log.index("── summary") :]
    assert any("data not pinned" in line for line in ran.lines)


def test_an_alias_stays_with_what_is_repeated(stand: Stand) -> None:
    commit, model, run_id = trained(stand, "stays")
    stand.workspace.script(A_WHILE)
    go_on(stand, build.custom(commit, "Look again", number=stand.made.number))
    registers(stand, model, loss=0.25)
    ran = reproduce(stand, run_id)
    assert ran.code == 0, ran.log
    assert aliases(stand, model) == {"challenger": "1"}


def test_a_reproduction_that_is_restarted_is_not_trained_twice(stand: Stand) -> None:
    _, _, run_id = trained(stand, "once")
    assert reproduce(stand, run_id).code == 0
    go_on(stand, build.restart(stand.made, number=stand.made.number + 1))
    assert reproduce(stand, run_id).code == 0
    assert len(stand.workspace.runs()) == 2


def test_an_image_that_is_gone_is_refused(stand: Stand, registry: Registry) -> None:
    found = registry.manifest("team/model", "1")
    assert found
    inner = {"mediaType": found.media_type, "digest": found.digest, "size": found.size}
    stand.digest = manifest = registry.client.put_index("team/model", "gone", [cast("Descriptor", inner)])
    _, _, run_id = trained(stand, "gone")
    url = f"http://{registry.address}/v2/team/model/manifests/{manifest}"
    assert requests.delete(url, timeout=9).ok
    refused(stand, reproduce(stand, run_id), 2, manifest, "is no longer in its registry", "build the commit")


def test_an_image_outside_of_image_repo_is_refused_before_its_registry_is_asked(stand: Stand) -> None:
    _, _, run_id = trained(stand, "outside")
    ran = reproduce(stand, run_id, image_repo="registry.example.com/team/other")
    refused(stand, ran, 2, "is not in image_repo", "registry.example.com/team/other")


def test_a_registry_login_in_clear_is_taken_from_the_settings_again(stand: Stand) -> None:
    secret = "hunter2-hunter2-of-the-registry"
    login: dict[str, Value] = {
        "allow_plaintext_secrets": True,
        "cluster_registry_username": "drone",
        "cluster_registry_password": secret,
    }
    _, _, run_id = trained(stand, "login", **login)
    stand.workspace.script(Outcome())
    ran = reproduce(stand, run_id, **login)
    assert ran.code == 0, ran.log
    first, second = (at(sent, "tasks", 0, "new_cluster") for sent in stand.workspace.submissions())
    assert at(first, "docker_image") == at(second, "docker_image")
    assert secret not in ran.log
    references: dict[str, Value] = {
        "cluster_registry_username": "{{secrets/registry/user}}",
        "cluster_registry_password": "{{secrets/registry/password}}",
    }
    stand.workspace.script(Outcome())
    assert reproduce(stand, run_id, **references).code == 0
    third = at(stand.workspace.submissions()[-1], "tasks", 0, "new_cluster", "docker_image", "basic_auth")
    assert third == {"username": "{{secrets/registry/user}}", "password": "{{secrets/registry/password}}"}


def test_a_registry_login_in_clear_that_nobody_gives_again_is_asked_for(stand: Stand) -> None:
    login: dict[str, Value] = {"username": "drone", "password": "hunter2-hunter2-of-the-registry"}
    start: Value = {"python_file": "${bootstrap}", "parameters": ["my_model.train"]}
    cluster: Value = {
        "spark_version": "15.4.x-scala2.12",
        "node_type_id": "i3.xlarge",
        "num_workers": 1,
        "docker_image": {"basic_auth": login},
    }
    job: Value = {"tasks": [{"task_key": "train", "new_cluster": cluster, "spark_python_task": start}]}
    without: dict[str, Value] = {"entry_point": "", "node_type": "", "spark_version": ""}
    _, _, run_id = trained(stand, "asked", job=job, allow_plaintext_secrets=True, **without)
    ran = reproduce(stand, run_id)
    refused(stand, ran, 2, "settings.cluster_registry_username and cluster_registry_password", "in clear")
    assert "hunter2" not in ran.log


def test_what_was_never_trained_here_is_refused(stand: Stand) -> None:
    _, model, run_id = trained(stand, "unknown")
    refused(stand, reproduce(stand, "models:/nobody-knows@challenger"), 2, "nobody-knows")
    refused(stand, reproduce(stand, f"models:/{model}/7"), 2, model)
    refused(stand, reproduce(stand, "0" * 32), 2, "0" * 32)
    client = client_of(stand)
    stranger = client.create_run(client.get_run(run_id).info.experiment_id).info.run_id
    refused(stand, reproduce(stand, stranger), 2, "cannot be reproduced", "only runs of this suite")
