"""What the card of a build shows, and what the forge is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drone_plugin import Summary, spell
from drone_plugin.markdown import Code
from drone_plugin.report_text import Report

if TYPE_CHECKING:
    from drone_plugin import Build
    from model_chain import ImageRecord

SHOWN = len("sha256:") + 12
"""Characters of a digest: enough to compare; the log has all."""


def image_summary(build: Build, record: ImageRecord) -> Summary:
    """The image as the registry has it, and what it was made of."""
    return Summary(
        f"Image {record.repository}",
        "good",
        facts=[
            ("commit", f"{build.commit.sha[:8]}  {spell(build.commit.title)}".strip()),
            ("digest", f"{record.digest[:SHOWN]}…"),
            ("tags", ", ".join(record.tags)),
        ],
    )


def image_report(record: ImageRecord) -> Report:
    """The same for the forge, with all of the digest: it may be copied from there."""
    rows = [("image", Code(record.reference)), *(("tag", Code(tag)) for tag in record.tags)]
    return Report("success", f"Image {record.digest[:SHOWN]}… pushed", rows=tuple(rows))
