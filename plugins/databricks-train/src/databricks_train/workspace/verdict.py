"""How a run ended, in one word that decides what to do: whose fault it was, and whether to try again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import JsonValue

    from databricks_train.workspace.run_state import Run, State

Kind = Literal["success", "user", "cluster", "cloud", "cancelled", "timeout", "skipped", "internal"]
MlflowStatus = Literal["FINISHED", "FAILED", "KILLED"]

_KINDS: Final[Mapping[str, Kind]] = {
    "SUCCESS": "success",
    "USER_CANCELED": "cancelled",
    "CANCELED": "cancelled",
    "CLUSTER_TERMINATED_BY_USER": "cancelled",
    "SKIPPED": "skipped",
    "DISABLED": "skipped",
    "MAX_CONCURRENT_RUNS_EXCEEDED": "skipped",
    "MAX_JOB_QUEUE_SIZE_EXCEEDED": "skipped",
    "CLUSTER_ERROR": "cluster",
    "DRIVER_ERROR": "cluster",
    "CLUSTER_REQUEST_LIMIT_EXCEEDED": "cluster",
    "WORKSPACE_RUN_LIMIT_EXCEEDED": "cluster",
    "CLOUD_FAILURE": "cloud",
    "INTERNAL_ERROR": "internal",
    # In the words of `result_state`, for answers that have no others.
    "FAILED": "user",
    "TIMEDOUT": "timeout",
    "UPSTREAM_FAILED": "skipped",
    "UPSTREAM_CANCELED": "skipped",
    "EXCLUDED": "skipped",
    "MAXIMUM_CONCURRENT_RUNS_REACHED": "skipped",
}
"""Codes of `termination_details`; those that are missing are decided by their type."""

_BY_TYPE: Final[Mapping[str, Kind]] = {
    "CLIENT_ERROR": "user",
    "CLOUD_FAILURE": "cloud",
    "INTERNAL_ERROR": "internal",
}
_AGAIN: Final = frozenset({"cluster", "cloud", "internal"})
_PASSED_OVER: Final = frozenset({"success", "skipped"})
_ORDER: Final[tuple[Kind, ...]] = ("user", "timeout", "cancelled", "internal", "cluster", "cloud", "skipped")
"""Of several failed tasks the first of these decides: what the user has to mend is never tried again."""


@dataclass(frozen=True)
class Verdict:
    """How a run ended."""

    kind: Kind
    """`user` is what the code or the specification did wrong; `cluster`, `cloud` and `internal` are not its
    fault."""
    code: str
    """In Databricks' words, or the cloud's when the cluster says more."""
    message: str
    retryable: bool

    @property
    def mlflow_status(self) -> MlflowStatus:
        """MLflow's word for it."""
        if self.kind == "success":
            return "FINISHED"
        return "KILLED" if self.kind in {"cancelled", "timeout"} else "FAILED"


def verdict(run: Run) -> Verdict:
    """How a run ended, by `status.termination_details`, then by `result_state`.

    What a task says counts more than what the run says of it, unless somebody stopped the whole.
    """
    whole = judge(run.state)
    if whole.kind in {"success", "cancelled", "timeout"}:
        return whole
    failed = [judge(task.state) for task in run.latest if task.state.ended]
    failed = [task for task in failed if task.kind not in _PASSED_OVER]
    if not failed:
        return whole
    worst = min(failed, key=lambda task: _ORDER.index(task.kind))
    again = all(task.retryable for task in failed)
    return Verdict(worst.kind, worst.code, worst.message or whole.message, worst.retryable and again)


def judge(state: State) -> Verdict:
    """The same for one run or task alone."""
    code = state.code or state.result
    kind = _KINDS.get(code) or _BY_TYPE.get(state.kind) or ("user" if state.code else "internal")
    if state.kind == "CLOUD_FAILURE" and kind in {"cluster", "internal"}:
        kind = "cloud"
    # Databricks' own limit cancels a run, too.
    if code == "CANCELED" and (state.result == "TIMEDOUT" or "timed out" in state.message.lower()):
        kind = "timeout"
    known = code in _KINDS or state.kind in _BY_TYPE
    # A driver that dies has mostly run out of memory, which it would do again.
    again = kind in _AGAIN and known and code != "DRIVER_ERROR"
    return Verdict(kind, code, state.message, again)


@dataclass(frozen=True)
class Reason:
    """Why a cluster ended, in the words of `clusters/get`."""

    code: str
    kind: str
    parameters: str


def read_reason(cluster: Mapping[str, JsonValue]) -> Reason | None:
    """The `termination_reason` of a cluster, which one that is alive has not."""
    told = cluster.get("termination_reason")
    if not isinstance(told, dict) or not told.get("code"):
        return None
    parameters = told.get("parameters")
    texts = parameters.values() if isinstance(parameters, dict) else ()
    return Reason(str(told["code"]), str(told.get("type") or ""), "; ".join(map(str, texts)))


_MEANINGS: Final[Mapping[str, tuple[Kind, bool, str]]] = {
    "SPOT_INSTANCE_TERMINATION": ("cloud", True, "the cloud took the spot instance back"),
    "AWS_INSUFFICIENT_INSTANCE_CAPACITY_FAILURE": ("cloud", True, "the cloud has no such machine free now"),
    "CLOUD_PROVIDER_RESOURCE_STOCKOUT": ("cloud", True, "the cloud has no such machine free now"),
    "GCP_INSUFFICIENT_CAPACITY": ("cloud", True, "the cloud has no such machine free now"),
    "AZURE_QUOTA_EXCEEDED_EXCEPTION": ("cloud", False, "the quota of the cloud account is used up"),
    "AWS_RESOURCE_QUOTA_EXCEEDED": ("cloud", False, "the quota of the cloud account is used up"),
    "GCP_QUOTA_EXCEEDED": ("cloud", False, "the quota of the cloud account is used up"),
    "DOCKER_IMAGE_PULL_FAILURE": ("cluster", True, "the cluster could not pull the image"),
    "IMAGE_PULL_PERMISSION_DENIED": ("user", False, "the cluster may not pull the image"),
    "CONTAINER_LAUNCH_FAILURE": ("cluster", True, "the container did not start"),
    "DOCKER_CONTAINER_CREATION_EXCEPTION": ("cluster", True, "the container did not start"),
    "DOCKER_IMAGE_TOO_LARGE_FOR_INSTANCE_EXCEPTION": ("user", False, "the image is too large for the disk"),
    "DOCKER_INVALID_OS_EXCEPTION": ("user", False, "the image's system is none that Databricks takes"),
    "SLOW_IMAGE_DOWNLOAD": ("cluster", True, "pulling the image took too long"),
    "DRIVER_OUT_OF_MEMORY": ("user", False, "the driver ran out of memory"),
    "DRIVER_OUT_OF_DISK": ("user", False, "the driver ran out of disk"),
    "INIT_SCRIPT_FAILURE": ("user", False, "an init script failed"),
    "USER_REQUEST": ("cancelled", False, "somebody ended the cluster"),
}
"""What the commonest reasons mean: whose fault, whether to try again, and in words."""

_NO_NEWS: Final = frozenset({"JOB_FINISHED", "INACTIVITY", "UNKNOWN"})


def with_reason(ended: Verdict, reason: Reason | None) -> Verdict:
    """The verdict in the words of why the cluster ended, where those say more.

    A run that succeeded or was stopped stays what it was, whatever became of its cluster.
    """
    if reason is None or reason.code in _NO_NEWS or ended.kind not in {*_AGAIN, "user"}:
        return ended
    detail = f" ({reason.parameters})" if reason.parameters else ""
    meaning = _MEANINGS.get(reason.code)
    if meaning and (ended.kind != "user" or meaning[0] in {"user", "cloud"}):
        kind, again, words = meaning
        return Verdict(kind, reason.code, f"{words}{detail}", again)
    if ended.kind == "user":
        return ended
    kind = "cloud" if reason.kind == "CLOUD_FAILURE" else ended.kind
    again = ended.retryable and reason.kind != "CLIENT_ERROR"
    return replace(ended, kind=kind, code=reason.code, message=f"{ended.message}{detail}", retryable=again)
