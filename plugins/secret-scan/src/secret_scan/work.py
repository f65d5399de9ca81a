"""The step: list the files, scan each, print the findings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drone_plugin import FindingsError, JobFailedError, SettingsError, spell, spell_duration
from drone_plugin.reporter import Reporter, reporting
from secret_scan.card import scan_report, scan_summary
from secret_scan.scanner import Finding, UnscannableError, scanner
from secret_scan.tree import Tree, read_tree

if TYPE_CHECKING:
    from drone_plugin import Step
    from secret_scan.settings import ScanSettings

WIDEST = 80
"""Characters of the column of places: one path of thousands must not blow up every line."""


def work(step: Step[ScanSettings]) -> None:
    """Scan the work tree. Raises FindingsError when it holds secrets, JobFailedError for what is left out."""
    with reporting(step, plugin="secret-scan") as reporter:
        _work(step, reporter)


def _work(step: Step[ScanSettings], reporter: Reporter) -> None:
    log, start = step.log, step.clock.monotonic()
    if step.workspace.resolve() == step.workspace.resolve().parent:
        raise SettingsError(
            f"the workspace is {step.workspace}, the whole file system",
            hint='by hand, mount a folder and work in it: docker run -v "$PWD:/repo" -w /repo …',
        )
    tree = read_tree(step.workspace, step.settings.exclude)
    if not tree.files and not tree.unreadable:
        raise JobFailedError(
            f"there is no file to scan in {step.workspace}",
            hint="did the clone step run, and does exclude leave anything?",
        )
    findings, failures = _scan(step, tree)
    _report(step, findings)
    for failure in failures:
        log.warning(f"not scanned: {failure}")
    took = spell_duration(step.clock.monotonic() - start)
    scanned = f"{_count(len(tree.files) + len(tree.unreadable) - len(failures), 'file')} scanned in {took}"
    reporter.report = scan_report(findings, failures, scanned)
    step.card(
        scan_summary(step.build, findings, failures, scanned).card(step.settings.card_template, said=True)
    )
    if findings:
        raise FindingsError(
            f"{_count(len(findings), 'secret')} in {scanned}",
            hint="take each out, and revoke it: it stays in the history\n"
            "a false alarm is allowed by the comment `pragma: allowlist secret` on its line",
        )
    if failures:
        raise JobFailedError(f"{_count(len(failures), 'path')} could not be scanned; {scanned}")
    log.success(f"no secrets in {scanned}")


def _scan(step: Step[ScanSettings], tree: Tree) -> tuple[list[Finding], list[str]]:
    """The findings, and why files and folders were left out."""
    findings: list[Finding] = []
    failures = [f"{spell(folder)}: {reason}" for folder, reason in tree.unreadable]
    progress = step.log.progress("files scanned", total=len(tree.files))
    with scanner() as scan:
        for number, path in enumerate(tree.files):
            progress(number)
            try:
                findings += scan.scan(step.workspace, path)
            except UnscannableError as error:
                failures.append(f"{spell(path)}: {error}")
    return findings, failures


def _report(step: Step[ScanSettings], findings: list[Finding]) -> None:
    """A line per finding, in columns as long as the paths are of a usual length."""
    places = [f"{spell(finding.path)}:{finding.line}" for finding in findings]
    width = min(max(map(len, places), default=0), WIDEST)
    for place, finding in zip(places, findings, strict=True):
        step.log.outcome(f"{place.ljust(width)}  {finding.kind}")


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
