"""The entry point of the image."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from databricks_train import __version__
from databricks_train.settings import TrainSettings
from drone_plugin import Decision, Plugin, SettingsError, decide, run

if TYPE_CHECKING:
    from drone_plugin import Build, Step


def _decide(settings: TrainSettings, build: Build) -> Decision:
    decision = decide(build, trigger=settings.trigger, keyword=settings.keyword, events=settings.events)
    request = decision.request
    words = [*request.words, *(f"{name}={value}" for name, value in request.parameters.items())]
    if words:  # what nothing takes would silently train with other settings than were asked for
        raise SettingsError(
            f"commit message: [{settings.keyword} {' '.join(words)}]: this step declares no parameters",
            hint=f"write [{settings.keyword}] alone; settings.arguments holds the training's arguments",
        )
    return decision


def _work(step: Step[TrainSettings]) -> None:
    # Databricks' SDK and MLflow take more than a second to import: only a step that trains pays for them.
    from databricks_train.train import work  # noqa: PLC0415

    work(step)


def main() -> None:
    """Run the step and exit with its code."""
    sys.exit(run(Plugin("databricks-train", __version__, TrainSettings, _decide, _work)))


if __name__ == "__main__":
    main()
