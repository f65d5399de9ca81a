"""The vendor's own client understands what the stand-in says."""

import io
from datetime import timedelta

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.core import Config
from databricks.sdk.errors import (
    InvalidParameterValue,
    OperationFailed,
    PermissionDenied,
    ResourceDoesNotExist,
    Unauthenticated,
)
from databricks.sdk.service import compute, jobs
from databricks.sdk.service.workspace import ImportFormat

from kit.databricks.client import TOKEN
from kit.databricks.faults import Fault
from kit.databricks.script import Outcome
from kit.databricks.server import Workspace

SUBMIT = "/api/2.2/jobs/runs/submit"


def connect(workspace: Workspace, token: str = TOKEN) -> WorkspaceClient:
    return WorkspaceClient(
        config=Config(host=workspace.url, token=token, auth_type="pat", retry_timeout_seconds=20)
    )


@pytest.fixture
def sdk(workspace: Workspace) -> WorkspaceClient:
    return connect(workspace)


def submit(sdk: WorkspaceClient, token: str | None = None) -> int:
    new_cluster = compute.ClusterSpec(
        spark_version="15.4.x-scala2.12",
        node_type_id="i3.xlarge",
        num_workers=0,
        docker_image=compute.DockerImage(url="registry.example/train:1"),
    )
    python = jobs.SparkPythonTask("/Workspace/Users/trainer@example.com/a.py", parameters=["--lr", "1"])
    task = jobs.SubmitTask(task_key="train", new_cluster=new_cluster, spark_python_task=python)
    run_id = sdk.jobs.submit(run_name="train", tasks=[task], idempotency_token=token).run_id
    assert isinstance(run_id, int)
    return run_id


def test_it_reads_a_run_in_both_vocabularies(workspace: Workspace, sdk: WorkspaceClient) -> None:
    workspace.script(Outcome([], "FAILED"))
    run = sdk.jobs.get_run(submit(sdk))
    assert run.state
    assert run.state.life_cycle_state is jobs.RunLifeCycleState.INTERNAL_ERROR
    assert run.status
    assert run.status.termination_details
    assert run.status.termination_details.code is jobs.TerminationCodeCode.RUN_EXECUTION_ERROR
    assert run.run_type is jobs.RunType.SUBMIT_RUN


def test_its_waiter_returns_a_run_that_succeeded(workspace: Workspace, sdk: WorkspaceClient) -> None:
    workspace.script(Outcome([]))
    run = sdk.jobs.wait_get_run_job_terminated_or_skipped(submit(sdk), timeout=timedelta(seconds=5))
    assert run.state
    assert run.state.result_state is jobs.RunResultState.SUCCESS


def test_its_waiter_loses_a_run_that_failed(workspace: Workspace, sdk: WorkspaceClient) -> None:
    workspace.script(Outcome([], "FAILED"))
    run_id = submit(sdk)
    with pytest.raises(OperationFailed):
        sdk.jobs.wait_get_run_job_terminated_or_skipped(run_id, timeout=timedelta(seconds=5))


def test_it_reads_the_output_of_a_task(workspace: Workspace, sdk: WorkspaceClient) -> None:
    workspace.script(Outcome([], "FAILED", error="ValueError: no", trace="Traceback", logs="x"))
    run = sdk.jobs.get_run(submit(sdk))
    assert run.tasks
    output = sdk.jobs.get_run_output(run.tasks[0].run_id or 0)
    assert (output.error, output.error_trace, output.logs) == ("ValueError: no", "Traceback", "x")


def test_it_knows_the_errors(workspace: Workspace, sdk: WorkspaceClient) -> None:
    run_id = submit(sdk)
    with pytest.raises(InvalidParameterValue, match="multiple tasks"):
        sdk.jobs.get_run_output(run_id)
    with pytest.raises(ResourceDoesNotExist, match="Run 7 does not exist"):
        sdk.jobs.get_run(7)
    with pytest.raises(PermissionDenied, match="Invalid access token"):
        connect(workspace, "dapi-wrong").current_user.me()


def test_a_missing_credential_is_known_too(workspace: Workspace, sdk: WorkspaceClient) -> None:
    workspace.faults.add(Fault("GET", "/api/2.0/preview/scim/v2/Me", "status", status=401))
    with pytest.raises(Unauthenticated):
        sdk.current_user.me()


def test_it_retries_a_lost_answer_and_the_token_keeps_the_run_single(
    workspace: Workspace, sdk: WorkspaceClient
) -> None:
    workspace.faults.add(Fault("POST", SUBMIT, "drop-after"))
    run_id = submit(sdk, token="once")
    assert [run.run_id for run in sdk.jobs.list_runs()] == [run_id]
    assert len(workspace.submissions()) == 2


def test_it_pages_through_runs(sdk: WorkspaceClient) -> None:
    ids = [submit(sdk) for _ in range(5)]
    assert [run.run_id for run in sdk.jobs.list_runs(limit=2)] == ids[::-1]


def test_it_cancels_and_deletes(workspace: Workspace, sdk: WorkspaceClient) -> None:
    workspace.script(Outcome(cancel_states=[]))
    run_id = submit(sdk)
    sdk.jobs.cancel_run(run_id)
    run = sdk.jobs.get_run(run_id)
    assert run.state
    assert run.state.result_state is jobs.RunResultState.CANCELED
    sdk.jobs.delete_run(run_id)
    assert list(sdk.jobs.list_runs()) == []


def test_it_uploads_files(sdk: WorkspaceClient) -> None:
    folder = "/Users/trainer@example.com/.drone-ml"
    sdk.workspace.mkdirs(folder)
    sdk.workspace.upload(
        f"{folder}/a.py", io.BytesIO(b"print(1)\r\n"), format=ImportFormat.AUTO, overwrite=True
    )
    status = sdk.workspace.get_status(f"{folder}/a.py")
    assert (status.size, status.path) == (10, f"{folder}/a.py")


def test_it_lists_machines_and_runtimes(sdk: WorkspaceClient) -> None:
    assert "i3.xlarge" in {node.node_type_id for node in sdk.clusters.list_node_types().node_types or []}
    assert "15.4.x-scala2.12" in {version.key for version in sdk.clusters.spark_versions().versions or []}


def test_its_discovery_call_is_answered_before_any_credential(
    workspace: Workspace, sdk: WorkspaceClient
) -> None:
    sdk.current_user.me()
    discovery, me = workspace.requests
    assert (discovery.path, discovery.authorized) == ("/.well-known/databricks-config", False)
    assert me.headers["x-databricks-workspace-id"] == "900800700600500"
