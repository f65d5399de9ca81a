"""The step in this process: what it says, writes and ends with."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from drone_plugin.testing import build
from drone_plugin.testing.goformat import Value
from drone_plugin.testing.outcome import StepOutcome
from drone_plugin.testing.spec import BuildSpec, RepoSpec
from kit.drone.fixtures import GitRepository
from kit.findings import KEY, TOKEN, finding
from secret_scan.accepted.baseline import BASELINE, Baseline
from secret_scan.plugin import PLUGIN

NOWHERE = RepoSpec(host="127.0.0.1")

RunScan = Callable[..., StepOutcome]


@pytest.fixture
def run_scan(drone_step: Callable[..., StepOutcome], git_repository: GitRepository) -> RunScan:
    """Run the step on the repository as a build of its last commit."""

    def run(settings: dict[str, Value] | None = None, made: BuildSpec | None = None) -> StepOutcome:
        head = git_repository.git("rev-parse", "HEAD")
        made = made or build.push(head, "m")
        return drone_step(
            PLUGIN, settings or {}, build=replace(made, repo=NOWHERE), workspace=git_repository.path
        )

    return run


def pull_request(repository: GitRepository) -> BuildSpec:
    """A pull request of the commits behind main, as the clone step leaves it."""
    main = repository.git("rev-parse", "main")
    head = repository.git("rev-parse", "HEAD")
    repository.git("update-ref", "refs/remotes/origin/main", main)
    return build.pull_request(1, head, title="m", before=main)


def test_a_new_secret_fails_the_step_and_is_shown_in_a_block(
    run_scan: RunScan, git_repository: GitRepository
) -> None:
    git_repository.commit("a", {"src/train.py": f'\nclient = Client(token="{TOKEN}")\n', "b.py": "1\n"})

    ran = run_scan({"log_level": "error"})

    assert ran.exit_code == 3
    head = git_repository.git("rev-parse", "HEAD")
    assert ran.lines[0].startswith(f"Databricks Token  src/train.py:2:24  (commit {head[:8]}, ")
    assert ran.lines[1] == '    client = Client(token="dapi******")'
    assert "error: 1 new secret in " in ran.log
    assert TOKEN[4:] not in ran.raw_log


def test_a_clean_commit_passes_and_says_what_was_scanned(
    run_scan: RunScan, git_repository: GitRepository
) -> None:
    git_repository.commit("a", {"a.py": "print()\n"})
    ran = run_scan()
    assert ran.exit_code == 0
    assert "the whole history of main, 1 commit" in ran.log
    assert "found    0 new" in ran.log


def test_a_secret_in_a_message_is_named_by_its_commit_and_never_shown(
    run_scan: RunScan, git_repository: GitRepository
) -> None:
    head = git_repository.commit(f"Use {KEY} here", {"a.py": "1\n"})
    ran = run_scan(made=build.push(head, f"Use {KEY} here"))
    assert ran.exit_code == 3
    assert "commit message:1:5" in ran.log
    assert KEY[4:] not in ran.raw_log
    assert all(KEY[4:] not in content.decode() for content in ran.files.values() if b"origin" in content)


def test_the_baseline_makes_a_finding_known(run_scan: RunScan, git_repository: GitRepository) -> None:
    text = f'token = "{TOKEN}"\n'
    baseline = Baseline().accept(finding(TOKEN, content=text), "false", "made up", path="a.py")
    git_repository.commit("a", {"a.py": text, BASELINE: baseline.text()})
    ran = run_scan()
    assert ran.exit_code == 0, ran.log
    assert "0 new, 1 known (1 Databricks Token)" in ran.log


def test_a_comment_added_later_speaks_for_the_versions_before_it(
    run_scan: RunScan, git_repository: GitRepository
) -> None:
    git_repository.commit("a", {"a.py": f'x = "{TOKEN}"\n'})
    git_repository.commit("b", {"a.py": f'\nx = "{TOKEN}"  # pragma: allowlist secret\n'})
    ran = run_scan()
    assert ran.exit_code == 0, ran.log
    assert "0 new, 1 suppressed" in ran.log


@pytest.mark.parametrize(("fail_on", "code"), [("new", 0), ("suppressed", 3)])
def test_what_a_pull_request_suppresses_is_listed_and_may_be_refused(
    run_scan: RunScan, git_repository: GitRepository, fail_on: str, code: int
) -> None:
    git_repository.commit("a", {"a.py": f'old = "{KEY}"  # gitleaks:allow\n'})
    git_repository.git("checkout", "-q", "-b", "feature")
    git_repository.commit(
        "b", {"a.py": f'old = "{KEY}"  # gitleaks:allow\nnew = "{TOKEN}"  # pragma: allowlist secret\n'}
    )

    ran = run_scan({"fail_on": fail_on}, pull_request(git_repository))

    assert ran.exit_code == code, ran.log
    assert "newly suppressed: a.py:2:8  Databricks Token" in ran.log
    assert "1 newly suppressed (1 Databricks Token), 1 suppressed (1 AWS Access Key)" in ran.log


def test_a_pull_request_is_judged_by_its_base_whatever_is_scanned(
    run_scan: RunScan, git_repository: GitRepository
) -> None:
    git_repository.commit("a", {"a.py": f'old = "{KEY}"  # gitleaks:allow\n'})
    git_repository.git("checkout", "-q", "-b", "feature")
    git_repository.commit("b", {"b.py": f'new = "{TOKEN}"  # pragma: allowlist secret\n'})
    ran = run_scan({"scan": "tree"}, pull_request(git_repository))
    assert ran.exit_code == 0, ran.log
    assert "1 newly suppressed (1 Databricks Token), 1 suppressed (1 AWS Access Key)" in ran.log


def test_rules_can_be_excluded_by_path(run_scan: RunScan, git_repository: GitRepository) -> None:
    git_repository.commit("a", {"docs/a.md": f"{TOKEN}\n", "src/a.md": f"{TOKEN}\n"})
    ran = run_scan({"exclude_rules": ["databricks-token:docs/**"]})
    assert ran.exit_code == 3
    assert "1 new (1 Databricks Token), 1 excluded" in ran.log


def test_a_detector_of_the_settings_finds_its_tokens(
    run_scan: RunScan, git_repository: GitRepository
) -> None:
    git_repository.commit("a", {"a.md": "see acme_7f3d9b2c\n"})
    asked = [{"name": "acme-token", "regex": "acme_[0-9a-f]{8}", "keywords": ["acme_"]}]
    ran = run_scan({"detectors": asked})
    assert ran.exit_code == 3, ran.log
    assert "acme-token  a.md:1:5" in ran.log


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"detectors": [{"name": "x", "regex": "(a+)+b"}]}, "very long"),
        ({"detectors": [{"name": "x", "regex": "ab"}, {"name": "x", "regex": "cd"}]}, "two detectors"),
        ({"exclude_rules": ["databricks-tokens"]}, 'there is no rule "databricks-tokens"'),
    ],
)
def test_what_is_no_detector_or_rule_is_refused(
    run_scan: RunScan, git_repository: GitRepository, asked: dict[str, Value], said: str
) -> None:
    git_repository.commit("a", {"a.md": "nothing\n"})
    ran = run_scan(asked)
    assert ran.exit_code == 2, ran.log
    assert said in ran.log


def test_a_comment_in_a_cell_allows_its_secret(run_scan: RunScan, git_repository: GitRepository) -> None:
    source = [
        f'a = "{TOKEN}"  # pragma: allowlist secret\n',
        "# pragma: allowlist nextline secret\n",
        f'k = "{KEY}"',
    ]
    notebook = {
        "cells": [{"cell_type": "code", "source": source, "outputs": [], "metadata": {}}],
        "metadata": {},
    }
    git_repository.commit("a", {"a.ipynb": json.dumps(notebook | {"nbformat": 4, "nbformat_minor": 5})})
    ran = run_scan()
    assert ran.exit_code == 0, ran.log
    assert "0 new, 2 suppressed" in ran.log


def test_reports_are_written_beside_the_hand_over_files(
    run_scan: RunScan, git_repository: GitRepository
) -> None:
    git_repository.commit("a", {"a.py": f'x = "{TOKEN}"\n'})
    ran = run_scan()
    report = json.loads(ran.files[".drone-ml/secret-scan.json"])
    assert report["counts"]["new"] == 1
    assert report["findings"][0]["path"] == "a.py"
    sarif = json.loads(ran.files[".drone-ml/secret-scan.sarif"])
    assert sarif["runs"][0]["results"][0]["ruleId"] == "databricks-token"
    assert TOKEN[4:] not in str(report) + str(sarif)


def test_a_report_that_was_asked_for_and_cannot_be_written_fails_the_step(
    run_scan: RunScan, git_repository: GitRepository
) -> None:
    git_repository.commit("a", {"a.py": "1\n", "taken": "1\n"})
    ran = run_scan({"sarif_file": "taken/report.sarif"})
    assert ran.exit_code == 1
    assert "the report taken/report.sarif cannot be written" in ran.log


def test_no_repository_is_no_clean_one(drone_step: Callable[..., StepOutcome], tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("1\n")
    ran = drone_step(PLUGIN, {}, build=build.push("c" * 40, "m"))
    assert ran.exit_code not in {0, 3}
    assert "no clone of a repository" in ran.log
    assert drone_step(PLUGIN, {"scan": "tree"}, build=build.push("c" * 40, "m")).exit_code == 0


@pytest.mark.parametrize("rule", ["Big Rule", "jwt:/etc", "jwt:../x", "*"])
def test_what_is_no_rule_is_refused(run_scan: RunScan, git_repository: GitRepository, rule: str) -> None:
    git_repository.commit("a")
    ran = run_scan({"exclude_rules": [rule]})
    assert ran.exit_code == 2
    assert "settings.exclude_rules" in ran.log
