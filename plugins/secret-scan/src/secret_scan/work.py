"""The step: list the files, scan each, print the findings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drone_plugin import FindingsError, JobFailedError, spell, spell_duration
from secret_scan.scanner import Finding, UnscannableError, scanner
from secret_scan.tree import files_of

if TYPE_CHECKING:
    from drone_plugin import Step
    from secret_scan.settings import ScanSettings

HEARTBEAT = 30.0
"""Seconds between two lines that say how far the scan is."""


def work(step: Step[ScanSettings]) -> None:
    """Scan the work tree. Raises FindingsError when it holds secrets, JobFailedError for what is left out."""
    log, start = step.log, step.clock.monotonic()
    paths = list(files_of(step.workspace, step.settings.exclude))
    if not paths:
        raise JobFailedError(f"there is no file to scan in {step.workspace}", hint="did the clone step run?")
    findings, failures = _scan(step, paths)
    _report(step, findings)
    for failure in failures:
        log.warning(f"not scanned: {failure}")
    took = spell_duration(step.clock.monotonic() - start)
    scanned = f"{_count(len(paths) - len(failures), 'file')} scanned in {took}"
    if findings:
        raise FindingsError(
            f"{_count(len(findings), 'secret')} in {scanned}",
            hint="take each out, and revoke it: it stays in the history\n"
            "a false alarm is allowed by the comment `pragma: allowlist secret` on its line",
        )
    if failures:
        raise JobFailedError(f"{_count(len(failures), 'file')} could not be scanned; {scanned}")
    log.success(f"no secrets in {scanned}")


def _scan(step: Step[ScanSettings], paths: list[str]) -> tuple[list[Finding], list[str]]:
    """The findings, and why files were left out. The log's redactor learns each secret that is found."""
    findings: list[Finding] = []
    failures: list[str] = []
    said = step.clock.monotonic()
    with scanner() as scan:
        for number, path in enumerate(paths):
            if step.clock.monotonic() - said > HEARTBEAT:
                said = step.clock.monotonic()
                step.log.info(f"{number} of {len(paths)} files scanned")
            try:
                findings += scan.scan(step.workspace, path)
            except UnscannableError as error:
                failures.append(f"{spell(path)}: {error}")
        for secret in scan.secrets:
            step.redactor.learn(secret)
    return findings, failures


def _report(step: Step[ScanSettings], findings: list[Finding]) -> None:
    """A line per finding, in columns."""
    places = [f"{spell(finding.path)}:{finding.line}" for finding in findings]
    width = max(map(len, places), default=0)
    for place, finding in zip(places, findings, strict=True):
        step.log.info(f"{place.ljust(width)}  {finding.kind}")


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
