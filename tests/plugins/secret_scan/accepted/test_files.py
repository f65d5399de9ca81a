"""Baselines in a workspace that may be hostile."""

import os
from pathlib import Path

import pytest

from drone_plugin import SettingsError
from kit.findings import TOKEN, finding
from secret_scan.accepted.baseline import BASELINE, Baseline
from secret_scan.accepted.files import read_accepted

ACCEPTED = Baseline().accept(finding(TOKEN), "false", "", path="a.py")


def test_the_baseline_of_the_workspace_is_read(tmp_path: Path) -> None:
    (tmp_path / BASELINE).write_text(ACCEPTED.text())
    assert read_accepted(tmp_path, [BASELINE]).says(finding(TOKEN)) == "false"


def test_none_accepts_nothing_and_is_no_problem(tmp_path: Path) -> None:
    listed = read_accepted(tmp_path, [BASELINE])
    assert listed.says(finding(TOKEN)) == ""
    assert listed.warnings == ()


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / BASELINE)
    assert read_accepted(tmp_path, [BASELINE]).ours == ()


def test_a_link_out_of_the_workspace_is_refused(tmp_path: Path) -> None:
    (tmp_path / "outside.json").write_text(ACCEPTED.text())
    (tmp_path / "w").mkdir()
    (tmp_path / "w" / BASELINE).symlink_to(tmp_path / "outside.json")
    with pytest.raises(SettingsError, match="leads out of the workspace"):
        read_accepted(tmp_path / "w", [BASELINE])


def test_an_enormous_one_is_not_taken_into_memory(tmp_path: Path) -> None:
    with (tmp_path / BASELINE).open("wb") as file:
        file.truncate(2 << 30)
    (warning,) = read_accepted(tmp_path, [BASELINE]).warnings
    assert "larger than 16 MiB" in warning


def test_a_name_that_steers_a_terminal_is_spelled(tmp_path: Path) -> None:
    (tmp_path / "a\x1b[2J.json").write_text("{")
    (warning,) = read_accepted(tmp_path, ["a\x1b[2J.json"]).warnings
    assert warning.isprintable()
