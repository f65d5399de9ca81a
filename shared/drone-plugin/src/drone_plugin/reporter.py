"""The work of a step, with its outcome told to the forge, whatever it is.

Needs the extra `drone-plugin[http]`, which is imported only where there is something to tell.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, TypeVar

from drone_plugin.certificates import open_trust
from drone_plugin.errors import FindingsError, Interrupted, JobFailedError, PluginError, TimeLimitError
from drone_plugin.markdown_blocks import Paragraph, Preformatted
from drone_plugin.report import Nothing, ReportSettings, destination
from drone_plugin.report_text import Report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from drone_plugin.certificates import Trust
    from drone_plugin.markdown_blocks import Block
    from drone_plugin.report_text import State
    from drone_plugin.running import Step
    from drone_plugin.waiting import Waiting

R = TypeVar("R", bound=ReportSettings)

DONE: Final = Report("success", "done")
_DID_NOT_PASS: Final = (FindingsError, JobFailedError, TimeLimitError)
"""What a check that was made ends in; with every other error it could not be made."""


@dataclass
class Reporter:
    """What a step's work has to tell."""

    tell: Callable[[Report], None]
    """Tell something before the end, as that the work goes on (`running`) at some address."""
    report: Report = DONE
    """What is told at the end. Where the work ends in an error and this is no failure, the error is told
    instead, with the rows, body and link of this one."""


@contextmanager
def reporting(step: Step[R], *, plugin: str, waiting: Waiting | None = None) -> Iterator[Reporter]:
    """Tell the forge what becomes of the work in this block, as the settings say: its end, or its error.

    `plugin` is the plugin's name. An error goes on its way afterwards. What the forge does not take is a
    warning, and no report changes the exit code; but settings that no report could be sent with are an error
    before there is any work. Raises SettingsError.
    """
    to = destination(step.settings, step.build)
    if isinstance(to, Nothing):
        (step.log.debug if to.expected else step.log.warning)(f"no report: {to.reason}")
        yield Reporter(tell=_nobody)
        return
    with open_trust(step.settings.ca_certificates, step.environment, step.workspace) as trust:
        reporter = Reporter(tell=lambda report: _tell(step, report, trust, plugin, waiting))
        try:
            yield reporter
        except BaseException as error:
            reporter.tell(outcome(reporter.report, error, plugin, step.redactor))
            raise
        reporter.tell(reporter.report)


def outcome(report: Report, error: BaseException, plugin: str, mask: Callable[[str], str]) -> Report:
    """What is told of work that ended in `error` when it had prepared `report`."""
    if report.state in {"failure", "error"}:
        return report
    if isinstance(error, Interrupted):
        return replace(report, state="error", title=f"stopped by {error.signal_name}")
    if not isinstance(error, PluginError):
        return replace(report, state="error", title=f"a bug of {plugin}: the log of the build has more")
    # Masked before it is taken apart, as a secret may go over several lines.
    first, _, more = mask(error.message).partition("\n")
    blocks: tuple[Block, ...] = (Preformatted(more),) if more.strip() else ()
    blocks += (Paragraph((error.hint,)),) if error.hint else ()
    state: State = "failure" if isinstance(error, _DID_NOT_PASS) else "error"
    return replace(report, state=state, title=first, body=(*blocks, *report.body))


def _tell(step: Step[R], report: Report, trust: Trust, plugin: str, waiting: Waiting | None) -> None:
    from drone_plugin.report_sending import publish  # noqa: PLC0415 - requests costs a step without a report 0.1 s

    try:
        publish(step, report, trust, plugin=plugin, waiting=waiting)
    # What the step is for is done, and its exit code is the gate: a bug in the telling must not be that.
    except Exception as error:  # noqa: BLE001 - see above
        step.log.warning(f"no report, by a bug: {type(error).__name__}: {error}")


def _nobody(_report: Report) -> None:
    """There is nobody to tell."""
