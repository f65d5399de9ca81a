"""What the card of a scan shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drone_plugin import Summary, spell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from drone_plugin import Build
    from secret_scan.scanner import Finding


def scan_summary(build: Build, findings: Sequence[Finding], failures: Sequence[str], scanned: str) -> Summary:
    """Where secrets were found; `scanned` says how much was looked at. Never a secret, nor its line."""
    title = f"{len(findings)} secrets found" if len(findings) != 1 else "1 secret found"
    return Summary(
        title if findings else "No secrets found",
        "attention" if findings else "warning" if failures else "good",
        facts=[
            ("commit", spell(build.commit.title) or build.commit.sha),
            ("scanned", scanned),
            ("not scanned", ", ".join(failures)),
        ],
        columns=("place", "kind") if findings else (),
        rows=[(f"{spell(finding.path)}:{finding.line}", finding.kind) for finding in findings],
    )
