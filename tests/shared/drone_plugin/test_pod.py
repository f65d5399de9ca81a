"""The state of a build on Kubernetes, which changes while its containers' variables do not."""

from pathlib import Path

from drone_plugin.pod import with_state

ANNOTATIONS = r"""DRONE_BUILD_FINISHED="1700000000"
DRONE_BUILD_STATUS="failure"
DRONE_FAILED_STEPS="unit \"x\",ü"
DRONE_FAILED_STAGES=""
DRONE_STAGE_STATUS=failure
PLUGIN_TOKEN="injected"
DRONE_REPO="evil/repo"
kubernetes.io/config.seen="2024-01-02T00:00:00Z"
"""


def test_the_pods_state_is_newer_than_the_environment_and_nothing_else_is_read(tmp_path: Path) -> None:
    file = tmp_path / "env"
    file.write_text(ANNOTATIONS)
    before = {"DRONE_BUILD_STATUS": "success", "DRONE_REPO": "octocat/hello", "DRONE_STAGE_STATUS": "success"}

    assert with_state(before, file) == {
        "DRONE_BUILD_STATUS": "failure",
        "DRONE_BUILD_FINISHED": "1700000000",
        "DRONE_FAILED_STEPS": 'unit "x",ü',
        "DRONE_REPO": "octocat/hello",
        "DRONE_STAGE_STATUS": "success",
    }


def test_without_such_a_file_the_environment_is_what_it_is(tmp_path: Path) -> None:
    environment = {"DRONE_BUILD_STATUS": "success"}

    assert with_state(environment, tmp_path / "none") == environment
    assert with_state(environment, tmp_path) == environment
