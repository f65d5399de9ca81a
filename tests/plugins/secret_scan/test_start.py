"""What a start costs: the hook runs at every commit, and takes in no more than it needs."""

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("pydantic", "requests", "hyperscan", "multiprocessing.connection", "email", "ssl")
"""Each takes ten milliseconds or more, and is for something that a hook has not to do."""


def imported(code: str, *, folder: Path) -> set[str]:
    """The heavy modules that a program has taken in by its end."""
    code += f"\nimport sys; print(*({{*sys.modules}} & {set(HEAVY)!r}), file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True
    )
    return set(done.stderr.split())


def test_the_hook_takes_in_nothing_that_is_heavy(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("print('hello')\n")
    code = "from secret_scan.hook import main; assert main(['--work-tree', 'a.py']) == 0"
    assert imported(code, folder=tmp_path) == set()


def test_detect_secrets_is_taken_in_without_what_it_could_send_with(tmp_path: Path) -> None:
    code = "import secret_scan.detectors.offline"
    assert "requests" not in imported(code, folder=tmp_path)


@pytest.mark.parametrize("first", ["requests", "secret_scan.detectors"])
def test_who_needs_requests_has_the_real_one_all_the_same(first: str, tmp_path: Path) -> None:
    code = f"import {first}; import secret_scan.detectors, requests; requests.Session()"
    assert "requests" in imported(code, folder=tmp_path)
