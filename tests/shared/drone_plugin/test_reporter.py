"""A step's work and what the forge is told of it, sent to a forge on loopback."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from drone_plugin import (
    Decision,
    FindingsError,
    JobFailedError,
    Plugin,
    RefusedError,
    SettingsError,
    Step,
    TimeLimitError,
    UnreachableError,
    report_sending,
)
from drone_plugin.markdown import Code
from drone_plugin.report import ReportSettings
from drone_plugin.report_text import Report
from drone_plugin.reporter import Reporter, reporting
from drone_plugin.testing import build
from drone_plugin.testing.outcome import StepOutcome
from drone_plugin.testing.step import DroneStep
from kit.forges import TOKEN, FakeForge, forge
from kit.scripted_server import Answer, serving
from kit.tls import make_authority

COMMIT = "c0ffee" + "0" * 34
PULL = build.pull_request(7, COMMIT, title="A change", number=3)
PUSH = build.push(COMMIT, "A change", number=3)

Work = Callable[[Step[ReportSettings], Reporter], object]
RunWork = Callable[[Work], StepOutcome]


def plugin(work: Work) -> Plugin[ReportSettings]:
    """A plugin whose work is reported."""

    def reported(step: Step[ReportSettings]) -> None:
        with reporting(step, plugin="check") as reporter:
            work(step, reporter)

    return Plugin("check", "1", ReportSettings, lambda _s, _b: Decision(act=True, reason="asked"), reported)


def asked(url: str) -> dict[str, str]:
    """The settings of a step that reports to this forge, which is a GitHub."""
    return {"report": "both", "report_url": url, "report_forge": "github", "report_token": TOKEN}


@pytest.fixture
def served() -> Iterator[FakeForge]:
    """A forge."""
    with forge("github") as stored:
        yield stored


@pytest.fixture
def ran(served: FakeForge, drone_step: DroneStep) -> RunWork:
    """Runs work as a step of a pull request to which secrets are exposed."""
    return lambda work: drone_step(plugin(work), asked(served.url), build=PULL)


def failing(error: BaseException) -> Work:
    """Work that ends so."""

    def work(_step: Step[ReportSettings], reporter: Reporter) -> None:
        reporter.report = replace(reporter.report, rows=(("files", Code("12")),))
        raise error

    return work


def test_what_the_work_has_to_tell_is_told_when_it_is_done(ran: RunWork, served: FakeForge) -> None:
    def work(_step: Step[ReportSettings], reporter: Reporter) -> None:
        assert not served.statuses
        reporter.report = Report("success", "all is well", rows=(("files", Code("12")),))

    outcome = ran(work)

    assert outcome.exit_code == 0, outcome.log
    assert [(status["state"], status["description"]) for status in served.statuses] == [
        ("success", "all is well")
    ]
    (comment,) = served.own()
    assert "all is well" in comment
    assert "<code>12</code>" in comment


@pytest.mark.parametrize(
    ("error", "state", "code"),
    [
        (JobFailedError("it broke"), "failure", 1),
        (FindingsError("it broke"), "failure", 3),
        (TimeLimitError("it broke"), "failure", 5),
        (SettingsError("it broke"), "error", 2),
        (UnreachableError("it broke"), "error", 4),
        (RefusedError("it broke"), "error", 6),
    ],
)
def test_an_error_is_told_for_what_it_is_and_goes_on_its_way(
    ran: RunWork, served: FakeForge, error: BaseException, state: str, code: int
) -> None:
    outcome = ran(failing(error))

    assert outcome.exit_code == code
    assert [(status["state"], status["description"]) for status in served.statuses] == [(state, "it broke")]
    assert "<code>12</code>" in served.own()[0]


def test_lines_and_hint_of_an_error_are_in_the_comment_without_secrets(
    ran: RunWork, served: FakeForge
) -> None:
    ran(failing(JobFailedError(f"it broke\nof {TOKEN}\nhere", hint="mend it")))

    (comment,) = served.own()
    assert TOKEN not in comment
    assert "here" in comment
    assert "mend it" in comment


def test_a_bug_is_told_without_its_words(ran: RunWork, served: FakeForge) -> None:
    outcome = ran(failing(KeyError("what a bug holds")))

    assert outcome.exit_code == 70
    assert served.statuses[0]["state"] == "error"
    assert "what a bug holds" not in served.own()[0]


def test_a_step_that_is_stopped_says_so(served: FakeForge, drone_step: DroneStep) -> None:
    def work(step: Step[ReportSettings], _reporter: Reporter) -> None:
        step.log.info("waiting now")

    outcome = drone_step(plugin(work), asked(served.url), build=PULL, stop_on="waiting now")

    assert outcome.exit_code == 143
    assert [status["description"] for status in served.statuses] == ["stopped by SIGTERM"]


def test_long_work_can_tell_that_it_is_under_way(ran: RunWork, served: FakeForge) -> None:
    def work(_step: Step[ReportSettings], reporter: Reporter) -> None:
        reporter.tell(Report("running", "training", link="https://example.com/run/1"))

    ran(work)

    assert [status["state"] for status in served.statuses] == ["pending", "success"]
    assert served.statuses[0]["target_url"] == "https://example.com/run/1"
    assert len(served.own()) == 1


def test_a_failure_that_the_work_has_put_into_words_is_told_in_them(ran: RunWork, served: FakeForge) -> None:
    def work(_step: Step[ReportSettings], reporter: Reporter) -> None:
        reporter.report = Report("failure", "2 secrets found")
        raise FindingsError("2 secrets in 12 files scanned in 3 s")

    ran(work)

    assert served.statuses[0]["description"] == "2 secrets found"


def test_settings_that_no_report_could_be_sent_with_are_an_error_before_the_work(
    drone_step: DroneStep,
) -> None:
    given = {"report": "both", "report_token": TOKEN}  # of a repository that is on no public host
    outcome = drone_step(plugin(lambda step, _: step.log.info("at work")), given, build=PUSH)

    assert outcome.exit_code == 2
    assert "report_url: is required" in outcome.log
    assert "at work" not in outcome.log


@pytest.mark.parametrize("report", ["none", "both"])
def test_without_a_token_the_work_is_done_all_the_same(drone_step: DroneStep, report: str) -> None:
    given = {"report": report, "report_url": "https://github.com"}
    outcome = drone_step(plugin(lambda step, _: step.log.info("at work")), given, build=PUSH)

    assert outcome.exit_code == 0
    assert "at work" in outcome.log
    assert ("warning: no report: report_token is empty" in outcome.log) is (report == "both")


@pytest.mark.parametrize("error", [None, FindingsError("2 secrets")])
def test_a_forge_that_refuses_or_is_down_changes_no_exit_code(
    drone_step: DroneStep, error: FindingsError | None
) -> None:
    work: Work = failing(error) if error else lambda _step, _reporter: None
    for answer in (Answer(403), Answer(200, body=b"<html>"), "drop"):
        with serving(answer) as server:
            outcome = drone_step(plugin(work), asked(server.url), build=PULL)
        assert outcome.exit_code == (3 if error else 0)
        assert "warning: the report was not taken" in outcome.log


def test_a_bug_of_the_report_changes_no_exit_code_either(
    ran: RunWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    def publish(*_: object, **__: object) -> None:
        raise KeyError("state")

    monkeypatch.setattr(report_sending, "publish", publish)

    outcome = ran(failing(FindingsError("2 secrets")))

    assert outcome.exit_code == 3
    assert "warning: no report, by a bug: KeyError: 'state'" in outcome.log


def test_a_forge_of_a_private_authority_gets_the_report_once_its_authority_is_named(
    drone_step: DroneStep, tmp_path: Path
) -> None:
    authority = make_authority(tmp_path / "authority")
    with serving(Answer(201, body=b"{}"), authority=authority) as server:
        settings = {**asked(server.url), "report": "status"}
        step = plugin(lambda _step, _reporter: None)
        untrusted = drone_step(step, settings, build=PULL)
        assert not server.requests
        trusted = drone_step(step, {**settings, "ca_certificates": authority.pem}, build=PULL)

    assert "name that in ca_certificates" in untrusted.log
    assert "warning" not in trusted.log
    assert [path for _, path in server.requests] == [f"/api/v3/repos/octocat/hello/statuses/{COMMIT}"]


def test_a_step_without_a_report_imports_no_client() -> None:
    text = (
        "import sys, drone_plugin.reporter\n"
        "print([name for name in ('requests', 'urllib3') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", text], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
