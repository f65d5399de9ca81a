"""What a databricks-train step can be asked for: the settings of all its parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from databricks_train.asking.asked import AskedSettings
from databricks_train.gate.settings import AgainSettings, GateSettings
from databricks_train.image.settings import ImageSettings
from databricks_train.job.settings import JobSettings
from databricks_train.life.settings import FlowSettings
from databricks_train.tracking.settings import TrackingSettings
from databricks_train.workspace.settings import AuthSettings
from drone_plugin import CardSettings
from drone_plugin.report import ReportSettings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drone_plugin import Build

MODES = ("attach", "reproduce", "verify")
"""Each of them does something else than to train what the settings say, so that no two go together."""


class TrainSettings(
    # The settings reference begins with the last of these.
    CardSettings,
    ReportSettings,
    AgainSettings,
    GateSettings,
    FlowSettings,
    TrackingSettings,
    JobSettings,
    ImageSettings,
    AuthSettings,
    AskedSettings,
):
    """Settings of databricks-train. Databricks' and MLflow's words are used for their objects."""

    @property
    def trains(self) -> bool:
        """Whether the step says itself what to run; else it looks at what was run."""
        return not (self.attach or self.reproduce or self.verify)

    def problems(self) -> Iterator[str]:
        """As the bases'; and no two ways to do something else than to train."""
        yield from super().problems()
        chosen = [name for name in MODES if getattr(self, name)]
        if len(chosen) > 1:
            yield f"settings: {' and '.join(chosen)}: only one of them may be set"
        if self.dry_run and (self.attach or self.verify):
            yield "settings.dry_run: checks what would be submitted, and this step submits nothing"
        if self.trains and not self.job_id and not self.image_repo:
            yield "settings.image_repo: is required: where the image of the training comes from"


def exposed(settings: TrainSettings, build: Build) -> Iterator[str]:
    """The credentials that a pull request's code can read, though nobody has looked at it yet.

    The code brings its own pipeline, so what this step does with them is no protection. A `report_token` is
    there for comments on pull requests, and may well be meant for them.
    """
    if not build.is_pull_request_code:
        return
    for name in dict.fromkeys(name for name, _ in settings.secret_values()):
        if name != "report_token":
            yield f"settings.{name} reaches a pull request's code; withhold the secret from pull requests"
