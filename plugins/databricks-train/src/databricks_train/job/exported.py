"""Environment variables of a job: what a cluster can export, and what the step itself sets."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SECRET_REFERENCE = re.compile(r"\{\{secrets/[^/{}\s]+/[^/{}\s]+\}\}")
_VARIABLE = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_SECRET_NAME = re.compile(
    r"(?:TOKEN|SECRET|PASSWORD|PASSWD|API_?KEY|ACCESS[_.]?KEY|SECRET[_.]KEY|ACCOUNT\.KEY(?:\..*)?)$",
    re.IGNORECASE,
)

RESERVED = frozenset(
    {
        "MLFLOW_TRACKING_URI",
        "MLFLOW_REGISTRY_URI",
        "MLFLOW_EXPERIMENT_ID",
        "MLFLOW_EXPERIMENT_NAME",
        "MLFLOW_RUN_ID",
        "MLFLOW_RUN_NAME",
        "MLFLOW_RUN_CONTEXT",
    }
)
"""Variables of the job that tie it to its MLflow run: a user's value would cut that link."""


def set_by_step(name: str) -> bool:
    """Whether the step itself sets the variable."""
    return name in RESERVED or name.startswith("DRONE_ML_")


def is_secret_name(name: str) -> bool:
    """Whether a variable of this name holds a secret, by how it sounds."""
    return bool(_SECRET_NAME.search(name))


def unexportable(name: str, value: str) -> Iterator[str]:
    """Why Databricks' `export NAME='VALUE'` would not set this variable."""
    if not _VARIABLE.fullmatch(name):
        yield "is not a valid name of a variable"
    if re.search(r"['\n\r\0]", value):
        yield "may hold neither single quotes nor line breaks: Databricks exports it in single quotes"


def exportable_json(values: Mapping[str, str]) -> str:
    """JSON that survives the single quotes of an `export`, and in which Databricks finds no reference."""
    return json.dumps(dict(values), sort_keys=True).replace("'", r"\u0027").replace("{{", r"{\u007b")
