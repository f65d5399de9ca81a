"""The process of the step."""

import subprocess
import sys

import pytest

NOTHING_TO_DO = {
    "DRONE": "true",
    "DRONE_BUILD_EVENT": "push",
    "DRONE_COMMIT_MESSAGE": "fix typo",
    "PLUGIN_HOST": "https://x.invalid",
}
AT_THE_END = (
    "import atexit, gc; from databricks_train.__main__ import main;"
    "atexit.register(lambda: print('frozen' if gc.get_freeze_count() > len(gc.get_objects()) else 'not frozen'));"
    "main()"
)


@pytest.mark.parametrize(("variables", "code"), [({}, 0), ({"PLUGIN_EVENTS": "pusch"}, 2)])
def test_it_ends_without_looking_through_all_that_it_has_loaded(variables: dict[str, str], code: int) -> None:
    ended = subprocess.run(
        [sys.executable, "-I", "-c", AT_THE_END],
        env=NOTHING_TO_DO | variables,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert ended.returncode == code, ended.stdout
    assert ended.stdout.splitlines()[-1] == "frozen"
