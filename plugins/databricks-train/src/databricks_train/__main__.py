"""The entry point of the image."""

from __future__ import annotations

import gc
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from databricks_train import __version__
from databricks_train.settings import TrainSettings, exposed
from drone_plugin import Decision, Plugin, decide, run

if TYPE_CHECKING:
    from drone_plugin import Build, Step


def _decide(settings: TrainSettings, build: Build) -> Decision:
    decision = decide(build, trigger=settings.trigger, keyword=settings.keyword, events=settings.events)
    return replace(decision, warnings=tuple(exposed(settings, build)))


def _work(step: Step[TrainSettings]) -> None:
    # Databricks' SDK and MLflow take more than a second to import: only a step that trains pays for them.
    from databricks_train.train import work  # noqa: PLC0415

    work(step)


def main() -> None:
    """Run the step and exit with its code."""
    code = run(Plugin("databricks-train", __version__, TrainSettings, _decide, _work))
    # When it ends, Python looks through all objects once more for those that nothing needs: with the SDK and
    # MLflow half a second, in which the build waits for nothing.
    gc.freeze()
    sys.exit(code)


if __name__ == "__main__":
    main()
