"""What `reproduce` and `verify` name: a model version by number or alias, or an MLflow run."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from databricks_train.tracking.door import MissingError
from drone_plugin import SettingsError, spell

if TYPE_CHECKING:
    from databricks_train.tracking.models import Version
    from databricks_train.tracking.server import Tracking
    from databricks_train.tracking.tracked import TrackedRun

_MODEL: Final = re.compile(
    r"models:/(?P<name>[^/:@\s][^/:@\x00-\x1f\x7f]{0,254})"
    r"(?:/(?P<version>[1-9]\d{0,8})|@(?P<alias>[A-Za-z0-9_-]{1,255}))",
    re.ASCII,
)
_RUN: Final = re.compile(r"(?:runs:/)?([0-9a-f]{32})", re.ASCII)
_FORMS: Final = "models:/name/3, models:/name@challenger, or the id of an MLflow run (32 hex digits)"


@dataclass(frozen=True)
class Target:
    """One of: a run; a model with a version; a model with an alias."""

    text: str
    run_id: str = ""
    name: str = ""
    version: str = ""
    alias: str = ""


@dataclass(frozen=True)
class Resolved:
    """The run behind a target, and the version that led to it."""

    target: Target
    run: TrackedRun
    version: Version | None = None

    def __str__(self) -> str:
        """In one line."""
        of = f" (version {self.version.model.version})" if self.version and self.target.alias else ""
        return f"{spell(self.target.text)}{of}"


def parse_target(text: str, setting: str) -> Target:
    """Read the setting. Raises SettingsError for anything but the three forms."""
    text = text.strip()
    if found := _RUN.fullmatch(text):
        return Target(text, run_id=found[1])
    if found := _MODEL.fullmatch(text):
        return Target(text, name=found["name"], version=found["version"] or "", alias=found["alias"] or "")
    raise SettingsError(f"settings.{setting}: {spell(text)[:200]} names no model version; write {_FORMS}")


def find_version(tracking: Tracking, target: Target) -> Version:
    """The version that a target names. Raises MissingError where there is none."""
    if target.version:
        return tracking.registry.version(target.name, target.version)
    found = tracking.registry.by_alias(target.name, target.alias)
    if found is None:
        raise MissingError(f"model {spell(target.name)} has no version with the alias {target.alias}")
    return found


def resolve(tracking: Tracking, target: Target) -> Resolved:
    """The run that a target leads to. Raises MissingError at the first step that leads nowhere."""
    if target.run_id:
        return Resolved(target, tracking.run(target.run_id))
    version = find_version(tracking, target)
    if not version.run_id:
        raise MissingError(f"{spell(target.text)} was registered without an MLflow run")
    return Resolved(target, tracking.run(version.run_id), version)
