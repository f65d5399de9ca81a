"""The stages of a Dockerfile, and what each of them is made of."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from build_image.dockerfile.expand import expand
from build_image.dockerfile.platforms import platform_args
from build_image.dockerfile.words import words
from drone_plugin import SettingsError
from drone_plugin.scalars import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from build_image.dockerfile.parse import Dockerfile, Instruction

SCRATCH: Final = "scratch"

_NAMED = 3  # words behind FROM: the base, AS, the name


@dataclass(frozen=True, slots=True)
class Source:
    """Something that a stage takes files from: a stage, by its number, or an image, by its name.

    `written` is how the instruction names it.
    """

    instruction: Instruction
    written: str
    image: str = ""
    stage: int = -1


@dataclass(slots=True)
class Stage:
    """A stage: its name in lower case, its FROM, and its sources, the base first."""

    name: str
    start: Instruction
    base: str
    instructions: list[Instruction] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)


@dataclass(frozen=True)
class Question:
    """What decides which images a build needs beside its Dockerfile."""

    build_args: Mapping[str, str]
    target: str = ""
    platform: str = ""


def needed_stages(dockerfile: Dockerfile, question: Question) -> list[Stage]:
    """The stages that the target is built from, itself among them, in the order of the file.

    Raises JobFailedError, with the line, for what no builder takes; SettingsError for a target that is none.
    """
    stages = all_stages(dockerfile, question)
    needed: set[int] = set()
    due = [_target(dockerfile, stages, question.target)]
    while due:
        number = due.pop()
        if number not in needed:
            needed.add(number)
            due += [source.stage for source in stages[number].sources if source.stage >= 0]
    return [stage for number, stage in enumerate(stages) if number in needed]


def all_stages(dockerfile: Dockerfile, question: Question) -> list[Stage]:
    """Every stage of the file. Raises JobFailedError, with the line, for what no builder takes."""
    values = dict(platform_args(question.platform, question.build_args))
    stages: list[Stage] = []
    names: dict[str, int] = {}
    for instruction in dockerfile.instructions:
        if instruction.name == "FROM":
            stages.append(_stage(dockerfile, instruction, values, names))
            if stages[-1].name:
                names[stages[-1].name] = len(stages) - 1
        elif stages:
            stages[-1].instructions.append(instruction)
        elif instruction.name == "ARG":
            _declare(dockerfile, instruction, values, question.build_args)
        else:
            raise dockerfile.error(instruction.line, f"{instruction.name[:40]} before the first FROM")
    if not stages:
        raise dockerfile.error(dockerfile.instructions[-1].line, "ends without a FROM")
    for stage in stages:
        stage.sources += _taken(dockerfile, stage, stages, names)
    return stages


def _stage(
    dockerfile: Dockerfile, start: Instruction, values: Mapping[str, str], names: Mapping[str, int]
) -> Stage:
    parts = start.text.split()
    if len(parts) == _NAMED and parts[1].lower() == "as":
        name = parts[2].lower()
    elif len(parts) == 1:
        name = ""
    else:
        raise dockerfile.error(start.line, "FROM takes an image, or an image, AS and a name")
    base = _expanded(dockerfile, start, parts[0], values)
    if not base:
        raise dockerfile.error(
            start.line,
            f"the image of FROM, {quoted(parts[0])}, is empty",
            hint="a variable in FROM needs an ARG before the first FROM, with a default or in build_args",
        )
    number = names.get(base, names.get(base.lower(), -1))
    return Stage(name, start, base, sources=[_source(start, parts[0], base, number)])


def _declare(
    dockerfile: Dockerfile, arg: Instruction, values: dict[str, str], given: Mapping[str, str]
) -> None:
    for word in words(arg.text, dockerfile.header.escape):
        name, equals, default = word.partition("=")
        if name in given:
            values[name] = given[name]
        elif equals:
            values[name] = _expanded(dockerfile, arg, default, values)


def _taken(
    dockerfile: Dockerfile, stage: Stage, stages: Sequence[Stage], names: Mapping[str, int]
) -> Iterator[Source]:
    """What COPY and RUN of a stage take from elsewhere."""
    for instruction in stage.instructions:
        if instruction.name == "COPY" and (written := instruction.flag("from")):
            yield _from(dockerfile, instruction, written, names, stages=len(stages))
        elif instruction.name == "RUN":
            for mount in instruction.flag_values("mount"):
                for written in re.findall(r'(?:^|,)"?from=([^,"]+)', mount, re.IGNORECASE):
                    yield _from(dockerfile, instruction, written, names)


def _from(
    dockerfile: Dockerfile, instruction: Instruction, written: str, names: Mapping[str, int], stages: int = 0
) -> Source:
    """The stage or image of a `from`. COPY alone knows stages by number, of which there are `stages`."""
    if "$" in written:
        raise dockerfile.error(
            instruction.line,
            f"from={quoted(written)}: builders expand no variables there",
            hint="write a stage `FROM ${IMAGE} AS name`, and take the files from that",
        )
    number = names.get(written.lower(), -1)
    if stages and re.fullmatch(r"[+-]?\d{1,9}", written, re.ASCII):
        number = int(written)
        if not 0 <= number < stages:
            raise dockerfile.error(instruction.line, f"from={written}: there are {stages} stages, from 0 on")
    return _source(instruction, written, written, number)


def _source(instruction: Instruction, written: str, name: str, number: int) -> Source:
    if number >= 0:
        return Source(instruction, written, stage=number)
    return Source(instruction, written, image="" if name == SCRATCH else name)


def _target(dockerfile: Dockerfile, stages: Sequence[Stage], target: str) -> int:
    """The number of the stage that is to be built."""
    if not target:
        return len(stages) - 1
    names = [stage.name for stage in stages]
    if target.lower() in names:
        return len(names) - 1 - names[::-1].index(target.lower())
    if target.isascii() and target.isdigit() and int(target[:9]) < len(stages):
        return int(target)
    known = ", ".join(name for name in names if name) or "none; name one with `FROM image AS name`"
    raise SettingsError(
        f"settings.target: {dockerfile.path} has no stage {quoted(target)}", hint=f"its stages: {known}"
    )


def _expanded(dockerfile: Dockerfile, instruction: Instruction, word: str, values: Mapping[str, str]) -> str:
    try:
        return expand(word, values, dockerfile.header.escape)
    except ValueError as error:
        raise dockerfile.error(instruction.line, f"{quoted(word)} {error}") from None
