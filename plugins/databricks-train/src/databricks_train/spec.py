"""The job: pure functions from settings to the body of `runs/submit` (Jobs API 2.2)."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from pydantic import JsonValue

from drone_plugin import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import JsonValue

    from databricks_train.settings import TrainSettings
    from drone_plugin import Build

Body: TypeAlias = "dict[str, JsonValue]"

TASK_KEY = "train"
MOST_PARAMETERS = 10_000
"""Bytes that the parameters of a task may have as JSON."""

MLFLOW_IN_JOB = {
    # MLflow's defaults let a job without a way to the server hang for four minutes.
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "30",
    # The run is linked to its commit already; without git in the image MLflow says so in forty lines.
    "GIT_PYTHON_REFRESH": "quiet",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
}
"""Variables that keep MLflow's client in the job quick and quiet; `environment` may change them."""


@dataclass(frozen=True)
class Tracking:
    """Where the job records its run."""

    uri: str
    registry_uri: str
    experiment_id: str
    run_id: str


def cluster(settings: TrainSettings, image: str) -> Body:
    """The `new_cluster`: the image, the size, and what Container Services ask for.

    Standard access mode does not take images of one's own, so the mode is dedicated unless `cluster` says
    otherwise.
    """
    docker: Body = {"url": image}
    if settings.cluster_registry_username:
        docker["basic_auth"] = {
            "username": settings.cluster_registry_username,
            "password": settings.cluster_registry_password,
        }
    taken = {"docker_image": "image or image_repo", "num_workers": "workers"}
    problems = [
        f"settings.cluster.{name}: is set by the step; use {instead}"
        for name, instead in taken.items()
        if name in settings.cluster
    ]
    if problems:
        raise SettingsError(problems)
    made: Body = {
        "spark_version": settings.spark_version,
        "node_type_id": settings.node_type,
        "data_security_mode": "SINGLE_USER",
        "docker_image": docker,
    }
    if "autoscale" in settings.cluster:
        return _laid_over(made, settings.cluster)
    made["num_workers"] = settings.workers
    if settings.workers == 0:
        made["spark_conf"] = {"spark.databricks.cluster.profile": "singleNode", "spark.master": "local[*]"}
        made["custom_tags"] = {"ResourceClass": "SingleNode"}
    return _laid_over(made, settings.cluster)


def task_environment(settings: TrainSettings, tracking: Tracking, tags: Mapping[str, str]) -> dict[str, str]:
    """The variables of the job: MLflow's own to find its run, then the user's.

    MLFLOW_RUN_CONTEXT tags further runs that the training code starts beside the one made for it.
    """
    return {
        **MLFLOW_IN_JOB,
        "MLFLOW_TRACKING_URI": tracking.uri,
        "MLFLOW_REGISTRY_URI": tracking.registry_uri,
        "MLFLOW_EXPERIMENT_ID": tracking.experiment_id,
        "MLFLOW_RUN_ID": tracking.run_id,
        # Databricks exports each variable in single quotes and does not escape one.
        "MLFLOW_RUN_CONTEXT": json.dumps(dict(tags)).replace("'", r"\u0027"),
        **settings.environment,
    }


def submission(
    settings: TrainSettings,
    build: Build,
    *,
    new_cluster: Body,
    environment: Mapping[str, str],
    bootstrap: str,
    token: str,
) -> Body:
    """The body of the request: one task that starts `bootstrap`, a file in the workspace."""
    variables = new_cluster.get("spark_env_vars")
    merged = {**(variables if isinstance(variables, dict) else {}), **environment}
    task: Body = {
        "task_key": TASK_KEY,
        "new_cluster": {**new_cluster, "spark_env_vars": dict(merged)},
        "spark_python_task": {"python_file": bootstrap, "parameters": list(parameters(settings))},
    }
    return {
        "run_name": run_name(build),
        "idempotency_token": token,
        "timeout_seconds": int(settings.timeout.total_seconds()),
        "tasks": [task],
    }


def parameters(settings: TrainSettings) -> list[str]:
    """What the bootstrap gets: the entry point, then the arguments. Raises SettingsError for too much."""
    words = [settings.entry_point, *settings.arguments]
    size = len(json.dumps(words))
    if size > MOST_PARAMETERS:
        raise SettingsError(f"settings.arguments: {size} bytes as JSON; Databricks takes {MOST_PARAMETERS}")
    return words


def idempotency_token(host: str, build: Build, request: Body, nonce: str = "") -> str:
    """64 hex digits that are the same for the same step of the same build, and for nothing else.

    With it, a submission whose answer was lost is never made twice: Databricks returns the first one's run.
    `nonce` tells steps apart that no build number does.
    """
    place = [build.system, build.repo.slug, build.number, build.stage.name, build.stage.step]
    identity = [host, *place, build.commit.sha, request, nonce]
    return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()


def run_name(build: Build) -> str:
    """A name for people: repository, short commit, build."""
    number = f"build {build.number}" if build.number else ""
    return " ".join(filter(None, (build.repo.slug or "training", build.commit.short, number)))


def _laid_over(base: Body, over: Mapping[str, JsonValue]) -> Body:
    """`base` with `over` on top, map by map: a user's `spark_conf` adds to ours."""
    merged = dict(base)
    for key, value in over.items():
        below = merged.get(key)
        both = isinstance(below, dict) and isinstance(value, dict)
        merged[key] = _laid_over(below, value) if both else value  # type: ignore[arg-type] # both are dicts
    return merged
