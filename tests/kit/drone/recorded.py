"""Environments of plugin steps as real servers and runners made them."""

import json
from collections.abc import Mapping
from pathlib import Path

_DATA = Path(__file__).parent / "data"


def recorded_environments(scm: str) -> Mapping[str, dict[str, str]]:
    """Drone's, by the name of the case; `scm` is `github` or `gogs`, or empty for those of `drone exec`."""
    records = json.loads((_DATA / "drone-environments.json").read_text())["environments"]
    return {record["id"]: record["env"] for record in records if record["scm"] == (scm or None)}
