from pathlib import Path

import pytest

from kit.wheelhouse import Target, requirements_for

BOOKWORM = Target("3.11.2", "x86_64", "2.36")
LOCK = """\
# made by a tool
numpy==2.4.6 ; python_full_version < '3.12' \\
    --hash=sha256:aa \\
    --hash=sha256:bb
    # via -r example
numpy==2.5.5 ; python_full_version >= '3.12' \\
    --hash=sha256:cc
pywin32==312 ; sys_platform == 'win32' \\
    --hash=sha256:dd
requests==2.34.2 \\
    --hash=sha256:ee
"""


def test_a_target_takes_wheels_for_its_own_and_every_older_c_library() -> None:
    platforms = BOOKWORM.platforms
    assert platforms[0] == "manylinux_2_36_x86_64"
    assert {"manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64"} <= set(platforms)


@pytest.mark.parametrize(("python", "numpy"), [("3.11.2", "2.4.6"), ("3.13.0", "2.5.5")])
def test_a_lock_is_read_for_the_python_of_the_base_and_not_for_ours(
    python: str, numpy: str, tmp_path: Path
) -> None:
    lock = tmp_path / "requirements.txt"
    lock.write_text(LOCK, encoding="utf-8")
    lines = list(requirements_for(lock, Target(python, "aarch64", "2.36")))
    assert [line.split()[0] for line in lines] == [f"numpy=={numpy}", "requests==2.34.2"]
    assert lines[1] == "requests==2.34.2 --hash=sha256:ee"
