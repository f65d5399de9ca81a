"""Step outputs: where a platform has them (`DRONE_OUTPUT`, set by Harness alone), facts go there too."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drone_plugin.environment import Environment


def write_outputs(environment: Environment, values: Mapping[str, str]) -> None:
    """Append `NAME=value` lines to the file that `DRONE_OUTPUT` names; nothing where it is not set.

    A value of several lines is written as `__B64__` and base64, which the reader of that file decodes
    (lite-engine `pipeline/runtime/common.go`).
    """
    target = environment.get("DRONE_OUTPUT")
    if not target:
        return
    with Path(target).open("a", encoding="utf-8") as file:
        file.writelines(f"{name}={_one_line(value)}\n" for name, value in values.items())


def _one_line(value: str) -> str:
    return f"__B64__{base64.b64encode(value.encode()).decode()}" if "\n" in value else value
