"""What the card of a scan shows, and what the forge is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drone_plugin import Summary, spell
from drone_plugin.markdown import Code
from drone_plugin.markdown_blocks import Preformatted, Table
from drone_plugin.report_text import Report
from secret_scan.output.blocks import origin, place
from secret_scan.output.mask import visible, without
from secret_scan.output.result import count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from drone_plugin import Build
    from secret_scan.output.groups import Secret
    from secret_scan.output.result import Result


def scan_summary(build: Build, result: Result, *, failed: bool) -> Summary:
    """Where secrets were found. Never a secret, nor its line."""
    told = (*result.new, *result.newly)
    title = without(build.commit.title, [one.finding.found.value for one in result.judged])
    return Summary(
        _title(result),
        "attention" if failed else "warning" if result.scanned.failures or result.newly else "good",
        facts=[
            ("commit", spell(title) or build.commit.sha),
            ("range", result.scanned.words),
            ("scanned", str(result.scanned)),
            ("found", result.counts()),
            ("not scanned", ", ".join(result.scanned.failures)),
        ],
        columns=("place", "kind", "origin") if told else (),
        rows=[(place(one.finding), _kind(one), origin(one.finding)) for one in told],
    )


def scan_report(result: Result, *, failed: bool) -> Report:
    """The same for the forge, where people read it who have no access to the log."""
    scanned = result.scanned
    title = _title(result)
    if scanned.failures and not failed:
        title = f"Not scanned: {len(scanned.failures)} of the paths"
    return Report(
        "failure" if failed or scanned.failures else "success",
        title,
        rows=(("range", scanned.words), ("scanned", str(scanned)), ("found", result.counts())),
        body=(
            *_table(result.new, "revoke each now: removing the line is not enough"),
            *_table(result.newly, "newly suppressed by this pull request"),
            *((Preformatted("\n".join(("not scanned:", *scanned.failures))),) if scanned.failures else ()),
        ),
    )


def _table(secrets: Sequence[Secret], heading: str) -> tuple[Table, ...]:
    rows = [(Code(place(one.finding)), _kind(one), origin(one.finding)) for one in secrets]
    return (Table((heading, "kind", "origin"), rows),) if rows else ()


def _kind(secret: Secret) -> str:
    newly = " (newly suppressed)" if secret.state == "newly suppressed" else ""
    return f"{visible(secret.finding.found.kind)}{newly}"


def _title(result: Result) -> str:
    if result.new:
        return f"{count(len(result.new), 'secret')} found"
    return f"{count(len(result.newly), 'secret')} newly suppressed" if result.newly else "No secrets found"
