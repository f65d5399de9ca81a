"""The state of a build on Drone's Kubernetes runner, where it does not reach the environment.

All containers of the pod exist before the first step runs, so that their variables are those of the build's
start. What changes is written to annotations of the pod, which every step sees as the file `/run/drone/env`
(runner-kube `engine/compiler`, a downward API volume; its linter lets no pipeline mount anything there).
"""

from __future__ import annotations

import json
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drone_plugin.environment import Environment

FILE = Path("/run/drone/env")
STATE = frozenset(
    {
        "DRONE_BUILD_STATUS",
        "DRONE_BUILD_FINISHED",
        "DRONE_STAGE_STATUS",
        "DRONE_STAGE_FINISHED",
        "DRONE_FAILED_STEPS",
        "DRONE_FAILED_STAGES",
    }
)
"""What the runner writes. The file holds all annotations, also those of the pipeline and of the cluster: a
setting there would be one that nobody declared as such, so none is read."""


def with_state(environment: Environment, file: Path = FILE) -> Environment:
    """`environment` with the state of the build as the pod has it; that is newer, so it wins."""
    try:
        text = file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return environment
    return MappingProxyType({**environment, **dict(_state(text))})


def _state(text: str) -> Iterator[tuple[str, str]]:
    """The variables of lines such as `DRONE_BUILD_STATUS="failure"`, quoted as Go does it."""
    for line in text.splitlines():
        name, _, quoted = line.partition("=")
        if name not in STATE:
            continue
        try:
            value: object = json.loads(quoted)
        except ValueError:
            continue
        if isinstance(value, str) and value:
            yield name, value
