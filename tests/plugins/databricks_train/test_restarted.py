"""A build that is started again, whose image was built anew: another digest of the same commit."""

from typing import TYPE_CHECKING, cast

import pytest

from drone_plugin.testing import build
from kit.databricks.runs import FAILED
from kit.databricks.script import Outcome
from kit.databricks.values import at
from kit.registry import Registry

from .conftest import Stand
from .life import A_WHILE, ENDLESS, go_on, mlflow_runs, new_commit

if TYPE_CHECKING:
    from kit.registry_client import Descriptor

GOES_ON = "this restart goes on with what build "


@pytest.fixture
def another(registry: Registry) -> str:
    """The digest of another image."""
    found = registry.manifest("team/model", "1")
    assert found
    inner = {"mediaType": found.media_type, "digest": found.digest, "size": found.size}
    return str(registry.client.put_index("team/model", "2", [cast("Descriptor", inner)]))


def restart(stand: Stand, digest: str) -> None:
    """Go on with a restart of the build, whose image is this one."""
    stand.digest = digest
    go_on(stand, build.restart(stand.made, number=stand.made.number + 1))


def images(stand: Stand) -> list[str]:
    """The images of all submissions, by their digests."""
    urls = [
        at(sent, "tasks", 0, "new_cluster", "docker_image", "url") for sent in stand.workspace.submissions()
    ]
    return [str(url).rpartition("@")[2] for url in urls]


def test_a_training_that_has_succeeded_is_reused_although_the_image_is_another(
    stand: Stand, another: str
) -> None:
    commit, first, number = new_commit(stand), stand.digest, stand.made.number
    assert stand.run().code == 0
    restart(stand, another)
    ran = stand.run()
    assert ran.code == 0, ran.log
    assert images(stand) == [first]
    (said,) = [line for line in ran.lines if line.startswith(GOES_ON)]
    assert said.startswith(f"{GOES_ON}{number} has trained in {first}; the image of this build, {another},")
    assert stand.record().image == f"{stand.repository}@{first}"
    assert len(mlflow_runs(stand, commit)) == 1


def test_a_training_that_still_runs_is_joined_although_the_image_is_another(
    stand: Stand, another: str
) -> None:
    new_commit(stand)
    stand.workspace.script(A_WHILE)
    assert stand.run(wait=False).code == 0
    restart(stand, another)
    ran = stand.run()
    assert ran.code == 0, ran.log
    assert len(stand.workspace.runs()) == 1
    assert "joining it" in ran.log


def test_a_training_that_has_failed_is_tried_again_in_the_new_image(stand: Stand, another: str) -> None:
    new_commit(stand)
    first = stand.digest
    stand.workspace.script(Outcome(ending=FAILED), Outcome())
    assert stand.run().code == 1
    restart(stand, another)
    ran = stand.run()
    assert ran.code == 0, ran.log
    assert images(stand) == [first, another]
    assert GOES_ON not in ran.log


def test_a_restart_that_asks_for_something_else_trains_that(stand: Stand, another: str) -> None:
    new_commit(stand)
    first = stand.digest
    assert stand.run(arguments=["--lr", "0.1"]).code == 0
    restart(stand, another)
    assert stand.run(arguments=["--lr", "0.2"]).code == 0
    assert images(stand) == [first, another]


def test_who_wants_to_train_again_gets_the_new_image(stand: Stand, another: str) -> None:
    new_commit(stand)
    first = stand.digest
    assert stand.run().code == 0
    restart(stand, another)
    assert stand.run({"TRAIN_REPEAT": "retrain"}).code == 0
    assert images(stand) == [first, another]


def test_an_image_that_the_settings_name_is_the_one_that_is_trained_in(stand: Stand, another: str) -> None:
    new_commit(stand)
    first = stand.digest
    assert stand.run().code == 0
    restart(stand, another)
    assert stand.run(image=f"{stand.repository}@{another}").code == 0
    assert images(stand) == [first, another]


def test_without_mlflow_a_restart_trains_in_its_own_image(stand: Stand, another: str) -> None:
    new_commit(stand)
    stand.workspace.script(ENDLESS, Outcome())
    assert stand.run(wait=False).code == 0
    restart(stand, another)
    ran = stand.run(mlflow_tracking_uri="http://127.0.0.1:9", wait=False)
    assert ran.code == 0, ran.log
    assert "the training of the build before is not looked for" in ran.log
