"""What to do about the commonest reasons for which a training fails, by what they leave in a log."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Place: TypeAlias = Literal["cluster", "state", "error", "output"]
"""Where a text was found: the cluster's reason, Databricks' message, the exception, trace and log."""

_LAST: Final = 4000
"""Characters at the end of an output that are looked at: what is decisive was printed last."""


@dataclass(frozen=True)
class Hint:
    """What to do, and what is to be found for it."""

    cause: str
    """A few words that name it."""
    pattern: re.Pattern[str]
    advice: str
    """`{0}` is the pattern's first group."""
    places: frozenset[Place]


@dataclass(frozen=True)
class Evidence:
    """What there is to read about a failed task."""

    cluster: str = ""
    state: str = ""
    error: str = ""
    output: str = ""


def hint_for(evidence: Evidence) -> tuple[str, str]:
    """(cause, advice) by the most decisive text that tells something; empty texts where none does."""
    texts: tuple[tuple[Place, str], ...] = (
        ("cluster", evidence.cluster),
        ("error", evidence.error),
        ("state", evidence.state),
        ("output", evidence.output[-_LAST:]),
    )
    for place, text in texts:
        for hint in HINTS:
            found = hint.pattern.search(text) if place in hint.places else None
            if found:
                # A module's name is the log's: no words of its own, and no more than a name.
                name = found[1] if found.re.groups and found[1] else ""
                return hint.cause, hint.advice.format(name[:80])
    return "", ""


def _hint(cause: str, pattern: str, advice: str, *places: Place) -> Hint:
    everywhere: tuple[Place, ...] = ("cluster", "state", "error", "output")
    compiled = re.compile(pattern, re.IGNORECASE | re.MULTILINE)
    return Hint(cause, compiled, advice, frozenset(places or everywhere))


HINTS: Final[tuple[Hint, ...]] = (
    _hint(
        "secret",
        r"secret (?:scope )?does not exist|(?:scope|secret) [\w./\"'{}-]+ (?:does not exist|not found)"
        r"|failed to (?:fetch|resolve|read) secret|invalid secret (?:path|reference)",
        "the job names a secret that the workspace does not have, or that its user may not read: "
        "see `databricks secrets list-secrets SCOPE` and list-acls",
    ),
    _hint(
        "image too large",
        r"IMAGE_TOO_LARGE|SLOW_IMAGE_DOWNLOAD|image download (?:timed out|took too long)",
        "make the image smaller (from some 7 GB on, Databricks stops waiting for it), "
        "or take nodes with a larger disk",
        "cluster",
        "state",
    ),
    _hint(
        "image pull",
        r"IMAGE_PULL|pull access denied|manifest unknown|failed to pull|unable to pull|toomanyrequests"
        r"|unauthorized: authentication required|no basic auth credentials",
        "check that cluster_registry_username and _password name secrets with a login that works, "
        "and that the workspace's network reaches the registry",
        "cluster",
        "state",
    ),
    _hint(
        "image",
        r"DOCKER_INVALID_OS|DOCKER_CONTAINER_CREATION|CONTAINER_LAUNCH_FAILURE"
        r"|driver (?:is )?(?:down|unhealthy)|could not start spark driver"
        r"|SPARK_STARTUP_FAILURE|driver failed to start",
        "build FROM a databricksruntime image with the tag of spark_version: Spark needs Ubuntu, bash, sudo, "
        "iproute2, procps, a JDK, and Python where it expects it",
        "cluster",
        "state",
    ),
    _hint(
        "spot",
        r"SPOT_INSTANCE_TERMINATION|SPOT_INSTANCE|spot (?:instance|vm|node)s? (?:was |were )?"
        r"(?:lost|terminated|reclaimed|evicted|preempted)|preempt(?:ed|ion)",
        "the cloud took a spot machine back: set retries, keep the driver on demand "
        "(aws_attributes.first_on_demand: 1), write checkpoints",
    ),
    _hint(
        "quota",
        r"QUOTA_EXCEEDED|exceed\w* (?:approved |the )?\S* ?quota|quota (?:is )?exceeded"
        r"|INSUFFICIENT\w*CAPACITY"
        r"|STOCKOUT|vcpu limit|insufficient\w* capacity|REQUEST_LIMIT_EXCEEDED|WORKSPACE_RUN_LIMIT"
        r"|MAX_SPARK_CONTEXTS|instance limit",
        "the account's quota is used up, or the region has no such machine free: "
        "take another node_type or zone, ask for more, or train later",
        "cluster",
        "state",
        "error",
    ),
    _hint(
        "GPU memory",
        r"CUDA out of memory|cuda\.OutOfMemoryError|CUBLAS_STATUS_ALLOC_FAILED|CUDA_ERROR_OUT_OF_MEMORY"
        r"|OOM when allocating tensor",
        "the GPU's memory was too small: make batches smaller, accumulate gradients, "
        "or take a node_type with a larger GPU",
        "error",
        "output",
    ),
    _hint(
        "memory",
        r"\bMemoryError\b|OOMKilled|exit (?:code|status):? ?137|Java heap space|GC overhead limit"
        r"|DRIVER_OUT_OF_MEMORY|cannot allocate memory|unable to allocate [\d.]+ [GMT]i?B|out of memory"
        r"|driver (?:has )?stopped unexpectedly|signal (?:9|SIGKILL)|^Killed$",
        "the machine's memory was too small: take a larger node_type, or read the data in pieces",
    ),
    _hint(
        "disk",
        r"no space left on device|OUT_OF_DISK|disk quota exceeded",
        "the disk was full: write to a volume instead of the driver's disk, "
        "or take a node_type with more of it (enable_elastic_disk)",
    ),
    _hint(
        "missing module",
        r"No module named '?([\w.]{1,80})",
        "{0} is not in the image: add it to the requirements there and build again; "
        "a package of your own has to be installed there, too",
        "error",
        "output",
    ),
    _hint(
        "versions",
        r"GLIBC(?:XX)?_[\d.]+' not found|numpy\.dtype size changed|compiled using NumPy 1|undefined symbol"
        r"|PYTHON_VERSION_MISMATCH|python in worker has different version"
        r"|unsupported class file major version"
        r"|cannot import name '|has no attribute '__version__'|requires a different python"
        r"|LIBRARY_INSTALLATION_ERROR|unsupported pickle protocol",
        "versions do not fit together: pin them in the image to those of the Databricks runtime "
        "in spark_version",
    ),
    _hint(
        "time-out",
        r"run timed out|TIMEDOUT|timed out after|exceeded the time ?out",
        "settings.timeout is the limit, the start of the cluster included: raise it, or train less",
        "state",
    ),
    _hint(
        "permission",
        r"PERMISSION_DENIED|PermissionDenied|(?:HTTP|code|status|error|\()[ :=]{0,2}403\b"
        r"|forbidden|access ?denied|INSUFFICIENT_PERMISSIONS"
        r"|UNAUTHORIZED_ERROR|not authorized|does not have [\w ]+ on "
        r"|lacks? (?:the )?\S+ (?:permission|privilege)",
        "the job's user may not do this: grant it what the message names "
        "(in Unity Catalog USE CATALOG and USE SCHEMA, too)",
    ),
    _hint(
        "network",
        r"name or service not known|temporary failure in name resolution|connection timed out|ConnectTimeout"
        r"|max retries exceeded with url|network is unreachable|NETWORK_CONFIGURATION_FAILURE",
        "the cluster did not reach a host, which the log names: "
        "ask whoever runs the workspace's network for the way there",
    ),
)
"""In this order: what is more special comes first."""
