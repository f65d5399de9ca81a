"""Step outputs: where a platform has them (`DRONE_OUTPUT`, set by Harness alone), facts go there too."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drone_plugin.environment import Environment

_ENCODED = "__B64__"
_PLAIN = re.compile(r"[\w.:/@,+-]*", re.ASCII)


def write_outputs(environment: Environment, values: Mapping[str, str]) -> None:
    """Append `NAME=value` lines to the file that `DRONE_OUTPUT` names; nothing where it is not set.

    A value that is not plain is written as `__B64__` and base64, which the reader of that file decodes
    (lite-engine `pipeline/runtime/common.go`): to a reader of such files `#`, `$`, quotes, backslashes and
    outer spaces mean something.
    """
    target = environment.get("DRONE_OUTPUT")
    if not target:
        return
    with Path(target).open("a", encoding="utf-8") as file:
        file.writelines(f"{name}={_one_line(value)}\n" for name, value in values.items())


def _one_line(value: str) -> str:
    if _PLAIN.fullmatch(value) and not value.startswith(_ENCODED):
        return value
    return f"{_ENCODED}{base64.b64encode(value.encode()).decode()}"
