"""The images of others that a build is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from build_image.dockerfile.stages import Question, needed_stages

if TYPE_CHECKING:
    from collections.abc import Mapping

    from build_image.dockerfile.parse import Dockerfile


def external_images(
    dockerfile: Dockerfile,
    build_args: Mapping[str, str],
    target: str = "",
    *,
    platform: str = "",
    syntax: bool = True,
) -> tuple[str, ...]:
    """The images that FROM, `COPY --from=` and `RUN --mount=from=` name, with their variables expanded.

    Of the stages that the target needs, each once, as it is written; with `syntax` the image of `# syntax=`,
    which BuildKit pulls, comes first. Stages and `scratch` are none. Triggers (ONBUILD) of a base image are
    not looked at. Without `platform` it is this machine's, for variables such as TARGETARCH.

    Raises JobFailedError, with the line, for a Dockerfile that no builder takes, and SettingsError for a
    target that it does not have.
    """
    question = Question(build_args, target, platform)
    found = [dockerfile.header.syntax] if syntax else []
    for stage in needed_stages(dockerfile, question):
        found += [source.image for source in stage.sources]
    return tuple(dict.fromkeys(image for image in found if image))
