"""What can be imported from the package itself, and what that costs."""

import pkgutil
import re
import subprocess
import sys

import pytest

import drone_plugin
from kit.paths import ROOT

README = (ROOT / "shared" / "drone-plugin" / "README.md").read_text(encoding="utf-8")
NAMES = sorted({*drone_plugin.__all__, "Session", "session"})
NO_REQUESTS = "import sys; sys.modules['requests'] = None\n"


def output_of(program: str) -> list[str]:
    """What a program prints in an interpreter of its own."""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return done.stdout.split("\n")


@pytest.mark.parametrize("name", NAMES)
def test_every_public_name_is_there_and_listed(name: str) -> None:
    assert getattr(drone_plugin, name) is not None
    assert name in dir(drone_plugin)


def test_a_name_that_there_is_none_of_is_an_error() -> None:
    with pytest.raises(AttributeError, match="module 'drone_plugin' has no attribute 'nonsense'"):
        drone_plugin.nonsense  # type: ignore[attr-defined]  # noqa: B018 - reading it is the test


def test_every_type_of_the_settings_reference_comes_from_the_package() -> None:
    rows = re.findall(r"^\| (.*?) \| `drone_plugin` \|", README, re.MULTILINE)
    names = {name for row in rows for name in re.findall(r"`(\w+)`", row)}

    assert {"Size", "Glob", "Url", "ImageTag", "WorkspacePath"} <= names <= set(NAMES)


def test_no_public_name_is_that_of_a_module_which_would_hide_it() -> None:
    modules = {module.name for module in pkgutil.iter_modules(drone_plugin.__path__)}

    assert not modules & set(NAMES)


def test_importing_the_package_imports_no_module_of_it_and_nothing_but_the_standard_library() -> None:
    program = (
        "import sys; before = {*sys.modules}; import drone_plugin; new = {*sys.modules} - before\n"
        "print(*sorted(n for n in new if n.partition('.')[0] not in sys.stdlib_module_names))"
    )

    assert output_of(program)[0] == "drone_plugin"


def test_the_doors_are_imported_when_they_are_opened() -> None:
    program = (
        "import sys, drone_plugin\n"
        "doors = {'ssl', 'subprocess', 'socket', 'requests', 'drone_plugin.git'}\n"
        "import pydantic_core\n"
        "print(sorted(doors & {*sys.modules}))\n"
        "drone_plugin.open_git\n"
        "print(sorted(doors & {*sys.modules}))"
    )
    before, after, *_ = output_of(program)

    assert not {"ssl", "subprocess", "requests", "drone_plugin.git"} & set(re.findall(r"[\w.]+", before))
    assert "'drone_plugin.git', " in after


def test_without_the_extra_a_star_takes_all_the_rest_and_the_error_says_what_to_install() -> None:
    program = (
        f"{NO_REQUESTS}from drone_plugin import *\nprint(reporting.__name__)\n"
        "import drone_plugin\ntry: drone_plugin.session\nexcept ImportError as error: print(error)"
    )

    assert output_of(program)[:2] == [
        "reporting",
        "drone_plugin.session needs requests: pip install 'drone-plugin[http]'",
    ]
