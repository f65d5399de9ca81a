"""What is said of each finding."""

import json

from kit.findings import finding
from secret_scan.accepted.acceptance import Comments, Listed, read_baselines
from secret_scan.accepted.baseline import BASELINE, Baseline
from secret_scan.accepted.detect_secrets_file import THEIRS, sha1
from secret_scan.accepted.judge import Accepted, Judge, exclusion
from secret_scan.values import Finding

VALUE = "dapi" + "0123456789abcdef" * 2
OTHER = "dapi" + "fedcba9876543210" * 2
ALLOWED = "{} # pragma: allowlist secret".format


def states(judge: Judge, *findings: Finding) -> list[str]:
    """The state of each."""
    return [one.state for one in judge.all(findings)]


def accepting(*findings: Finding) -> Accepted:
    """A state whose baseline has these findings."""
    baseline = Baseline()
    for one in findings:
        baseline = baseline.accept(one, "false", "an example", path="a.py")
    return Accepted(Listed((baseline,)))


def test_a_finding_is_new_known_or_suppressed() -> None:
    judge = Judge(accepting(finding(VALUE)))
    assert states(judge, finding(VALUE), finding(OTHER)) == ["known", "new"]
    assert states(judge, finding(OTHER, content=ALLOWED(OTHER))) == ["suppressed"]
    assert judge.all([finding(VALUE)])[0].note == "false: an example"


def test_what_a_pull_request_suppresses_itself_is_newly_suppressed() -> None:
    nothing = Accepted(Listed(), (Comments(lambda _path: None),))
    judge = Judge(accepting(finding(VALUE)), before=nothing)
    assert states(judge, finding(VALUE)) == ["newly suppressed"]
    assert states(judge, finding(OTHER, content=ALLOWED(OTHER))) == ["newly suppressed"]
    assert states(judge, finding(OTHER)) == ["new"]


def test_what_was_accepted_before_a_pull_request_stays_accepted() -> None:
    listed = accepting(finding(VALUE)).listed
    files = {"a.py": ALLOWED(OTHER).encode()}
    judge = Judge(Accepted(), before=Accepted(listed, (Comments(files.get),)))
    assert states(judge, finding(VALUE), finding(OTHER)) == ["known", "suppressed"]


def test_a_view_of_an_accepted_secret_is_accepted_and_a_wider_one_is_not() -> None:
    content = f'password = "{VALUE}"\n'
    inner = finding(VALUE[4:], rule="hex-high-entropy-string", content=content)
    wider = finding(f'"{VALUE}"', rule="secret-keyword", content=content)
    outer = finding(VALUE, content=content)
    inner, wider = (Finding(one.found, outer.item) for one in (inner, wider))
    assert states(Judge(accepting(outer)), inner, outer, wider) == ["known", "known", "new"]


def test_an_excluded_rule_hides_its_own_findings_only() -> None:
    judge = Judge(Accepted(), excluded=exclusion(["secret-keyword:tests/**", "jwt"]))
    assert states(
        judge,
        finding(VALUE, "tests/a.py", rule="secret-keyword"),
        finding(VALUE, "src/a.py", rule="secret-keyword"),
        finding(VALUE, "src/a.py", rule="jwt"),
        finding(VALUE, "tests/a.py"),
    ) == ["excluded", "new", "excluded", "new"]


def test_the_hashes_of_a_baseline_are_no_secrets_and_what_else_stands_in_it_is() -> None:
    text = Baseline().accept(finding(VALUE), "false", OTHER, path="a.py").text()
    made = json.loads(text)[2]["hash"]
    judge = Judge(Accepted(), baselines=frozenset({BASELINE}))
    assert states(judge, finding(made, BASELINE, content=text)) == []
    assert states(judge, finding(OTHER, BASELINE, content=text)) == ["new"]
    assert states(judge, finding(made, "a.py")) == ["new"]


def test_broken_baselines_cover_nothing_and_are_named() -> None:
    theirs = json.dumps({"results": {"a.py": [{"hashed_secret": sha1(VALUE)}]}}).encode()
    files = {BASELINE: b"{", THEIRS: theirs, "big": b" " * (17 * 2**20), "binary": b"\0\xff"}
    listed = read_baselines(files.get, [*files, "missing"])
    assert listed.says(finding(VALUE)) == "in a baseline"
    assert [warning.split(" covers")[0] for warning in listed.warnings] == [
        f"the baseline {BASELINE}",
        "the baseline big",
        "the baseline binary",
    ]
