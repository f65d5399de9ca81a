"""`verify`: the chain of a model version, walked from end to end."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from databricks_train.chain.verify import verify
from databricks_train.chain.witnesses import DatabricksFacts, Witnesses
from databricks_train.image.resolve import digest_of
from databricks_train.life.submission import marks
from databricks_train.workspace.errors import GoneError
from model_chain import has_commit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from databricks_train.connection import Connection
    from databricks_train.settings import TrainSettings
    from databricks_train.workspace.run_state import Run
    from drone_plugin import Step


def check_chain(step: Step[TrainSettings], connection: Connection) -> None:
    """Print each link. Raises FindingsError that names the first one that does not hold."""

    def databricks_run(run_id: int) -> DatabricksFacts | None:
        try:
            run = connection.workspace.look_up(run_id)
        except GoneError:
            return None
        return DatabricksFacts(next(_images(run), ""), marks(run).mlflow_run_id)

    witnesses = Witnesses(
        image_digest=lambda reference: digest_of(step, reference),
        databricks_run=databricks_run,
        has_commit=lambda commit: has_commit(step.workspace, commit),
        now=time.time,
    )
    step.log.info(f"the chain of {step.settings.verify}")
    verification = verify(connection.tracking, step.settings.verify, witnesses, step.settings.image_repo)
    for link, line in zip(verification.links, verification.lines(), strict=True):
        (step.log.success if link.intact else step.log.warning)(line)
    verification.raise_if_broken()
    step.log.success("the chain holds from end to end")


def _images(run: Run) -> Iterator[str]:
    """The images of the run's clusters."""
    for cluster in run.clusters:
        image = cluster.get("docker_image")
        if isinstance(image, dict) and image.get("url"):
            yield str(image["url"])
