"""What would make the next build of a Dockerfile shorter, or its image the same again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from build_image.dockerfile.installs import APT, PIP, installs_of
from build_image.dockerfile.stages import Question, needed_stages

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from build_image.dockerfile.installs import Install
    from build_image.dockerfile.parse import Dockerfile, Instruction
    from build_image.dockerfile.stages import Stage

LARGE_CONTEXT: Final = 500_000_000
"""Bytes from which the size of a context is worth a word."""

_EVERYTHING: Final = frozenset({".", "./"})


class Advice(NamedTuple):
    """One thing to change: the line that it is about (0: none), what is so there, and what to do."""

    line: int
    finding: str
    remedy: str


def advice_on(dockerfile: Dockerfile, build_args: Mapping[str, str], target: str = "") -> tuple[Advice, ...]:
    """Advice on the stages that the target needs, by line.

    It judges by the text alone, and may be wrong: nothing depends on it. Raises what `external_images` does.
    """
    found: set[Advice] = set()
    for stage in needed_stages(dockerfile, Question(build_args, target)):
        found.update(_on_stage(stage))
    return tuple(sorted(found))


def advice_on_context(size: int, largest: Sequence[tuple[str, int]], ignore_file: str) -> Advice | None:
    """Advice on a context of `size` bytes, of which `largest` are the largest parts; None if it is small."""
    if size < LARGE_CONTEXT:
        return None
    parts = ", ".join(f"{path} {bytes_ / 1e6:,.0f} MB" for path, bytes_ in largest[:3])
    return Advice(
        0,
        f"the context has {size / 1e6:,.0f} MB ({parts})",
        f"name what the image does not need in {ignore_file}",
    )


def _on_stage(stage: Stage) -> Iterator[Advice]:
    everything: Instruction | None = None
    without_cache = any("PIP_NO_CACHE_DIR" in instruction.text for instruction in stage.instructions)
    for instruction in stage.instructions:
        if _copies_everything(instruction):
            everything = everything or instruction
        elif instruction.name == "RUN":
            for install in installs_of(instruction):
                yield from _on_install(instruction, install, everything)
                cached = without_cache or "--no-cache-dir" in install.words or instruction.flag("mount")
                if install.tool == PIP and not cached:
                    yield Advice(
                        instruction.line,
                        "pip keeps a copy of what it downloads in the layer",
                        "write --no-cache-dir, or RUN --mount=type=cache,target=/root/.cache/pip",
                    )


def _copies_everything(instruction: Instruction) -> bool:
    if instruction.name not in {"COPY", "ADD"} or instruction.flag("from"):
        return False
    return not _EVERYTHING.isdisjoint(instruction.text.split()[:-1])


def _on_install(run: Instruction, install: Install, everything: Instruction | None) -> Iterator[Advice]:
    if everything and install.tool != APT and "--no-deps" not in install.words:
        yield Advice(
            run.line,
            f"{install.tool} installs after line {everything.line} copied everything, so every change of any "
            "file installs all of it again",
            "copy the requirement files alone, install, and copy the rest after that",
        )
    if install.tool == APT and everything:
        yield Advice(
            run.line,
            f"system packages are installed after line {everything.line} copied everything, so every change "
            "of any file installs them again",
            "move it in front of that line",
        )
    if install.unpinned:
        yield Advice(
            run.line,
            f"{install.unpinned} has no version: the next build without a cache may get another one",
            f"write {install.unpinned}==…, or install from a requirement file with versions",
        )
