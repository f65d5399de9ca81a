"""A Dockerfile that names its base images by digest."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from build_image.dockerfile.stages import Question, needed_stages

if TYPE_CHECKING:
    from collections.abc import Mapping

    from build_image.dockerfile.parse import Dockerfile
    from build_image.dockerfile.stages import Source


def pinned(
    dockerfile: Dockerfile,
    digests: Mapping[str, str],
    build_args: Mapping[str, str],
    target: str = "",
    *,
    platform: str = "",
) -> str:
    """The text in which each image of `external_images` is what `digests` has for it.

    Every instruction keeps its lines, so that the builder's messages still point into the user's file. An
    image without an entry stays as it is. Raises what `external_images` does.
    """
    lines = dockerfile.text.split("\n")
    for stage in needed_stages(dockerfile, Question(build_args, target, platform)):
        for source in stage.sources:
            if source.image in digests:
                _rewrite(lines, source, digests[source.image])
    syntax = dockerfile.header.syntax
    if syntax in digests:
        at = dockerfile.header.syntax_line - 1
        lines[at] = lines[at].replace(syntax, digests[syntax], 1)
    return "\n".join(lines)


def _rewrite(lines: list[str], source: Source, digest: str) -> None:
    """Replace the image where the instruction has it, which may be on any of its lines."""
    before = r"(?:^|\s)" if source.instruction.name == "FROM" else r"\bfrom=[\"']?"
    pattern = re.compile(rf"({before}){re.escape(source.written)}(?=$|[\s,\"'\\`])", re.IGNORECASE)
    for at in range(source.instruction.line - 1, source.instruction.last):
        lines[at], found = pattern.subn(lambda match: f"{match[1]}{digest}", lines[at], count=1)
        if found:
            return
