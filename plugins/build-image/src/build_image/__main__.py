"""The entry point of the image."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from build_image import __version__
from build_image.settings import BuildSettings
from drone_plugin import Decision, Plugin, decide, run

if TYPE_CHECKING:
    from drone_plugin import Build, Step


def _decide(settings: BuildSettings, build: Build) -> Decision:
    return decide(build, trigger=settings.trigger, keyword=settings.keyword, events=settings.events)


def _work(step: Step[BuildSettings]) -> None:
    from build_image.work import work  # noqa: PLC0415 - the Docker SDK costs a step with nothing to do 0.1 s

    work(step)


def main() -> None:
    """Run the step and exit with its code."""
    sys.exit(run(Plugin("build-image", __version__, BuildSettings, _decide, _work)))


if __name__ == "__main__":
    main()
