"""The report as JSON."""

import json

from drone_plugin import read_build
from kit.findings import KEY, OTHER, TOKEN, finding
from secret_scan.accepted.judge import Judged
from secret_scan.output.report_json import report_json
from secret_scan.output.result import Scanned, result

BUILD = read_build(
    {"DRONE": "true", "DRONE_REPO": "a/b", "DRONE_COMMIT_SHA": "c" * 40, "DRONE_BUILD_NUMBER": "7"}
)


def test_it_says_which_build_was_scanned_and_what_was_found() -> None:
    judged = [
        Judged(finding(TOKEN), "new"),
        Judged(finding(KEY, rule="aws-access-key"), "known", "false: made up"),
        Judged(finding(OTHER, f"keys/{OTHER}", origin="name", content=OTHER), "suppressed", "a comment"),
    ]
    text = report_json(result(judged, Scanned("all", 3, 100, "1 s", ("why",), ("x: y",)), None), BUILD)
    report = json.loads(text)

    assert (report["version"], report["repository"], report["build"]) == (1, "a/b", 7)
    assert report["scanned"] == {
        "range": "all",
        "items": 3,
        "bytes": 100,
        "notes": ["why"],
        "not_scanned": ["x: y"],
    }
    assert report["counts"] == {
        "new": 1,
        "newly_suppressed": 0,
        "known": 1,
        "suppressed": 1,
        "excluded": 0,
    }
    assert [one["state"] for one in report["findings"]] == ["new", "known", "suppressed"]
    assert not any(value[4:] in text for value in (TOKEN, KEY, OTHER))


def test_a_line_of_thousands_of_secrets_is_reported() -> None:
    values = [f"{TOKEN[:-5]}{number:05}" for number in range(3000)]
    line = " ".join(values)
    judged = [Judged(finding(value, content=line), "new") for value in values]
    report = json.loads(report_json(result(judged, Scanned("all", 1, 1, "1 s"), None), BUILD))
    assert report["counts"]["new"] == 3000
