"""A training as it is decided: all that is known before anything is sent, and what an attempt at it sends."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import databricks_train
from databricks_train.chain.archive import ArchivedIdentity, ArchivedRequest, sealed
from databricks_train.image.resolve import resolve
from databricks_train.job.exported import exportable_json
from databricks_train.job.plan import Facts, archived, fill, make_plan
from databricks_train.job.plan import identity as of_plan
from databricks_train.life.identity import default_run_key, identify
from databricks_train.life.restarted import as_before
from drone_plugin import PluginError, SettingsError, UnreachableError
from model_chain import tags

if TYPE_CHECKING:
    from collections.abc import Mapping

    from databricks_train.asking.asked import Asked
    from databricks_train.connection import Connection
    from databricks_train.image.resolve import ResolvedImage
    from databricks_train.job.body import Body
    from databricks_train.job.plan import Plan
    from databricks_train.life.identity import Identity
    from databricks_train.settings import TrainSettings
    from databricks_train.workspace.api import Workspace
    from drone_plugin import Build, Step

UNKNOWN = f"sha256:{'0' * 64}"
"""Stands for the digest of an image that is not there, in a request that is only shown."""


@dataclass(frozen=True)
class Training:
    """What is going to be trained."""

    step: Step[TrainSettings]
    connection: Connection
    plan: Plan
    image: ResolvedImage | None
    """None for a saved job, which names its own."""
    identity: Identity
    build: Build
    """The build that trains; a reproduction has the commit of what it repeats."""
    reproduces: str = ""
    """The MLflow run that is repeated."""
    former: Mapping[str, float] = field(default_factory=dict)
    """That run's metrics."""
    data: Mapping[str, str] = field(default_factory=dict)
    """The versions of data that are asked for, by the name of the data set."""
    image_error: PluginError | None = None
    """Why there is no image, where that is only to be told."""

    @property
    def reference(self) -> str:
        """The image by its digest, or nothing."""
        return self.image.reference if self.image else ""


def decide_training(step: Step[TrainSettings], connection: Connection, asked: Asked) -> Training:
    """Image and request of this build, checked, or those of the build that it restarts.

    Raises SettingsError and what the registry answers. With `dry_run`, an image that is not
    there is told with all the rest.
    """
    settings, build = step.settings, step.build
    image, error = _image(step)
    run_key = run_key_of(settings, build)

    def planned(image: ResolvedImage | None) -> Training:
        named = f"{settings.image_repo}@{UNKNOWN}" if error else ""
        if image:
            named = image.tag if settings.image_reference == "tag" else image.reference
        facts = Facts(
            image=named,
            commit=build.commit.sha,
            branch=build.commit.branch,
            run_key=run_key,
            tracking_uri=settings.mlflow_tracking_uri,
            registry_uri=settings.registry_uri,
            registered_model_name=settings.registered_model_name,
        )
        plan = make_plan(settings, asked, facts, step.workspace)
        return trained_by(step, connection, plan, image, run_key)

    return replace(as_before(planned(image), planned), image_error=error)


def _image(step: Step[TrainSettings]) -> tuple[ResolvedImage | None, PluginError | None]:
    if not step.settings.image_repo:
        return None, None
    try:
        return resolve(step), None
    except PluginError as error:
        if not step.settings.dry_run:
            raise
        return None, error


def trained_by(
    step: Step[TrainSettings], connection: Connection, plan: Plan, image: ResolvedImage | None, run_key: str
) -> Training:
    """The training that a plan means."""
    wanted: Body = {
        **of_plan(plan),
        "image": image.reference if image else "",
        "experiment": step.settings.experiment,
    }
    identity = identify(step.settings.host, step.build, run_key, wanted)
    return Training(step, connection, plan, image, identity, step.build)


def run_key_of(settings: TrainSettings, build: Build) -> str:
    """The run key: the user's, or the build's own."""
    return settings.run_key or default_run_key(build)


@dataclass(frozen=True)
class Attempts:
    """What attempts at a training send and record."""

    training: Training
    experiment_id: str
    """Empty where MLflow does not answer."""
    folder: str
    """The workspace folder that only the step's user can change; empty where nothing is put there."""
    bootstrap: str

    def tags(self, attempt: int, token: str) -> dict[str, str]:
        """The chain: the tags of the MLflow run, and of the model versions that the job registers."""
        training = self.training
        build, identity = training.build, training.identity
        made = {
            **tags.build_tags(build, training.reference),
            **tags.identity_tags(
                host=identity.host,
                step=identity.step,
                run_key=identity.run_key,
                identity=identity.key,
                attempt=attempt,
                token=token,
            ),
            tags.EVENT: build.event,
            tags.REQUEST: self.request(attempt).fingerprint(),
            tags.REPRODUCES: training.reproduces,
        }
        return {name: value for name, value in made.items() if value}

    def opening(self, attempt: int, token: str) -> tuple[str, dict[str, str]]:
        """Name and tags of the MLflow run of an attempt."""
        return run_name(self.training.build, attempt), self.tags(attempt, token)

    def request(self, attempt: int) -> ArchivedRequest:
        """The request for the archive."""
        training = self.training
        identity, build = training.identity, training.build
        return ArchivedRequest(
            endpoint=training.plan.endpoint,
            body=sealed(archived(training.plan), training.plan.secrets),
            image=training.reference,
            parameters=dict(training.plan.parameters),
            profile=training.plan.profile,
            variables=dict(training.plan.variables),
            limit=training.plan.limit,
            identity=ArchivedIdentity(
                host=identity.host,
                repository=identity.repository,
                step=identity.step,
                run_key=identity.run_key,
                attempt=attempt,
            ),
            commit=build.commit.sha,
            branch=build.commit.branch,
            build=build.number,
        )

    def body(self, token: str, nonce: str, attempt: int, mlflow_run_id: str) -> Body:
        """The request as it is sent. What the job reads lies in the workspace by then."""
        training, settings = self.training, self.training.step.settings
        path = ""
        if self.folder:
            path = f"{self.folder}/request-{token}.json"
            content = json.dumps(self.request(attempt).as_json(), indent=2, sort_keys=True)
            training.connection.workspace.put_file(path, content.encode())
        name = run_name(training.build, attempt)
        scoped = {
            **{f"data.{name}.version": version for name, version in training.data.items()},
            "bootstrap": self.bootstrap,
            "build": str(training.build.number or ""),
            "chain": exportable_json(self.tags(attempt, token)),
            "host": settings.host,
            "mlflow.experiment_id": self.experiment_id,
            "mlflow.experiment_name": "" if self.experiment_id else settings.experiment,
            "mlflow.run_id": mlflow_run_id,
            "mlflow.run_name": "" if mlflow_run_id else name,
            "nonce": nonce,
            "request": path,
            "run_name": name,
        }
        return {**fill(training.plan, scoped), "idempotency_token": token}


def open_attempts(training: Training) -> Attempts:
    """Ask MLflow for the experiment and put the bootstrap into the workspace, before anything is paid for.

    An MLflow server that does not answer is a warning: the job makes its own run then.
    """
    step, tracking = training.step, training.connection.tracking
    try:
        experiment_id = tracking.experiment(step.settings.experiment)
    except UnreachableError as error:
        step.log.warning(f"{error.message}; the job makes its MLflow run itself, if it can reach the server")
        experiment_id = ""
    if training.plan.endpoint == "run-now":
        return Attempts(training, experiment_id, "", "")
    folder = own_folder(training.connection.workspace)
    return Attempts(training, experiment_id, folder, put_bootstrap(training.connection.workspace, folder))


def own_folder(workspace: Workspace) -> str:
    """The folder that only the login's user can change."""
    user = workspace.user()
    if not user or "/" in user:
        raise SettingsError(f"settings.host: the login's user has no name that a folder can have: {user!r}")
    return f"/Workspace/Users/{user}/.drone-ml"


def put_bootstrap(workspace: Workspace, folder: str) -> str:
    """Put the bootstrap there under a name that says which one it is, and return its path."""
    content = Path(databricks_train.__file__).with_name("bootstrap.py").read_bytes()
    path = f"{folder}/bootstrap-{hashlib.sha256(content).hexdigest()[:12]}.py"
    workspace.put_file(path, content)
    return path


def run_name(build: Build, attempt: int = 1) -> str:
    """A name for people: repository, short commit, build, and the attempt where it is not the first."""
    number = f"build {build.number}" if build.number else ""
    again = f"attempt {attempt}" if attempt > 1 else ""
    return " ".join(filter(None, (build.repo.slug or "training", build.commit.short, number, again)))
