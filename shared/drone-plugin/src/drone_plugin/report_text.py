"""What a report says, and the comment that says it."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from drone_plugin.markdown import Code, Link, Markdown
from drone_plugin.markdown_blocks import Block, Table, size, write_blocks

if TYPE_CHECKING:
    from collections.abc import Callable

    from drone_plugin.build import Build
    from drone_plugin.markdown import Value

State = Literal["running", "success", "failure", "error"]
"""`failure`: the check did not pass; `error`: it could not be made."""

LONGEST_COMMENT: Final = 65_000
"""Bytes: GitHub takes 65 536 characters, the others more."""
_SIGNS: Final[dict[State, str]] = {"running": "⏳", "success": "✅", "failure": "❌", "error": "⚠️"}
_BUILD = re.compile(r" build (\d{1,18}) -->", re.ASCII)


@dataclass(frozen=True)
class Report:
    """What a step tells the forge, as it is: escaped and masked it will be where it is written."""

    state: State
    title: str
    """One line; also the description of the status."""
    rows: tuple[tuple[str, Value], ...] = ()
    """The summary: names and values; those without a value are left out."""
    body: tuple[Block, ...] = ()
    """What follows the summary; cut where it is too long."""
    link: str = ""
    """Where the status leads; else to the build."""


@dataclass(frozen=True)
class Comment:
    """One comment, and how it is found again."""

    mark: str
    """What it begins with, in every build of the same step of the same repository."""
    build: int
    body: str


def key_of(build: Build, plugin: str) -> tuple[str, ...]:
    """What a report is told from others by: repository, plugin, stage and step, so far as they are known."""
    stage = "" if build.stage.name == "default" else build.stage.name
    step = "" if build.stage.step == plugin else build.stage.step
    return build.repo.slug, plugin, stage, step


def write_comment(report: Report, build: Build, plugin: str, mask: Callable[[str], str]) -> Comment:
    """The report as a comment."""
    markdown = Markdown(mask)
    digest = hashlib.sha256(json.dumps(key_of(build, plugin)).encode()).hexdigest()[:32]
    mark = f"<!-- drone-plugin report {digest}"
    rows = tuple((name, value) for name, value in report.rows if value not in {"", Code("")})
    head = f"{mark} build {build.number} -->\n### {_SIGNS[report.state]} {markdown.text(report.title)}\n\n"
    foot = f"\n\n<sub>{_origin(build, plugin, markdown)}</sub>\n"
    blocks = (*((Table(("", ""), rows),) if rows else ()), *report.body)
    body = write_blocks(blocks, markdown, LONGEST_COMMENT - size(head + foot))
    return Comment(mark, build.number, head + body + foot)


def build_of(body: str) -> int:
    """The number of the build that wrote a comment; 0 where it does not say."""
    found = _BUILD.search(body.partition("\n")[0])
    return int(found[1]) if found else 0


def _origin(build: Build, plugin: str, markdown: Markdown) -> str:
    number = f"build {build.number}" if build.number else ""
    parts: tuple[Value, ...] = (
        Code(plugin),
        Link(number, build.link) if build.link else number,
        Code(build.commit.short),
    )
    return " · ".join(filter(None, map(markdown.value, parts)))
