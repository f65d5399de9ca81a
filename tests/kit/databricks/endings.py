"""Ways in which a cluster lets a task down, for scripts: `Outcome(ending=SPOT_LOST)`.

The codes are those of clusters/get's `termination_reason`. Which of a run's own codes goes with each is
documented for the two kinds only: CLUSTER_ERROR and CLOUD_FAILURE; the texts are this server's.
"""

from typing import Final

from kit.databricks.runs import ClusterReason, Ending


def cluster_ending(code: str, kind: str = "CLIENT_ERROR", message: str = "", cluster_id: str = "") -> Ending:
    """The end of a task whose cluster ended first, or never began.

    `kind` is CLIENT_ERROR, CLOUD_FAILURE or SERVICE_FAULT.
    """
    which = f"Cluster {cluster_id}" if cluster_id else "The cluster"
    text = (
        f"Unexpected failure while waiting for the cluster ({cluster_id or 'of this task'}) to be ready: "
        f"{which} is in unexpected state Terminated: {code}({kind}): databricks_error_message:{message}"
    )
    cloud = kind == "CLOUD_FAILURE"
    return Ending(
        "FAILED",
        text,
        "INTERNAL_ERROR",
        code="CLOUD_FAILURE" if cloud else "CLUSTER_ERROR",
        kind={"CLOUD_FAILURE": kind, "SERVICE_FAULT": "INTERNAL_ERROR"}.get(kind, "CLIENT_ERROR"),
        cluster=ClusterReason(code, kind, message),
    )


SPOT_LOST: Final = cluster_ending(
    "SPOT_INSTANCE_TERMINATION", "CLOUD_FAILURE", "The spot instance was taken back by the cloud provider."
)
NO_CAPACITY: Final = cluster_ending(
    "AWS_INSUFFICIENT_INSTANCE_CAPACITY_FAILURE", "CLOUD_FAILURE", "There is no capacity for this node type."
)
QUOTA: Final = cluster_ending(
    "CLOUD_PROVIDER_RESOURCE_STOCKOUT", "CLOUD_FAILURE", "You have exceeded the quota of your account."
)
IMAGE_NOT_PULLED: Final = cluster_ending(
    "DOCKER_IMAGE_PULL_FAILURE", "CLIENT_ERROR", "Failed to pull docker image: manifest unknown"
)
IMAGE_TOO_SLOW: Final = cluster_ending("SLOW_IMAGE_DOWNLOAD", "SERVICE_FAULT", "The image came too slowly.")
DRIVER_DOWN: Final = cluster_ending("DRIVER_UNREACHABLE", "SERVICE_FAULT", "The driver does not answer.")
OUT_OF_MEMORY: Final = Ending("FAILED", "The Python kernel is unresponsive.", code="DRIVER_ERROR")
UNAUTHORIZED: Final = Ending(
    "FAILED", "The run's user may not read the python file.", "INTERNAL_ERROR", "UNAUTHORIZED_ERROR"
)
INTERNAL: Final = Ending(
    "FAILED", "An internal error occurred.", "INTERNAL_ERROR", "INTERNAL_ERROR", "INTERNAL_ERROR"
)
