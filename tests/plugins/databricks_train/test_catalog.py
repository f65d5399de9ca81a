"""What a workspace offers, and why a cluster ended."""

import pytest

from databricks_train.workspace.api import Workspace
from databricks_train.workspace.catalog import Catalog
from databricks_train.workspace.verdict import Verdict, verdict, with_reason
from drone_plugin import SettingsError
from kit.databricks.client import TOKEN, Client, submission, task
from kit.databricks.endings import (
    DRIVER_DOWN,
    IMAGE_NOT_PULLED,
    IMAGE_TOO_SLOW,
    INTERNAL,
    NO_CAPACITY,
    OUT_OF_MEMORY,
    SPOT_LOST,
    UNAUTHORIZED,
)
from kit.databricks.runs import FAILED, Ending
from kit.databricks.script import Outcome
from kit.databricks.server import Workspace as StandIn


def judged(workspace: StandIn, ending: Ending) -> Verdict:
    """How a run that ended so is judged, with what its cluster says."""
    door = Workspace(workspace.url, TOKEN)
    workspace.script(Outcome(["RUNNING"], ending=ending))
    run_id = door.submit(submission())
    while not (run := door.run(run_id)).state.ended:
        pass
    (only,) = run.latest
    return with_reason(verdict(run), Catalog(door.door).end_of_cluster(only.cluster_id))


@pytest.mark.parametrize(
    ("ending", "kind", "retryable", "words"),
    [
        (SPOT_LOST, "cloud", True, "the cloud took the spot instance back (The spot instance was taken"),
        (NO_CAPACITY, "cloud", True, "the cloud has no such machine free now"),
        (IMAGE_NOT_PULLED, "cluster", True, "the cluster could not pull the image (Failed to pull docker"),
        (IMAGE_TOO_SLOW, "cluster", True, "pulling the image took too long"),
        (DRIVER_DOWN, "cluster", True, "The driver does not answer"),
        (OUT_OF_MEMORY, "cluster", False, "The Python kernel is unresponsive"),
        (UNAUTHORIZED, "user", False, "may not read the python file"),
        (INTERNAL, "internal", True, "An internal error occurred"),
        (FAILED, "user", False, "Workload failed"),
    ],
)
def test_a_run_that_its_cluster_has_failed_is_told_by_the_clusters_reason(
    workspace: StandIn, ending: Ending, kind: str, *, retryable: bool, words: str
) -> None:
    told = judged(workspace, ending)
    assert (told.kind, told.retryable) == (kind, retryable)
    assert words in told.message


def test_a_cluster_that_ended_because_its_job_did_says_nothing_new(workspace: StandIn) -> None:
    assert judged(workspace, FAILED).code == "RUN_EXECUTION_ERROR"


def test_a_cluster_that_runs_has_no_reason() -> None:
    with StandIn(clusters={"c-1": {"num_workers": 1}}) as served:
        assert Catalog(Workspace(served.url, TOKEN).door).end_of_cluster("c-1") is None


def test_what_is_not_there_is_told_in_databricks_words(workspace: StandIn) -> None:
    catalog = Catalog(Workspace(workspace.url, TOKEN).door)
    with pytest.raises(SettingsError, match="Cluster c-9 does not exist"):
        catalog.cluster("c-9")
    with pytest.raises(SettingsError, match="Job 9 does not exist"):
        catalog.job_name(9)
    with pytest.raises(SettingsError, match="Scope nowhere does not exist"):
        catalog.secret_keys("nowhere")


def test_a_saved_job_is_known_by_its_name(workspace: StandIn) -> None:
    job_id = Client(workspace).post("/2.2/jobs/create", {"name": "nightly", "tasks": [task()]})["job_id"]
    assert isinstance(job_id, int)
    assert Catalog(Workspace(workspace.url, TOKEN).door).job_name(job_id) == "nightly"
