"""An image as a step, by the `docker` program; the base image stands for a plugin that is a line of Python."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from drone_plugin.testing.image import DroneImage
from kit.engine import Engine

pytestmark = pytest.mark.container

SCRIPT = """\
import os, pathlib, signal, sys, time
signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(143))
print(os.getcwd(), sorted(os.listdir()), os.environ["PLUGIN_NAME"], repr(os.environ.get("DRONE_COMMIT_MESSAGE")), flush=True)
pathlib.Path("made").mkdir()
pathlib.Path("made/file.txt").write_text("made")
pathlib.Path(os.environ["DRONE_OUTPUT"]).write_text("DIGEST=sha256:1\\n")
if os.environ.get("PLUGIN_WAIT") == "true":
    print("waiting", flush=True)
    time.sleep(60)
print("done", file=sys.stderr)
sys.exit(3)
"""


@pytest.fixture
def plugin(engine: Engine, base_image: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An image that runs the script."""
    monkeypatch.setenv("DOCKER_HOST", engine.docker_host)
    context = tmp_path / "context"
    context.mkdir()
    (context / "step.py").write_text(SCRIPT, encoding="utf-8")
    (context / "Dockerfile").write_text(
        f'FROM {base_image}\nCOPY step.py /step.py\nENTRYPOINT ["python3", "/step.py"]\n', encoding="utf-8"
    )
    image, _ = engine.client().images.build(path=str(context), forcerm=True)
    yield str(image.id)
    engine.client().images.remove(str(image.id), force=True)


@pytest.fixture
def step(drone_image: DroneImage, tmp_path: Path) -> DroneImage:
    """Steps with a workspace of one file."""
    drone_image.workspace = tmp_path / "workspace"
    drone_image.workspace.mkdir()
    (drone_image.workspace / "input.txt").write_text("in", encoding="utf-8")
    return drone_image


def left(engine: Engine) -> list[str]:
    names = [container.name or "" for container in engine.client().containers.list(all=True)]
    return [name for name in names if name.startswith("drone-step-")]


def test_an_image_runs_as_a_step(plugin: str, step: DroneImage, engine: Engine) -> None:
    ran = step(plugin, "name: yes", message="Two\n\nlines")
    assert ran.exit_code == 3
    assert sorted(ran.lines) == ["/drone/src ['input.txt'] true 'Two\\n\\nlines'", "done"]
    assert ran.outputs == {"DIGEST": "sha256:1"}
    assert ran.files == {"input.txt": b"in", "made/file.txt": b"made"}
    assert not (step.workspace / "made").exists()
    assert left(engine) == []


@pytest.mark.parametrize(("signal", "code"), [("TERM", 143), ("KILL", 137)])
def test_an_image_can_be_killed_in_the_middle(plugin: str, step: DroneImage, signal: str, code: int) -> None:
    ran = step(plugin, {"name": "x", "wait": True}, stop_on="waiting", stop_signal=signal)
    assert ran.exit_code == code
    assert ran.lines[-1] == "waiting"
    assert ran.files["made/file.txt"] == b"made"


def test_an_image_that_hangs_is_killed_when_its_time_is_over(plugin: str, step: DroneImage) -> None:
    assert step(plugin, {"name": "x", "wait": True}, timeout=1).exit_code == 137


def test_an_image_that_is_not_there_is_an_error_that_says_so(
    plugin: str, step: DroneImage, engine: Engine
) -> None:
    with pytest.raises(subprocess.CalledProcessError) as failed:
        step(f"{plugin}0", "name: x")
    assert b"No such image" in failed.value.stderr
    assert left(engine) == []
