"""What the card of a scan shows, and what the forge is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drone_plugin import Summary, spell
from drone_plugin.markdown import Code
from drone_plugin.markdown_blocks import Preformatted, Table
from drone_plugin.report_text import Report

if TYPE_CHECKING:
    from collections.abc import Sequence

    from drone_plugin import Build
    from secret_scan.scanner import Finding


def scan_summary(build: Build, findings: Sequence[Finding], failures: Sequence[str], scanned: str) -> Summary:
    """Where secrets were found; `scanned` says how much was looked at. Never a secret, nor its line."""
    return Summary(
        _title(findings),
        "attention" if findings else "warning" if failures else "good",
        facts=[
            ("commit", spell(build.commit.title) or build.commit.sha),
            ("scanned", scanned),
            ("not scanned", ", ".join(failures)),
        ],
        columns=("place", "kind") if findings else (),
        rows=[(f"{spell(finding.path)}:{finding.line}", finding.kind) for finding in findings],
    )


def scan_report(findings: Sequence[Finding], failures: Sequence[str], scanned: str) -> Report:
    """The same for the forge, where people read it who have no access to the log."""
    rows = [(Code(f"{spell(finding.path)}:{finding.line}"), finding.kind) for finding in findings]
    title = f"Not scanned: {len(failures)} of the paths" if failures and not findings else _title(findings)
    return Report(
        "failure" if findings or failures else "success",
        title,
        rows=(("scanned", scanned),),
        body=(
            *((Table(("place", "kind"), rows),) if rows else ()),
            *((Preformatted("\n".join(("not scanned:", *failures))),) if failures else ()),
        ),
    )


def _title(findings: Sequence[Finding]) -> str:
    if not findings:
        return "No secrets found"
    return "1 secret found" if len(findings) == 1 else f"{len(findings)} secrets found"
