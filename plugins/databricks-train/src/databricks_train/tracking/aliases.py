"""The aliases of registered models: `champion` is what is released, `challenger` the newest candidate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from databricks_train.tracking.door import MissingError
from drone_plugin import spell
from drone_plugin.globs import matcher

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from databricks_train.tracking.models import Version
    from databricks_train.tracking.server import Tracking
    from drone_plugin import Build
    from model_chain import ModelVersion

CHAMPION: Final = "champion"
CHALLENGER: Final = "challenger"


@dataclass(frozen=True)
class Champion:
    """The version that holds the alias `champion`, with the metrics of the run that made it."""

    version: Version
    metrics: Mapping[str, float]

    def __str__(self) -> str:
        """In one line."""
        return f"{spell(self.version.model.name)} version {spell(self.version.model.version)}"


@dataclass(frozen=True)
class Search:
    """What came of looking for the champion."""

    champion: Champion | None
    answered: bool
    """False where MLflow did not tell: a gate that compares must not take that for "there is none"."""


@dataclass(frozen=True)
class Choice:
    """Whether the alias may move, and why."""

    may: bool
    why: str


def find_champion(tracking: Tracking, name: str) -> Champion | None:
    """The champion among the versions of a model, or None where none holds the alias.

    One whose run is gone has no metrics: nothing can be shown to be better than it.
    """
    version = tracking.registry.by_alias(name, CHAMPION)
    if version is None:
        return None
    try:
        metrics = tracking.run(version.run_id).metrics if version.run_id else {}
    except MissingError:
        metrics = {}
    return Champion(version, metrics)


def search_champion(tracking: Tracking, name: str) -> Search:
    """As `find_champion`, but what MLflow does not tell is a warning."""
    unknown = Search(None, answered=False)

    def find() -> Search:
        return Search(find_champion(tracking, name), answered=True)

    return tracking.attempt(f"no comparison with the champion of {spell(name)}", find, unknown)


def may_challenge(build: Build, branches: Sequence[str]) -> Choice:
    """Whether versions of this build get the alias: by default those of the repository's default branch.

    A pull request's never do, whatever event its code is built by. A tag says nothing of branches, so it
    counts only where a pattern names it as `refs/tags/…`.
    """
    if build.is_pull_request_code:
        return Choice(may=False, why=f"no alias for the code of a pull request: {CHALLENGER} stays")
    ref = f"refs/tags/{build.tag}" if build.tag else build.commit.branch
    wanted = tuple(branches) or tuple(filter(None, (build.repo.default_branch,)))
    asked = (
        ", ".join(map(spell, wanted)) if branches else f"the default branch {spell(''.join(wanted))}".strip()
    )
    if ref and wanted and matcher(wanted)(ref):
        return Choice(may=True, why=f"{spell(ref)} is of {asked}")
    return Choice(may=False, why=f"{CHALLENGER} stays: {spell(ref) or 'no branch'} is not of {asked}")


def newest(models: Iterable[ModelVersion]) -> tuple[ModelVersion, ...]:
    """Of each model the version with the highest number."""
    found: dict[str, ModelVersion] = {}
    for model in models:
        known = found.get(model.name)
        if known is None or _number(model) > _number(known):
            found[model.name] = model
    return tuple(found.values())


def _number(model: ModelVersion) -> int:
    return int(model.version) if model.version.isdecimal() else 0


def move_challenger(tracking: Tracking, models: Iterable[ModelVersion]) -> list[str]:
    """Let the alias point to the newest of the versions of each model; a line for each.

    What MLflow does not take is a warning: the training has succeeded all the same.
    """
    lines = []
    for model in newest(models):

        def move(model: ModelVersion = model) -> bool:
            tracking.registry.set_alias(model, CHALLENGER)
            return True

        if tracking.attempt(f"{CHALLENGER} of {spell(model.name)} not moved", move, otherwise=False):
            lines.append(f"{CHALLENGER} is now {spell(model.name)} version {spell(model.version)}")
    return lines
