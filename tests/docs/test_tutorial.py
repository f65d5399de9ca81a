"""The tutorial works as written, where there is nothing but the library's wheel."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from kit.paths import ROOT, SHARED

TUTORIAL = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")
PLUGIN, TEST = re.findall(r"```python\n(.*?)```", TUTORIAL, re.DOTALL)
SESSIONS = re.findall(r"```console\n\$ (.*?)\n(.*?)```", TUTORIAL, re.DOTALL)


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of a new environment that holds the wheel, and what the wheel asks for."""
    folder = tmp_path_factory.mktemp("tutorial")
    wheels = folder / "wheels"
    package = SHARED / "drone-plugin"
    build = [
        sys.executable,
        "-m",
        "build",
        "--wheel",
        "--no-isolation",
        "--outdir",
        str(wheels),
        str(package),
    ]
    subprocess.run(build, check=True, capture_output=True)
    subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], check=True)
    python = folder / "venv" / "bin" / "python"
    (wheel,) = wheels.iterdir()
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", str(wheel)]
    subprocess.run(install, check=True)
    return python


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The tutorial's two files."""
    (tmp_path / "greet.py").write_text(PLUGIN, encoding="utf-8")
    (tmp_path / "test_greet.py").write_text(TEST, encoding="utf-8")
    return tmp_path


def test_it_is_a_plugin_in_twenty_lines() -> None:
    body = PLUGIN.partition("class Greet")[2]
    assert len([line for line in body.splitlines() if line.strip()]) <= 20


@pytest.mark.parametrize(("command", "printed"), SESSIONS, ids=range(1, len(SESSIONS) + 1))
def test_a_session_prints_what_the_page_shows(python: Path, folder: Path, command: str, printed: str) -> None:
    words = shlex.split(command)
    variables = dict(word.split("=", 1) for word in words if re.match(r"[A-Z_]+=", word))
    arguments = [str(python), *words[words.index("python") + 1 :]]
    clean = {"PATH": os.environ["PATH"], "NO_COLOR": "1", **variables}
    done = subprocess.run(arguments, cwd=folder, env=clean, capture_output=True, text=True, check=False)
    assert done.stdout == printed, done.stderr
    assert done.returncode == (2 if "NAEM" in command else 1 if "nobody" in command else 0), done.stderr
