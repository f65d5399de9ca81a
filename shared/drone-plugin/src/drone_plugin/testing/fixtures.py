"""pytest's door to the test kit. pytest imports this wherever the library is, with the extra or without."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from drone_plugin.testing.image import DroneImage
    from drone_plugin.testing.step import DroneStep


@pytest.fixture
def drone_step(tmp_path: Path) -> DroneStep:
    """Runs a plugin as a Drone step in `tmp_path`; `drone_plugin.testing.step.DroneStep` says how."""
    with _extra("drone_step"):
        from drone_plugin.testing.step import DroneStep  # noqa: PLC0415 - needs PyYAML, see above
    return DroneStep(tmp_path)


@pytest.fixture
def drone_image(tmp_path: Path) -> DroneImage:
    """Runs an image as a step on a copy of `tmp_path`; `drone_plugin.testing.image.DroneImage` says how."""
    with _extra("drone_image"):
        from drone_plugin.testing.image import DroneImage  # noqa: PLC0415 - as above
    return DroneImage(tmp_path)


@contextlib.contextmanager
def _extra(fixture: str) -> Iterator[None]:
    try:
        yield
    except ModuleNotFoundError as missing:
        pytest.fail(f"{fixture} needs {missing.name}: pip install 'drone-plugin[testing]'", pytrace=False)
