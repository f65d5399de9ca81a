"""Every package builds as a wheel that says what it is, from its own folder, without a network."""

import subprocess
import sys
import zipfile
from email.message import Message
from email.parser import Parser
from typing import TYPE_CHECKING

import pytest

from kit.paths import PLUGINS, SHARED

if TYPE_CHECKING:
    from pathlib import Path

PACKAGES = sorted(path.parent for folder in (SHARED, PLUGINS) for path in folder.glob("*/pyproject.toml"))


@pytest.fixture(scope="module", params=PACKAGES, ids=lambda package: package.name)
def wheel(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    package: Path = request.param
    made = tmp_path_factory.mktemp(package.name)
    command = [
        sys.executable,
        "-m",
        "build",
        "--wheel",
        "--no-isolation",
        "--outdir",
        str(made),
        str(package),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return zipfile.ZipFile(next(made.glob("*.whl")))


def metadata(wheel: zipfile.ZipFile) -> Message:
    name = next(name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    return Parser().parsestr(wheel.read(name).decode())


def test_a_wheel_holds_the_licence_and_the_mark_of_typed_code(wheel: zipfile.ZipFile) -> None:
    names = wheel.namelist()
    assert any(name.endswith("/licenses/LICENSE") for name in names)
    assert any(name.endswith("/py.typed") for name in names)


def test_a_wheel_says_what_it_is_and_which_python_it_needs(wheel: zipfile.ZipFile) -> None:
    described = metadata(wheel)
    assert described["Summary"]
    assert described["Requires-Python"] == ">=3.11"
    assert described["License-Expression"] == "Apache-2.0"
    assert "```" in str(described.get_payload()), "the README is the page of the package"


def test_no_plugin_needs_another_plugin(wheel: zipfile.ZipFile) -> None:
    needs = {need.split(">")[0].strip() for need in metadata(wheel).get_all("Requires-Dist", [])}
    assert not needs & {package.name for package in PACKAGES if package.parent == PLUGINS}
