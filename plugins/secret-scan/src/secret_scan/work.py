"""The step: plan what to scan, scan it, judge the findings, print and report them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drone_plugin import FindingsError, JobFailedError, SettingsError, spell, spell_duration
from drone_plugin.reporter import Reporter, reporting
from drone_plugin.scalars import quoted
from drone_plugin.values import within
from secret_scan import __version__
from secret_scan.accepted.files import before_pull_request, now, read_accepted
from secret_scan.accepted.judge import Judge, exclusion
from secret_scan.card import scan_report, scan_summary
from secret_scan.custom import custom_detectors
from secret_scan.detectors import all_detectors
from secret_scan.detectors.forms.files import FORMS
from secret_scan.engine import Engine
from secret_scan.names import RULE
from secret_scan.output.report_json import report_json
from secret_scan.output.result import Result, Scanned, count, result
from secret_scan.output.sarif import report_sarif
from secret_scan.output.summary import print_result
from secret_scan.ranges.scan import open_scan
from secret_scan.scanning import Outcome, scan

if TYPE_CHECKING:
    from drone_plugin import Step
    from secret_scan.detectors import Detector
    from secret_scan.settings import ScanSettings

MOST_LEARNED: Final = 200
_LONG: Final = 16
"""Characters of a token that is masked wherever it is printed; a short word would star out half a log."""


def work(step: Step[ScanSettings]) -> None:
    """Scan. Raises FindingsError for new secrets, JobFailedError where not everything could be scanned."""
    with reporting(step, plugin="secret-scan") as reporter:
        _tell(step, reporter, _scanned(step))


def _scanned(step: Step[ScanSettings]) -> Result:
    """Plan, scan and judge."""
    start = step.clock.monotonic()
    settings = step.settings
    detectors = _detectors(settings)
    listed = read_accepted(step.workspace, settings.baseline)
    for warning in listed.warnings:
        step.log.warning(warning)
    with open_scan(step, step.build, how=settings.scan, exclude=settings.exclude) as plan:
        step.log.info(f"scanning {plan.words}")
        for note in plan.notes:
            step.log.warning(note)
        outcome = scan(Engine(detectors), plan.items, step.log.progress("items scanned"))
        outcome.failures += [f"{spell(path)}: {reason}" for path, reason in plan.unreadable]
        if not outcome.items and not outcome.failures:
            raise JobFailedError("there was nothing to scan", hint="does exclude leave anything?")
        _learn(step, outcome)
        judge = Judge(
            now=now(step, plan, listed),
            before=before_pull_request(step, plan, settings.baseline),
            excluded=exclusion(settings.exclude_rules),
            baselines=frozenset(settings.baseline),
        )
        judged = judge.all(outcome.findings)
    took = spell_duration(step.clock.monotonic() - start)
    failures = tuple(outcome.failures)
    scanned = Scanned(plan.words, outcome.items, outcome.size, took, plan.notes, failures)
    return result(judged, scanned, listed.ours[0] if listed.ours else None)


def _detectors(settings: ScanSettings) -> tuple[Detector, ...]:
    """Ours and those of the settings. Raises SettingsError for two of a name, or a rule that is none."""
    try:
        detectors = all_detectors(custom_detectors(settings.detectors))
    except ValueError as error:
        raise SettingsError(f"settings.detectors: {error}") from None
    rules = {RULE, *(detector.rule for detector in detectors), *(form.rule for form in FORMS)}
    unknown = [rule for rule in settings.exclude_rules if rule.partition(":")[0] not in rules]
    if unknown:
        raise SettingsError([f"settings.exclude_rules: there is no rule {quoted(rule)}" for rule in unknown])
    return detectors


def _tell(step: Step[ScanSettings], reporter: Reporter, made: Result) -> None:
    """Print, report, and end as the settings say."""
    print_result(step.log, made)
    for failure in made.scanned.failures:
        step.log.warning(f"not scanned: {failure}")
    blocking = (*made.new, *(made.newly if step.settings.fail_on == "suppressed" else ()))
    _write(step, "json_file", report_json(made, step.build))
    _write(step, "sarif_file", report_sarif(made, step.build, __version__))
    reporter.report = scan_report(made, failed=bool(blocking))
    step.card(
        scan_summary(step.build, made, failed=bool(blocking)).card(step.settings.card_template, said=True)
    )
    if blocking:
        raise FindingsError(_blocked(made, suppressed=len(blocking) - len(made.new)), hint=_HINT)
    if made.scanned.failures:
        failures = count(len(made.scanned.failures), "path")
        raise JobFailedError(f"{failures} could not be scanned; {made.scanned}")
    step.log.success(f"no new secrets in {made.scanned}")


_HINT = (
    "revoke each secret first, then take it out\n"
    "what is none can be allowed by the comment `pragma: allowlist secret` on its line, or by "
    "`secret-scan audit`"
)


def _blocked(made: Result, *, suppressed: int) -> str:
    parts = [
        f"{count(len(made.new), 'new secret')}" if made.new else "",
        f"{count(suppressed, 'newly suppressed secret')}" if suppressed else "",
    ]
    return f"{' and '.join(filter(None, parts))} in {made.scanned}"


def _write(step: Step[ScanSettings], name: str, text: str) -> None:
    """Write a report. By hand, nothing is put beside somebody's work unasked."""
    asked = name in step.settings.model_fields_set
    if not asked and step.build.platform == "none":
        return
    path = str(getattr(step.settings, name))
    target = within(step.workspace, path, name)
    try:
        step.write(target, text)
    except OSError as error:
        problem = f"the report {spell(path)} cannot be written: {error.strerror}"
        if asked:
            raise JobFailedError(problem) from None
        step.log.warning(problem)


def _learn(step: Step[ScanSettings], outcome: Outcome) -> None:
    """Let the redactor mask whole tokens wherever they would be printed: in a name, a message, an error."""
    values = {finding.found.value for finding in outcome.findings}
    tokens = sorted(value for value in values if len(value) >= _LONG and _is_token(value))
    for value in tokens[:MOST_LEARNED]:
        step.redactor.learn(value)


def _is_token(value: str) -> bool:
    return any(char.isdigit() for char in value) and any(char.isalpha() for char in value)
