"""The public types mean the same to both type checkers."""

import json
import re
import subprocess
import sys
from pathlib import Path

from kit.paths import ROOT

API, WRONG = Path(__file__).with_name("api.py"), Path(__file__).with_name("wrong.py")
EXPECTED = {
    number for number, line in enumerate(WRONG.read_text().splitlines(), 1) if line.endswith("# expect")
}


def mypy(file: Path) -> set[int]:
    """The lines that mypy refuses."""
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--no-error-summary", str(file)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert not done.stderr, done.stderr
    return {int(line) for line in re.findall(rf"{file.name}:(\d+): error", done.stdout)}


def pyright(file: Path) -> set[int]:
    """The lines that pyright's strict mode refuses."""
    command = [str(Path(sys.executable).with_name("basedpyright")), "--outputjson", str(file)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    found = json.loads(done.stdout)["generalDiagnostics"]
    return {error["range"]["start"]["line"] + 1 for error in found if error["severity"] == "error"}


def test_mypy_takes_the_api_as_it_is_meant() -> None:
    assert mypy(API) == set()


def test_pyright_takes_the_api_as_it_is_meant() -> None:
    assert pyright(API) == set()


def test_mypy_refuses_what_is_wrong() -> None:
    assert mypy(WRONG) == EXPECTED


def test_pyright_refuses_what_is_wrong() -> None:
    assert pyright(WRONG) == EXPECTED
