"""What becomes of the run of an older commit when a newer one is pushed: `supersede`."""

from dataclasses import replace

import pytest

from drone_plugin.testing import build
from drone_plugin.testing.spec import BuildSpec

from .conftest import Stand
from .life import ENDLESS, asked, client_of, go_on, mlflow_runs, new_commit


@pytest.fixture
def older(stand: Stand) -> str:
    """A commit whose push still trains; a newer one of the branch is built now."""
    commit = new_commit(stand)
    stand.workspace.script(ENDLESS)
    assert stand.run(wait=False).code == 0
    new_commit(stand)
    return commit


def started(event: str, commit: str, number: int) -> BuildSpec:
    """A build that no push has started."""
    way = {"cron": build.cron, "custom": build.custom}[event]
    return way(commit, "Nightly", number=number)


def test_the_older_run_is_named_and_left_alone_by_default(stand: Stand, older: str) -> None:
    ran = stand.run()
    old, _ = stand.workspace.runs()
    assert ran.code == 0, ran.log
    assert old.ending is None
    assert not old.cancel_requested
    (said,) = [line for line in ran.lines if "still trains" in line]
    assert f"run {old.run_id}" in said
    assert "supersede: true" in said
    assert mlflow_runs(stand, older)[0].info.status == "RUNNING"


def test_with_supersede_it_has_stopped_before_the_new_one_is_submitted(stand: Stand, older: str) -> None:
    ran = stand.run(supersede=True)
    old, new = stand.workspace.runs()
    assert ran.code == 0, ran.log
    assert [body["run_id"] for body in asked(stand, "/runs/cancel")] == [old.run_id]
    assert old.ending
    assert old.ended
    assert old.ended <= new.started
    assert any(f"supersedes run {old.run_id}" in line for line in ran.lines)
    assert len(mlflow_runs(stand, older)) == 1


@pytest.mark.parametrize("event", ["cron", "custom"])
def test_what_a_clock_or_a_person_has_started_stays(stand: Stand, event: str) -> None:
    go_on(stand, started(event, new_commit(stand), stand.made.number))
    stand.workspace.script(ENDLESS)
    assert stand.run(wait=False, events=event, trigger="always").code == 0
    new_commit(stand)
    ran = stand.run(supersede=True)
    assert ran.code == 0, ran.log
    assert asked(stand, "/runs/cancel") == []


def test_what_repeats_another_run_stays(stand: Stand) -> None:
    commit = new_commit(stand)
    assert stand.run().code == 0
    stand.workspace.script(ENDLESS)
    assert stand.run(wait=False, reproduce=mlflow_runs(stand, commit)[0].info.run_id).code == 0
    new_commit(stand)
    ran = stand.run(supersede=True)
    assert ran.code == 0, ran.log
    assert asked(stand, "/runs/cancel") == []


@pytest.mark.parametrize("event", ["cron", "custom"])
def test_neither_a_clock_nor_a_person_replaces_a_push(stand: Stand, older: str, event: str) -> None:
    go_on(stand, started(event, stand.made.commit, stand.made.number))
    assert stand.run(supersede=True, events=event, trigger="always").code == 0
    assert asked(stand, "/runs/cancel") == []
    assert mlflow_runs(stand, older)[0].info.status == "RUNNING"


@pytest.mark.parametrize(
    "changes",
    [{"number": 1}, {"branch": "feature", "ref": "refs/heads/feature"}],
    ids=["lower number", "another branch"],
)
@pytest.mark.usefixtures("older")
def test_builds_that_are_not_later_ones_of_the_branch_replace_none(
    stand: Stand, changes: dict[str, int | str]
) -> None:
    go_on(stand, replace(stand.made, **changes))  # type: ignore[arg-type] # fields of a BuildSpec
    assert stand.run(supersede=True).code == 0
    assert asked(stand, "/runs/cancel") == []


def test_runs_of_another_step_or_repository_stay(stand: Stand, older: str) -> None:
    client, run = client_of(stand), mlflow_runs(stand, older)[0]
    for name, value in (("drone_ml.step", "default/other"), ("drone_ml.repository", "octocat/other")):
        twin = client.create_run(run.info.experiment_id, tags={**run.data.tags, name: value})
        assert twin.info.status == "RUNNING"
    client.delete_run(run.info.run_id)
    assert stand.run(supersede=True).code == 0
    assert asked(stand, "/runs/cancel") == []


def test_a_restart_of_an_older_commit_leaves_the_run_of_a_newer_one_alone(stand: Stand) -> None:
    first = new_commit(stand)
    old = stand.made
    new_commit(stand)
    stand.workspace.script(ENDLESS)
    assert stand.run(wait=False).code == 0
    restarted = replace(old, number=stand.made.number + 1, parent=old.number)
    go_on(stand, restarted)
    ran = stand.run(supersede=True)
    assert ran.code == 0, ran.log
    assert asked(stand, "/runs/cancel") == []
    assert "still trains" not in ran.log
    assert mlflow_runs(stand, first)[0].info.status == "FINISHED"


def test_a_restarted_build_names_what_its_first_one_would_have_cancelled(stand: Stand, older: str) -> None:
    newer = stand.made
    go_on(stand, replace(newer, number=newer.number + 1, parent=newer.number))
    ran = stand.run(supersede=True)
    assert ran.code == 0, ran.log
    assert asked(stand, "/runs/cancel") == []
    (said,) = [line for line in ran.lines if "still trains" in line]
    assert said.endswith("a restarted build cancels none")
    assert mlflow_runs(stand, older)[0].info.status == "RUNNING"
