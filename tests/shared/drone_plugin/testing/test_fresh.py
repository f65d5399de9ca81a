"""The test kit as an author of plugins gets it: from the wheel, among nothing but what its extra asks for."""

import re
import subprocess
import sys
import venv
import zipfile
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from kit.paths import SHARED

PACKAGE = SHARED / "drone-plugin"
BLOCKS = re.findall(r"```python\n(.*?)```", (PACKAGE / "README.md").read_text(encoding="utf-8"), re.DOTALL)
(PLUGIN,) = (block for block in BLOCKS if "class Greet(" in block)
(TEST,) = (block for block in BLOCKS if "drone_step" in block)


def closure(name: str, extras: set[str], seen: set[str]) -> Iterator[Distribution]:
    """What has to be installed for a distribution, itself left out."""
    for line in distribution(name).requires or ():
        need = Requirement(line)
        wanted = not need.marker or any(need.marker.evaluate({"extra": extra}) for extra in extras | {""})
        if wanted and need.name.lower() not in seen:
            seen.add(need.name.lower())
            yield distribution(need.name)
            yield from closure(need.name, need.extras, seen)


def fresh_python(folder: Path, wheel: Path, extras: set[str]) -> Path:
    """The interpreter of a new environment that holds the wheel and, of those here, what it asks for."""
    venv.create(folder)
    (packages,) = folder.glob("lib/python*/site-packages")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(packages)
    for needed in closure("drone-plugin", extras, set()):
        tops = {file.parts[0] for file in needed.files or ()} - {"..", "__pycache__"}
        for top in tops:
            (packages / top).symlink_to(str(needed.locate_file(top)))
    return folder / "bin" / "python"


def output_of(python: Path, *arguments: str, folder: Path) -> str:
    """What a program says, whether it succeeds or not."""
    done = subprocess.run(
        [str(python), *arguments],
        cwd=folder,
        env={"NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library's wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [
        *(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir"),
        str(folder),
        str(PACKAGE),
    ]
    subprocess.run(command, check=True, capture_output=True)
    (made,) = folder.glob("*.whl")
    return made


@pytest.fixture
def author(tmp_path: Path) -> Path:
    """The folder of an author: the plugin and the test of the library's page."""
    folder = tmp_path / "author"
    folder.mkdir()
    (folder / "greet.py").write_text(PLUGIN, encoding="utf-8")
    (folder / "test_greet.py").write_text(TEST, encoding="utf-8")
    return folder


def test_the_page_s_example_passes_as_written(wheel: Path, author: Path, tmp_path: Path) -> None:
    python = fresh_python(tmp_path / "venv", wheel, {"testing"})
    said = output_of(python, "-m", "pytest", "-W", "error", folder=author)
    assert "6 passed" in said, said
    assert "plugins: drone-plugin" in said


def test_without_the_extra_the_fixture_says_what_to_install(
    wheel: Path, author: Path, tmp_path: Path
) -> None:
    python = fresh_python(tmp_path / "venv", wheel, {"testing"})
    (yaml,) = tmp_path.glob("venv/lib/python*/site-packages/yaml")
    yaml.unlink()
    said = output_of(python, "-m", "pytest", folder=author)
    assert "drone_step needs yaml: pip install 'drone-plugin[testing]'" in said
    assert "6 errors" in said


def test_the_library_needs_nothing_of_the_test_kit(wheel: Path, tmp_path: Path) -> None:
    python = fresh_python(tmp_path / "venv", wheel, set())
    script = (
        "import sys, drone_plugin.docs; print(*(n for n in sys.modules if 'drone_plugin.testing' in n), 'ok')"
    )
    assert output_of(python, "-c", script, folder=tmp_path) == "ok\n"
    assert "No module named pytest" in output_of(python, "-m", "pytest", folder=tmp_path)


def test_the_wheel_holds_the_cases_of_the_contract(wheel: Path, tmp_path: Path) -> None:
    python = fresh_python(tmp_path / "venv", wheel, {"testing"})
    script = "from drone_plugin.testing.vectors import vectors; print(len(vectors()))"
    assert int(output_of(python, "-c", script, folder=tmp_path)) > 50
