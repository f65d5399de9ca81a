"""`reproduce`: the training that an archived request means."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from databricks_train.chain.reproduce import reproduction
from databricks_train.image.resolve import ResolvedImage, digest_of
from databricks_train.job.plan import plan_again
from databricks_train.life.training import run_key_of, trained_by

if TYPE_CHECKING:
    from databricks_train.chain.archive import ArchivedRequest
    from databricks_train.connection import Connection
    from databricks_train.life.training import Training
    from databricks_train.settings import TrainSettings
    from drone_plugin import Commit, Step


def repeat(step: Step[TrainSettings], connection: Connection) -> Training:
    """Find what `settings.reproduce` names and make it a training of this build.

    Raises SettingsError where something that it needs is gone.
    """
    settings, build = step.settings, step.build

    def image_exists(reference: str) -> bool:
        return digest_of(step, reference) == reference.partition("@")[2]

    found = reproduction(
        connection.tracking,
        settings.reproduce,
        image_exists=image_exists,
        host=settings.host,
        repository=build.repo.slug,
        image_repo=settings.image_repo,
    )
    step.log.fields(found.lines())
    for warning in found.warnings:
        step.log.warning(warning)
    request = found.request
    run_key = f"{run_key_of(settings, build)} reproduces {found.of_run.run_id}"
    plan = plan_again(
        request, settings.mlflow_tracking_uri, settings.registry_uri, found.data_versions, settings
    )
    image = ResolvedImage(request.image, "") if request.image else None
    training = trained_by(step, connection, plan, image, run_key)
    return replace(
        training,
        reproduces=found.of_run.run_id,
        former=found.metrics,
        build=replace(build, commit=_commit(build.commit, request)),
        data=found.data_versions,
    )


def _commit(own: Commit, request: ArchivedRequest) -> Commit:
    """The commit that is trained again; of another one than the build's own, the message is not known."""
    message = own.message if own.sha == request.commit else ""
    return replace(own, sha=request.commit, branch=request.branch, message=message)
