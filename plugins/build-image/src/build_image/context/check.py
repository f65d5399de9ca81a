"""A look at a context before anything of it is read in full: what should not be in it."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from build_image.context.credentials import READ, credential_in
from build_image.context.entries import Kind
from build_image.context.unreadable import shown, unreadable
from build_image.context.waste import wasted
from drone_plugin import FindingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from build_image.context.entries import Found
    from build_image.context.files import Files
    from build_image.context.plan import Look

Level: TypeAlias = Literal["error", "warning", "off"]

TOLD: Final = 20
"""Complaints that are told one by one."""

_GIB = 1 << 30


class Complaint(NamedTuple):
    """Something that should not be in a context: where, and what it is in the words of a sentence."""

    path: str
    problem: str


def context_check(level: Level, warn: Callable[[str], object]) -> Look:
    """What `plan_context` shows the context to. `warn` has a line for each complaint.

    It raises FindingsError where there is any and `level` is `error`; its hint has the lines for the ignore
    file. Credentials are known by name and content, needless gigabytes by name and size.
    """

    def look(found: Sequence[Found], files: Files, ignore_file: str) -> None:
        if level == "off":
            return
        made = list(complaints(found, files))
        told = [f"{shown(complaint.path)} {complaint.problem}" for complaint in made[:TOLD]]
        if len(made) > TOLD:
            told.append(f"and {len(made) - TOLD} more")
        if level == "warning":
            for line in told:
                warn(f"in the context: {line}")
        elif told:
            lines = [ignored_by(complaint.path) for complaint in made[:TOLD]]
            raise FindingsError(
                "\n".join(["the image would get what it should not have:", *(f"  {line}" for line in told)]),
                hint="\n".join(
                    [
                        f"write into {ignore_file}:",
                        *(f"  {line}" for line in lines),
                        "or set context_check: warning, if all of it belongs there",
                    ]
                ),
            )

    return look


def complaints(found: Sequence[Found], files: Files) -> Iterator[Complaint]:
    """What is wrong with a context, credentials first."""
    for item in found:
        if item.kind is not Kind.FILE:
            continue
        held = credential_in(item.path, lambda path=item.path: _start(files, path))  # type: ignore[misc] # bound now
        if held:
            yield Complaint(item.path, f"holds {held}")
    for path, size, kind in wasted(found):
        yield Complaint(path, f"is {size / _GIB:.1f} GiB: {kind}")


def ignored_by(path: str) -> str:
    """The line of an ignore file that leaves out this path and no other."""
    escaped = re.sub(r"([*?\[\]\\^])", r"\\\1", path)
    return f"/{escaped}" if escaped.startswith(("#", "!")) else escaped


def _start(files: Files, path: str) -> bytes:
    try:
        descriptor = files.open(path)
        try:
            return os.read(descriptor, READ)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise unreadable(path, error) from None
