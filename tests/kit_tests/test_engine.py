import os
import subprocess
import sys
from pathlib import Path

import pytest

from kit import dockerd
from kit.engine import Engine, find_engine
from kit.errors import KitError
from kit.paths import ROOT


@pytest.mark.container
def test_an_engine_that_does_not_answer_is_passed_over(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    found = find_engine()
    assert found is not None
    assert found.client().version()["ApiVersion"] == engine.client().version()["ApiVersion"]


@pytest.mark.container
def test_the_command_prints_what_to_export(engine: Engine) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "kit", "engine", "start"],
        env=os.environ | {"PYTHONPATH": str(ROOT / "tests"), "DOCKER_HOST": engine.docker_host},
        check=True,
        capture_output=True,
        text=True,
    )
    assert f"export DOCKER_HOST={engine.docker_host}" in done.stdout


def test_an_engine_over_tcp_has_no_socket_to_mount() -> None:
    with pytest.raises(KitError, match="unset DOCKER_HOST"):
        _ = Engine("tcp://docker:2375").socket


def test_what_a_killed_daemon_left_does_not_keep_the_next_one_from_starting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dockerd, "PID_FILE", tmp_path / "docker.pid")
    monkeypatch.setattr(dockerd, "CONTAINERD_PID", tmp_path / "containerd.pid")
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        for name in ("docker.pid", "containerd.pid"):
            (tmp_path / name).write_text(str(other.pid), encoding="ascii")
        dockerd._forget_killed()
        other.kill()
    assert list(tmp_path.iterdir()) == []
