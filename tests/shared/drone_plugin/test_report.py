"""Reports: what is decided, then what is sent to forges on loopback."""

import html
import io
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from drone_plugin import Decision, Log, Redactor, SettingsError, Step, read_build
from drone_plugin.certificates import Trust, open_trust
from drone_plugin.forge_github import api_url
from drone_plugin.lines import LineStream
from drone_plugin.markdown import Code, Link
from drone_plugin.markdown_blocks import MORE, Preformatted
from drone_plugin.report import ForgeName, Nothing, Plan, ReportSettings, destination, plan
from drone_plugin.report_sending import publish
from drone_plugin.report_text import LONGEST_COMMENT, Report
from drone_plugin.testing.clock import FakeClock
from drone_plugin.waiting import Waiting
from kit.forges import SOMEBODY, TOKEN, FakeForge, forge
from kit.scripted_server import DROP, Answer, serving

SHA = "1234567890abcdef1234567890abcdef12345678"
PUSH = {
    "DRONE": "true",
    "DRONE_BUILD_EVENT": "push",
    "DRONE_BUILD_NUMBER": "42",
    "DRONE_BUILD_LINK": "https://ci.example.com/octocat/hello/42",
    "DRONE_REPO": "octocat/hello",
    "DRONE_REPO_LINK": "https://github.com/octocat/hello",
    "DRONE_COMMIT_SHA": SHA,
    "DRONE_COMMIT_REF": "refs/heads/main",
    "DRONE_STAGE_NAME": "default",
    "DRONE_STEP_NAME": "scan",
}
WOODPECKER = {
    "CI": "woodpecker",
    "CI_PIPELINE_EVENT": "push",
    "CI_PIPELINE_NUMBER": "42",
    "CI_REPO": "octocat/hello",
    "CI_REPO_URL": "https://git.example.com/octocat/hello",
    "CI_COMMIT_SHA": SHA,
    "CI_COMMIT_REF": "refs/heads/main",
}
PULL = {**PUSH, "DRONE_BUILD_EVENT": "pull_request", "DRONE_COMMIT_REF": "refs/pull/7/head"}
SELF_HOSTED = {"report": "both", "report_token": TOKEN, "report_url": "https://git.example.com"}
DONE = Report("success", "no secrets found", rows=(("files", "12"), ("commit", Code("12345678"))))
FORGES: tuple[ForgeName, ...] = ("github", "gitea", "gitlab")


def settings(**given: str) -> ReportSettings:
    return ReportSettings.load({f"PLUGIN_{name.upper()}": value for name, value in given.items()})


def planned(report: Report, environment: dict[str, str] = PULL, /, **given: str) -> Plan:
    given = {**SELF_HOSTED, "report_forge": "github", **given}
    found = plan(report, settings(**given), read_build(environment), plugin="secret-scan", mask=str)
    assert isinstance(found, Plan)
    return found


# What is decided


def test_nothing_is_reported_unless_it_is_asked_for() -> None:
    assert destination(settings(report_token=TOKEN), read_build(PUSH)) == Nothing(
        "report is none", expected=True
    )


@pytest.mark.parametrize(("environment", "expected"), [(PULL, True), (PUSH, False)])
def test_without_a_token_nothing_is_sent_which_is_in_order_on_a_pull_request(
    environment: dict[str, str], *, expected: bool
) -> None:
    found = destination(settings(report="both"), read_build(environment))

    assert found == Nothing("report_token is empty", expected=expected)


def test_the_login_of_the_clone_is_no_token() -> None:
    environment = {**PUSH, "DRONE_NETRC_MACHINE": "github.com", "DRONE_NETRC_USERNAME": TOKEN}

    assert isinstance(destination(settings(report="both"), read_build(environment)), Nothing)


@pytest.mark.parametrize(
    ("link", "url", "kind"),
    [
        ("https://github.com/octocat/hello", "https://github.com", "github"),
        ("https://gitlab.com/octocat/hello", "https://gitlab.com", "gitlab"),
    ],
)
def test_public_hosts_need_no_address(link: str, url: str, kind: str) -> None:
    found = destination(
        settings(report="both", report_token=TOKEN), read_build({**PUSH, "DRONE_REPO_LINK": link})
    )

    assert not isinstance(found, Nothing)
    assert (found.url, found.forge) == (url, kind)


@pytest.mark.parametrize(
    "link",
    [
        "https://git.example.com/octocat/hello",
        "http://github.com/octocat/hello",
        "https://github.com.evil.example/octocat/hello",
        "https://github.com@evil.example/octocat/hello",
        "https://github.com:8443/octocat/hello",
        "",
    ],
)
def test_any_other_host_must_be_declared(link: str) -> None:
    with pytest.raises(SettingsError, match=r"settings\.report_url: is required"):
        destination(
            settings(report="both", report_token=TOKEN), read_build({**PUSH, "DRONE_REPO_LINK": link})
        )


def test_the_declared_host_gets_the_token_whatever_the_build_says() -> None:
    found = destination(settings(**SELF_HOSTED, report_forge="gitea"), read_build(PUSH))

    assert not isinstance(found, Nothing)
    assert found.url == "https://git.example.com"
    assert TOKEN not in repr(found)


@pytest.mark.parametrize(
    ("url", "ref", "kind"),
    [
        ("https://gitea.example.com", "refs/heads/main", "gitea"),
        ("https://codeberg.org", "refs/heads/main", "gitea"),
        ("https://gitlab.example.com:8443", "refs/heads/main", "gitlab"),
        ("https://github.example.com", "refs/heads/main", "github"),
        ("https://octo.ghe.com", "refs/heads/main", "github"),
        ("https://git.example.com", "refs/merge-requests/7/head", "gitlab"),
    ],
)
def test_the_forge_is_told_by_its_name(url: str, ref: str, kind: str) -> None:
    found = destination(
        settings(report="both", report_token=TOKEN, report_url=url),
        read_build({**PUSH, "DRONE_COMMIT_REF": ref}),
    )

    assert not isinstance(found, Nothing)
    assert found.forge == kind


@pytest.mark.parametrize(
    ("url", "told", "kind"),
    [
        ("https://git.example.com", "forgejo", "gitea"),
        ("https://git.example.com", "gitlab", "gitlab"),
        ("https://github.gitlab.example.com", "github", "github"),
        ("https://git.internal.example", "gitea", "gitea"),
        ("https://gitlab.mirror.example", "gitea", "gitlab"),
        ("https://github.com", "gitea", "github"),
    ],
)
def test_woodpecker_tells_what_the_forge_of_the_repository_is(url: str, told: str, kind: str) -> None:
    environment = {**WOODPECKER, "CI_FORGE_TYPE": told}

    found = destination(settings(report="both", report_token=TOKEN, report_url=url), read_build(environment))

    assert not isinstance(found, Nothing)
    assert found.forge == kind


def test_the_forge_s_own_word_counts_more_than_its_host_s_name() -> None:
    environment = {
        **WOODPECKER,
        "CI_FORGE_TYPE": "gitea",
        "CI_REPO_URL": "https://not-gitlab.example.com/a/b",
    }
    given = settings(report="both", report_token=TOKEN, report_url="https://not-gitlab.example.com")

    found = destination(given, read_build(environment))

    assert not isinstance(found, Nothing)
    assert found.forge == "gitea"


@pytest.mark.parametrize(
    "environment", [{"CI_FORGE_TYPE": "bitbucket"}, {"CI": "", "CI_FORGE_TYPE": "gitea"}]
)
def test_a_forge_of_no_known_kind_or_of_a_parameter_says_nothing(environment: dict[str, str]) -> None:
    build = read_build({**PUSH, **WOODPECKER, **environment})

    with pytest.raises(SettingsError, match=r"settings\.report_forge: say what git\.example\.com is"):
        destination(settings(**SELF_HOSTED), build)


@pytest.mark.parametrize(
    ("url", "api"),
    [
        ("https://github.com", "https://api.github.com"),
        ("https://api.github.com", "https://api.github.com"),
        ("https://octo.ghe.com", "https://api.octo.ghe.com"),
        ("https://github.example.com:8443", "https://github.example.com:8443/api/v3"),
        ("https://github.com.evil.example", "https://github.com.evil.example/api/v3"),
    ],
)
def test_github_s_api_is_found_from_its_address(url: str, api: str) -> None:
    assert api_url(url) == api


@pytest.mark.parametrize("url", ["https://git.example.com", "https://github.gitlab.example.com"])
def test_a_forge_that_cannot_be_told_must_be_declared(url: str) -> None:
    with pytest.raises(SettingsError, match=r"settings\.report_forge: say what .* is"):
        destination(settings(report="both", report_token=TOKEN, report_url=url), read_build(PUSH))


@pytest.mark.parametrize(
    "changed",
    [
        {"DRONE_REPO": "octocat"},
        {"DRONE_REPO": "../admin"},
        {"DRONE_REPO": "a/b/c"},
        {"DRONE_REPO": "a/b?c"},
        {"DRONE_COMMIT_SHA": "main"},
        {"DRONE_COMMIT_SHA": ""},
    ],
)
def test_what_is_no_repository_or_commit_is_not_put_into_an_address(changed: dict[str, str]) -> None:
    found = destination(settings(**SELF_HOSTED, report_forge="gitea"), read_build({**PUSH, **changed}))

    assert isinstance(found, Nothing)
    assert not found.expected


@pytest.mark.parametrize("token", ["two words", "tok\u00e9n", "a\x07b"])
def test_what_cannot_be_a_token_is_said_to_be_none(token: str) -> None:
    with pytest.raises(SettingsError, match=r"settings\.report_token"):
        destination(
            settings(**{**SELF_HOSTED, "report_token": token}, report_forge="gitea"), read_build(PUSH)
        )


@pytest.mark.parametrize(
    ("report", "status", "comment"), [("status", True, False), ("comment", False, True), ("both", True, True)]
)
def test_status_and_comment_are_chosen(report: str, *, status: bool, comment: bool) -> None:
    found = planned(DONE, report=report)

    assert (found.status is not None, found.comment is not None) == (status, comment)


@pytest.mark.parametrize(("kind", "longest"), [("github", 140), ("gitea", 255), ("gitlab", 255)])
def test_a_description_is_one_line_that_the_forge_takes(kind: str, longest: int) -> None:
    status = planned(Report("failure", "bad\n" * 99), report_forge=kind).status

    assert status is not None
    assert len(status.description) == longest
    assert status.description.startswith("bad bad")
    assert status.description.endswith("…")
    assert (status.context, status.link) == ("secret-scan/scan", PUSH["DRONE_BUILD_LINK"])


def test_a_comment_says_title_summary_body_and_where_it_is_from() -> None:
    report = Report(
        "failure",
        "2 secrets found",
        rows=(("branch", Code("a|b")), ("empty", ""), ("run", Link("#1", "https://mlflow.example.com/1"))),
        body=(Preformatted("a.py:1\nb.py:2"),),
    )
    comment = planned(report).comment

    assert comment is not None
    assert comment.body.startswith(f"{comment.mark} build 42 -->\n### ❌ 2 secrets found\n\n|  |  |\n")
    assert "| branch | <code>a&#124;b</code> |\n| run | [" in comment.body
    assert "<pre>a.py:1\nb.py:2\n</pre>" in comment.body
    assert comment.body.endswith(
        "<sub><code>secret&#45;scan</code> · [build 42](<https://ci.example.com/octocat/hello/42>)"
        " · <code>12345678</code></sub>\n"
    )


def test_a_comment_is_never_longer_than_the_forge_takes() -> None:
    body = (Preformatted("@x é\n" * 50_000),)
    comment = planned(Report("failure", "y" * 9999, (("a", "#" * 9999),), body)).comment

    assert comment is not None
    assert LONGEST_COMMENT - 200 < len(comment.body.encode()) <= LONGEST_COMMENT
    assert MORE in comment.body
    assert comment.body.endswith("</sub>\n")


def test_every_step_of_every_repository_has_its_own_mark_in_all_of_its_builds() -> None:
    changes: tuple[dict[str, str], ...] = (
        {},
        {"DRONE_STEP_NAME": "other"},
        {"DRONE_STAGE_NAME": "other"},
        {"DRONE_REPO": "octocat/other"},
    )
    again = {"DRONE_BUILD_NUMBER": "43", "DRONE_COMMIT_SHA": "f" * 40}
    marks = [planned(DONE, {**PULL, **change}).comment for change in (*changes, again)]
    texts = [comment.mark for comment in marks if comment]

    assert len(set(texts[:4])) == 4
    assert texts[4] == texts[0]


def test_no_secret_is_in_what_is_planned() -> None:
    redactor = Redactor()
    redactor.learn("hunter2-hunter2")
    report = Report(
        "success",
        "hunter2-hunter2",
        (
            ("hunter2-hunter2", Code("hunter2-hunter2")),
            ("x", Link("hunter2-hunter2", "https://h/hunter2-hunter2")),
        ),
        (Preformatted("a\nhunter2-\x00hunter2"),),
        "https://h/?token=hunter2-hunter2",
    )
    found = plan(
        report,
        settings(**SELF_HOSTED, report_forge="github"),
        read_build({**PULL, "DRONE_STEP_NAME": "hunter2-hunter2"}),
        plugin="secret-scan",
        mask=redactor,
    )

    assert isinstance(found, Plan)
    assert "hunter2" not in html.unescape(repr(found))


# What is sent


class Steps:
    """Steps that report, and what they print."""

    def __init__(self, folder: Path, trust: Trust) -> None:
        self.folder = folder
        self.trust = trust
        self.clock = FakeClock()

    def report(
        self,
        to: str,
        kind: str,
        report: Report = DONE,
        environment: dict[str, str] = PULL,
        /,
        **given: str,
    ) -> str:
        """Report as a step of a build does; the log."""
        redactor = Redactor()
        redactor.learn(TOKEN)
        out = io.BytesIO()
        step = Step(
            settings(
                **{"report": "both", "report_token": TOKEN, "report_url": to, "report_forge": kind} | given
            ),
            read_build(environment),
            Decision(act=True, reason="always"),
            Log(LineStream(out, redactor, self.clock), self.clock, colour=False),
            redactor,
            environment,
            self.clock,
            self.folder,
        )
        waiting = Waiting(self.clock, chance=lambda: 0.0)
        publish(step, report, self.trust, plugin="secret-scan", waiting=waiting)
        step.log.stream.finish()
        return out.getvalue().decode()


@pytest.fixture
def steps(tmp_path: Path) -> Iterator[Steps]:
    with open_trust("", {}, tmp_path) as trust:
        yield Steps(tmp_path, trust)


@pytest.fixture(params=FORGES)
def served(request: pytest.FixtureRequest) -> Iterator[FakeForge]:
    kind: ForgeName = request.param
    with forge(kind) as running:
        yield running


def build(number: int, environment: dict[str, str] = PULL) -> dict[str, str]:
    return {**environment, "DRONE_BUILD_NUMBER": str(number)}


def test_status_and_comment_arrive_on_the_pull_request(steps: Steps, served: FakeForge) -> None:
    log = steps.report(served.url, served.kind)

    assert log == ""
    [status] = served.statuses
    assert status["state"] == "success"
    assert status["description"] == "no secrets found"
    assert status["target_url"] == PUSH["DRONE_BUILD_LINK"]
    [comment] = served.comments
    assert "### ✅ no secrets found" in comment.body
    assert re.search(r"/(issues|merge_requests)/7/(comments|notes)$", comment.place)


@pytest.mark.parametrize("kind", ["github", "gitlab"])
def test_a_commit_of_no_pull_request_has_the_comment_itself(steps: Steps, kind: ForgeName) -> None:
    with forge(kind) as served:
        for number in (42, 43):
            assert steps.report(served.url, kind, DONE, build(number, PUSH)) == ""

    [comment] = served.comments
    assert f"/commits/{SHA}/" in comment.place
    assert " build 43 -->" in comment.body


def test_gitea_has_no_comments_on_commits_which_is_said(steps: Steps) -> None:
    with forge("gitea") as served:
        log = steps.report(served.url, "gitea", DONE, PUSH)

    assert "warning: Gitea has comments on pull requests only" in log
    assert (len(served.statuses), served.comments) == (1, [])


def test_a_second_build_updates_the_comment_in_place(steps: Steps, served: FakeForge) -> None:
    for number, title in ((1, "first"), (2, "second"), (3, "third")):
        assert steps.report(served.url, served.kind, Report("success", title), build(number)) == ""

    [comment] = served.comments
    assert "### ✅ third" in comment.body
    assert len([line for line in served.requests if line.startswith("POST") and "statuses" not in line]) == 1


def test_an_older_build_does_not_overwrite_a_newer_one_s(steps: Steps, served: FakeForge) -> None:
    steps.report(served.url, served.kind, Report("success", "new"), build(9))
    steps.report(served.url, served.kind, Report("success", "old"), build(8))

    [body] = served.own()
    assert "### ✅ new" in body


def test_the_comment_is_found_behind_many_others(steps: Steps, served: FakeForge) -> None:
    steps.report(served.url, served.kind, DONE, build(1))
    first = served.comments.pop()
    for _ in range(250):
        served.write(first.place, "chat", SOMEBODY)
    served.write(first.place, first.body)
    steps.report(served.url, served.kind, DONE, build(2))

    assert len(served.own()) == 1
    assert " build 2 -->" in served.own()[0]


def test_somebody_else_s_comment_with_our_mark_is_left_alone(steps: Steps, served: FakeForge) -> None:
    steps.report(served.url, served.kind, DONE, build(1))
    place, forged = served.comments[0].place, served.comments.pop().body
    theirs = served.write(place, forged, SOMEBODY)
    steps.report(served.url, served.kind, DONE, build(2))

    assert theirs.body == forged
    assert len(served.own()) == 1


def test_what_the_token_s_owner_wrote_without_the_mark_is_left_alone(steps: Steps, served: FakeForge) -> None:
    steps.report(served.url, served.kind, DONE, build(1))
    mine = served.write(served.comments[0].place, "see above: " + served.comments[0].body)
    said = mine.body
    steps.report(served.url, served.kind, DONE, build(2))

    assert mine.body == said
    assert len(served.own()) == 2


@pytest.mark.parametrize(("other", "left"), [(41, 42), (43, 43)])
def test_of_two_builds_that_comment_at_once_one_comment_is_left(
    steps: Steps, served: FakeForge, other: int, left: int
) -> None:
    def meanwhile() -> None:
        served.at_create = lambda: None
        steps.report(served.url, served.kind, DONE, build(other))

    served.at_create = meanwhile
    steps.report(served.url, served.kind, DONE, build(42))

    [body] = served.own()
    assert f" build {left} -->" in body


def report_together(steps: Steps, served: FakeForge, numbers: range) -> None:
    builds = [
        threading.Thread(target=steps.report, args=(served.url, served.kind, DONE, build(number)))
        for number in numbers
    ]
    for thread in builds:
        thread.start()
    for thread in builds:
        thread.join()


@pytest.mark.parametrize("all_see_none", [True, False])
def test_whatever_builds_that_end_together_do_one_comment_is_left_and_the_next_one_is_right(
    steps: Steps, served: FakeForge, *, all_see_none: bool
) -> None:
    barrier = threading.Barrier(6)

    def wait() -> None:
        barrier.wait(30)

    if all_see_none:
        served.at_create = wait
    report_together(steps, served, range(1, 7))
    assert len(served.own()) == 1
    steps.report(served.url, served.kind, DONE, build(7))

    assert [re.findall(r" build (\d) -->", body) for body in served.own()] == [["7"]]


def test_a_comment_that_was_written_twice_because_an_answer_got_lost_is_left_once(
    steps: Steps, served: FakeForge
) -> None:
    served.lost = 1

    assert steps.report(served.url, served.kind) == ""
    assert len([line for line in served.requests if line.startswith("POST") and "statuses" not in line]) == 2
    assert len(served.own()) == 1


def test_a_comment_that_somebody_deletes_meanwhile_is_written_anew(steps: Steps, served: FakeForge) -> None:
    steps.report(served.url, served.kind, DONE, build(1))
    gone = served.comments[0]
    served.at_update = lambda: served.comments.remove(gone)
    log = steps.report(served.url, served.kind, DONE, build(2))

    assert log == ""
    assert [" build 2 -->" in body for body in served.own()] == [True]


def test_what_a_lost_race_left_over_is_cleared_up_by_the_next_build(steps: Steps, served: FakeForge) -> None:
    steps.report(served.url, served.kind, DONE, build(1))
    served.write(served.comments[0].place, served.comments[0].body.replace("build 1 -", "build 2 -"))
    steps.report(served.url, served.kind, DONE, build(3))

    [body] = served.own()
    assert " build 3 -->" in body


def test_two_steps_have_two_comments(steps: Steps, served: FakeForge) -> None:
    for name in ("scan", "scan again"):
        steps.report(served.url, served.kind, DONE, {**PULL, "DRONE_STEP_NAME": name})

    assert len(served.own()) == 2


def test_a_status_goes_from_running_to_its_end(steps: Steps, served: FakeForge) -> None:
    for report in (Report("running", "at it"), Report("running", "at it"), Report("failure", "bad")):
        assert steps.report(served.url, served.kind, report, report="status") == ""

    states = [status["state"] for status in served.statuses]
    assert states[-1] in {"failure", "failed"}
    assert states[0] in {"pending", "running"}
    assert served.comments == []


def test_an_app_s_token_finds_its_comment_though_it_may_not_ask_who_it_is(steps: Steps) -> None:
    with forge("github") as served:
        served.is_app = True
        for number in (1, 2):
            assert steps.report(served.url, "github", DONE, build(number)) == ""

    [body] = served.own()
    assert " build 2 -->" in body


@pytest.mark.parametrize("title", ["@octocat #1 /close", "x" * 999, "*" * 999])
def test_odd_titles_are_taken(steps: Steps, served: FakeForge, title: str) -> None:
    assert (
        steps.report(served.url, served.kind, Report("error", title, body=(Preformatted("é" * 99_999),)))
        == ""
    )

    assert len(served.own()) == 1


# What goes wrong


def test_a_wrong_token_is_a_warning_that_says_what_it_must_be_allowed(
    steps: Steps, served: FakeForge
) -> None:
    log = steps.report(served.url, served.kind, report_token="wr0ng-t0ken-wr0ng")

    assert f"warning: the report was not taken: {served.url} refuses the status (401); report_token " in log
    assert "refuses the comments (401)" in log or "refuses the token's owner (401)" in log
    assert (served.statuses, served.comments) == ([], [])


@pytest.mark.parametrize("kind", FORGES)
@pytest.mark.parametrize("trouble", [DROP, Answer(503), Answer(500)])
def test_a_forge_that_is_down_is_one_warning_and_no_long_wait(
    steps: Steps, kind: str, trouble: Answer | str
) -> None:
    with serving(trouble) as server:
        log = steps.report(server.url, kind)

    assert log.count("warning: the report was not taken: ") == len(log.splitlines()) == 1
    assert len(server.requests) <= 3
    assert steps.clock.now < 30


@pytest.mark.parametrize("kind", FORGES)
def test_what_is_no_forge_is_said(steps: Steps, kind: str) -> None:
    with serving(Answer(200, body=b"<html>")) as server:
        log = steps.report(server.url, kind)

    assert "does not answer as the API of a forge does; check report_url and report_forge" in log


@pytest.mark.parametrize("kind", FORGES)
def test_the_token_does_not_follow_a_redirect(steps: Steps, kind: str) -> None:
    with serving() as other, serving(Answer(307, {"Location": other.url})) as server:
        log = steps.report(server.url, kind)

    assert other.requests == []
    assert "sends us elsewhere for the status (307); check report_url" in log


def test_what_the_forge_says_is_in_the_warning_without_secrets(steps: Steps) -> None:
    refusal = Answer(422, body=f'{{"message": "no {TOKEN}\x1b[2J {"x" * 240} {TOKEN}"}}'.encode())
    with serving(refusal) as server:
        log = steps.report(server.url, "github", report="status")

    assert 'does not take the status (422: {"message": "no ****** xxx' in log
    assert "t0k3n" not in log
    assert len(log) < 400


def test_wrong_settings_are_a_warning_when_the_work_is_done(steps: Steps) -> None:
    log = steps.report("https://git.example.com", "auto")

    assert log.startswith("warning: no report: settings.report_forge: say what git.example.com is")


@pytest.mark.parametrize(
    ("environment", "line"), [(PULL, ""), (PUSH, "warning: no report: report_token is empty\n")]
)
def test_without_a_token_only_builds_that_should_have_one_warn(
    steps: Steps, environment: dict[str, str], line: str
) -> None:
    with serving() as server:
        assert steps.report(server.url, "gitea", DONE, environment, report_token="") == line

    assert server.requests == []
