"""`.secrets.baseline`, made by detect-secrets itself."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from kit.findings import finding
from secret_scan.accepted.baseline import BaselineError
from secret_scan.accepted.detect_secrets_file import parse, sha1

KEY = "AKIA" + "IOSFODNN7EXAMPL3"
GITHUB = "ghp_" + hashlib.sha256(b"github").hexdigest()[:36]


@pytest.fixture
def made(tmp_path: Path) -> str:
    """What `detect-secrets scan` writes for a folder with an AWS key and a GitHub token."""
    (tmp_path / "a.py").write_text(f'key = "{KEY}"\n')
    (tmp_path / "b.py").write_text(f'x = "{GITHUB}"\n')
    command = [sys.executable, "-m", "detect_secrets", "-c", "1", "scan", "-n", "--all-files"]
    return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout


def test_what_detect_secrets_accepted_is_accepted(made: str) -> None:
    baseline = parse(made)
    assert baseline.covers(finding(KEY, rule="aws-access-key"))
    assert not baseline.covers(finding(KEY, "c.py"))
    assert not baseline.covers(finding(KEY.replace("3", "4")))


def test_an_entry_that_would_cover_every_token_covers_none(made: str) -> None:
    """detect-secrets hashes of a GitHub token the `ghp` alone."""
    assert sha1("ghp") in made
    baseline = parse(made)
    assert not baseline.covers(finding("ghp", "b.py"))
    assert any("every token of a kind" in warning and "b.py" in warning for warning in baseline.warnings)


def test_a_baseline_loads_no_code_and_excludes_nothing(tmp_path: Path) -> None:
    text = json.dumps(
        {
            "plugins_used": [{"name": "Evil", "path": f"file://{tmp_path}/evil.py"}],
            "filters_used": [{"path": "detect_secrets.filters.regex.should_exclude_file", "pattern": [".*"]}],
            "results": {},
        }
    )
    (tmp_path / "evil.py").write_text("raise SystemExit('loaded')")
    assert "not taken over" in parse(text).warnings[0]


@pytest.mark.parametrize("text", ["", "[]", '{"results": []}', '{"results": ' + "[" * 100_000])
def test_a_broken_one_is_refused(text: str) -> None:
    with pytest.raises(BaselineError):
        parse(text)


def test_odd_entries_are_passed_over() -> None:
    text = json.dumps({"results": {"a": [{"hashed_secret": 5}, 3, {"hashed_secret": "x"}], "b": {}}})
    assert parse(text).accepted == frozenset()
