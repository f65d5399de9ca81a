"""The conformance cases of settings: YAML, and the variables that each runner makes of it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from drone_plugin.testing.encode import Dialect, encode
from drone_plugin.testing.errors import DroneError, PipelineError, YamlParseError

DIALECTS: tuple[Dialect, ...] = ("drone", "kube", "woodpecker")
SECRETS = {"token": "s3cr3t", "multi": "l1\nl2"}

Expected: TypeAlias = Mapping[str, str] | type[DroneError]

_WORDS: Mapping[str, Expected] = {
    "ABSENT": {},
    "YAML-PARSE-ERROR": YamlParseError,
    "PIPELINE-ERROR": PipelineError,
}


@dataclass(frozen=True)
class Vector:
    """One case: the settings, the commit message that may be pasted into them, and what comes of it."""

    id: str
    yaml: str
    message: str
    expected: Mapping[Dialect, Expected]

    def encode(self, dialect: Dialect) -> dict[str, str]:
        """Run the case, with the secrets and substitutions that all cases share."""
        substitutions = {"DRONE_BRANCH": "main", "DRONE_COMMIT_MESSAGE": self.message}
        return encode(self.yaml, dialect, secrets=SECRETS, substitutions=substitutions)


def vectors() -> tuple[Vector, ...]:
    """All cases, in the order of the file."""
    path = Path(__file__).parent / "data" / "vectors.json"
    return tuple(
        Vector(
            id=record["id"],
            yaml=record["yaml"],
            message=record.get("message", ""),
            expected={name: _expected(record[name]) for name in DIALECTS if name in record},
        )
        for record in json.loads(path.read_text())["vectors"]
    )


def _expected(recorded: str | Mapping[str, str]) -> Expected:
    return _WORDS[recorded] if isinstance(recorded, str) else recorded
