"""pytest's door to the test kit. pytest imports this wherever the library is, with the extra or without."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from drone_plugin.testing.step import DroneStep


@pytest.fixture
def drone_step(tmp_path: Path) -> DroneStep:
    """Runs a plugin as a Drone step in `tmp_path`; `drone_plugin.testing.step.DroneStep` says how."""
    try:
        from drone_plugin.testing.step import DroneStep  # noqa: PLC0415 - needs PyYAML, see above
    except ModuleNotFoundError as missing:
        pytest.fail(f"drone_step needs {missing.name}: pip install 'drone-plugin[testing]'", pytrace=False)
    return DroneStep(tmp_path)
