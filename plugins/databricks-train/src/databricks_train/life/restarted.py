"""A build that is started again goes on with its training, although its image may have been built anew.

The same commit need not give the same image: without its cache, build-image makes another digest, and another
digest is another training. So a restart looks for a training of its commit that differs in nothing but that.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from databricks_train.image.resolve import ResolvedImage
from databricks_train.life.submission import standing
from databricks_train.workspace.errors import GoneError
from drone_plugin import PluginError
from model_chain import tags

if TYPE_CHECKING:
    from collections.abc import Callable

    from databricks_train.life.training import Training
    from databricks_train.settings import TrainSettings
    from databricks_train.tracking.tracked import TrackedRun
    from drone_plugin import Step

REPEAT: Final = "TRAIN_REPEAT"
"""The build parameter that repeats a training which has succeeded."""

_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")


def wants_repetition(step: Step[TrainSettings]) -> bool:
    """Whether a success is repeated: by the settings, or by a parameter of this build alone."""
    return step.settings.on_repeat == "retrain" or step.environment.get(REPEAT, "").lower() == "retrain"


def as_before(made: Training, planned: Callable[[ResolvedImage], Training]) -> Training:
    """`made`, or the training that this build's first run has begun in another image of the same commit.

    Only one that runs or has succeeded is gone on with. `planned` makes the training in another image. With
    an image of the settings, or one that is named by tag, this build's own is what counts.
    """
    step, image = made.step, made.image
    settings = step.settings
    own = bool(settings.image) or settings.image_reference == "tag"
    if not step.build.is_restart or image is None or own or wants_repetition(step):
        return made
    for run in _others(made):
        digest = run.fact(tags.IMAGE_DIGEST)
        if not _DIGEST.fullmatch(digest):
            continue
        earlier = planned(ResolvedImage(f"{settings.image_repo}@{digest}"))
        if earlier.identity.key == run.fact(tags.IDENTITY) and _stands(made, run):
            line = (
                f"this restart goes on with what build {run.tags.get(tags.BUILD_NUMBER, '?')} has trained in "
                f"{digest}; the image of this build, {image.digest}, is of the same commit"
            )
            return replace(earlier, plan=replace(earlier.plan, lines=(*earlier.plan.lines, line)))
    return made


def _others(made: Training) -> list[TrackedRun]:
    """The trainings of the same commit and step that had another image, newest first."""
    step, tracking, identity = made.step, made.connection.tracking, made.identity
    none: list[TrackedRun] = []

    def find() -> list[TrackedRun]:
        experiment_id = tracking.find_experiment(step.settings.experiment)
        found = tracking.find_runs(experiment_id, tags.RUN_KEY, identity.run_key) if experiment_id else ()
        return [run for run in found if _is_same_but_for_its_image(made, run)]

    return tracking.attempt("the training of the build before is not looked for", find, none)


def _is_same_but_for_its_image(made: Training, run: TrackedRun) -> bool:
    identity = made.identity
    return (
        run.fact(tags.REPOSITORY) == identity.repository
        and run.fact(tags.HOST) == identity.host
        and run.fact(tags.STEP) == identity.step
        and run.fact(tags.COMMIT) == made.build.commit.sha
        and run.fact(tags.IDENTITY) != identity.key
        and run.fact(tags.DATABRICKS_RUN_ID).isdecimal()
        and (run.open or run.status == "FINISHED")
    )


def _stands(made: Training, run: TrackedRun) -> bool:
    """Whether it runs or has succeeded, by the word of Databricks."""
    try:
        there = made.connection.workspace.look_up(int(run.fact(tags.DATABRICKS_RUN_ID)))
    except GoneError:
        return False
    except PluginError as error:
        made.step.log.warning(error.message)
        return False
    return standing(there) != "failed"
