from contextlib import suppress
from pathlib import Path

import pytest

from kit.engine import Engine
from kit.second_engine import second_engine

pytestmark = pytest.mark.container


def test_it_is_newer_than_the_first_and_keeps_its_images_in_containerd(
    engine: Engine, containerd_engine: Engine
) -> None:
    client = containerd_engine.client()

    assert client.version()["Version"].startswith("26.1")
    assert ["driver-type", "io.containerd.snapshotter.v1"] in client.info()["DriverStatus"]
    assert client.info()["ID"] != engine.client().info()["ID"]


def test_nothing_of_it_outlives_its_block() -> None:
    with second_engine() as running:
        folder = Path(running.socket).parent
        before = _processes(folder)

    assert len(before) >= 2
    assert not _processes(folder)
    assert not folder.exists()


def _processes(folder: Path) -> set[str]:
    """The commands of the processes that have been started with a file of `folder`."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # it may be gone by now
            found.add(path.read_text("utf-8", "replace"))
    return {command for command in found if str(folder) in command}
