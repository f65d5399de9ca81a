"""The model registry: which versions a run made, what they are tagged with, what an alias points to."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from databricks_train.tracking.door import MissingError
from drone_plugin import SettingsError
from model_chain import ModelVersion, tags

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from mlflow.entities.model_registry import ModelVersion as Entity

    from databricks_train.tracking.door import MlflowDoor
    from databricks_train.tracking.tracked import TrackedRun

CATALOG: Final = "databricks-uc"
"""Unity Catalog, as `mlflow_registry_uri` names it."""

MODEL_VERSIONS: Final = "mlflow.modelVersions"
"""The tag of a logged model that says under which names it was registered (MLflow 3)."""


@dataclass(frozen=True)
class Version:
    """A version of a registered model, as the registry has it."""

    model: ModelVersion
    run_id: str
    """The MLflow run that made it; empty where the registry does not know."""
    tags: Mapping[str, str]
    aliases: tuple[str, ...] = ()

    def tag(self, name: str) -> str:
        """A tag under the name that the registry takes; empty where it is not set."""
        return tags.read_tag(self.tags, name)


class Registry:
    """The registry beside a tracking server: its own, a workspace's, or Unity Catalog."""

    def __init__(self, door: MlflowDoor) -> None:
        """Asks through `door`."""
        self._door = door

    @property
    def in_catalog(self) -> bool:
        """Whether it is Unity Catalog, where names of tags are restricted and runs cannot be searched for."""
        return self._door.registry_uri.startswith(CATALOG)

    def versions_of(self, run: TrackedRun) -> tuple[ModelVersion, ...]:
        """The versions that a run made, each once, in the order of their names.

        Unity Catalog cannot be searched by run, so what the run and its logged models say counts there, each
        looked at: it must name the run as its own.
        """
        if not self.in_catalog:
            return _sorted(self._searched(run.run_id))
        named = set(_named(run.tags.get(tags.MODELS, "")))
        for model_id in run.logged_models:
            with self._door.asking(f"logged model {model_id}") as client:
                named.update(_named(str(client.get_logged_model(model_id).tags.get(MODEL_VERSIONS, ""))))
        return tuple(model for model in _sorted(named) if self._is_of(model, run.run_id))

    def version(self, name: str, version: str) -> Version:
        """A version by its number. Raises MissingError."""
        with self._door.asking(f"model {name} version {version}") as client:
            return _read(client.get_model_version(name, version))

    def by_alias(self, name: str, alias: str) -> Version | None:
        """The version that holds the alias, or none. Raises MissingError where there is no such model.

        For an alias that is not set MLflow answers 400 INVALID_PARAMETER_VALUE, as for other mistakes;
        so the model itself is asked which aliases it has.
        """
        try:
            with self._door.asking(f"model {name}@{alias}") as client:
                return _read(client.get_model_version_by_alias(name, alias))
        except SettingsError:
            if alias not in self.aliases(name):
                return None
            raise

    def aliases(self, name: str) -> dict[str, str]:
        """The aliases of a model, with the version that each points to. Searches return none of them."""
        with self._door.asking(f"model {name}") as client:
            model = client.get_registered_model(name)
            return {str(alias): str(version) for alias, version in (model.aliases or {}).items()}

    def tag(self, model: ModelVersion, chain: Mapping[str, str]) -> None:
        """Tag a version with what it came from, under names that the registry takes."""
        wanted = tags.catalog_tags(chain) if self.in_catalog else dict(chain)
        with self._door.asking(f"model {model.name} version {model.version}") as client:
            present = _read(client.get_model_version(model.name, model.version)).tags
            for key, value in wanted.items():
                if present.get(key) != value:
                    client.set_model_version_tag(model.name, model.version, key, value)

    def set_alias(self, model: ModelVersion, alias: str) -> None:
        """Let the alias point to this version, and to no other."""
        with self._door.asking(f"model {model.name}@{alias}") as client:
            client.set_registered_model_alias(model.name, alias, model.version)

    def _searched(self, run_id: str) -> Iterator[ModelVersion]:
        with self._door.asking(f"the model versions of run {run_id}") as client:
            for entity in client.search_model_versions(f"run_id = '{run_id}'"):
                yield _read(entity).model

    def _is_of(self, model: ModelVersion, run_id: str) -> bool:
        try:
            return self.version(model.name, model.version).run_id == run_id
        except MissingError:
            return False


def _read(entity: Entity) -> Version:
    return Version(
        model=ModelVersion(name=str(entity.name), version=str(entity.version)),
        run_id=str(entity.run_id or ""),
        tags={str(name): str(value) for name, value in (entity.tags or {}).items()},
        aliases=tuple(map(str, entity.aliases or ())),
    )


def _named(text: str) -> Iterator[ModelVersion]:
    """The versions in a text that anybody may have written."""
    try:
        found = json.loads(text or "[]")
    except ValueError:
        return
    for one in found if isinstance(found, list) else ():
        if isinstance(one, dict) and one.get("name") and one.get("version"):
            yield ModelVersion(name=str(one["name"]), version=str(one["version"]))


def _sorted(models: Iterable[ModelVersion]) -> tuple[ModelVersion, ...]:
    unique: Sequence[ModelVersion] = list(dict.fromkeys(models))
    return tuple(sorted(unique, key=lambda model: (model.name, model.version.zfill(9))))
