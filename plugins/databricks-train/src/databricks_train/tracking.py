"""The door to MLflow: the run that the training fills, and the model versions that it leaves."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from databricks_train.reason import reason
from drone_plugin import RefusedError, SettingsError, UnreachableError
from model_chain import ModelVersion, tags

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mlflow.entities import Run

Status = Literal["FINISHED", "FAILED", "KILLED"]

CLIENT_ENVIRONMENT = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "15",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
}
"""MLflow's own defaults wait more than four minutes for a server that is not there."""

_REFUSED = frozenset({401, 403})
_TOO_MANY = 429
_SERVER_ERROR = 500


class Tracking:
    """An MLflow tracking server with its model registry."""

    def __init__(self, uri: str, registry_uri: str) -> None:
        """Contacts nobody yet. `registry_uri` is the tracking server's own unless it is Databricks."""
        logging.getLogger("mlflow").setLevel(logging.ERROR)
        self._client = MlflowClient(uri, registry_uri)
        self._uri = uri

    def experiment(self, name: str) -> str:
        """The id of the experiment, which is made if it is missing."""
        with self._in_our_words(f"experiment {name}"):
            found = self._client.get_experiment_by_name(name)
            if found is None:
                return str(self._client.create_experiment(name))
            if found.lifecycle_stage != "active":
                raise SettingsError(f"settings.experiment: {name} is deleted; restore it or name another")
            return str(found.experiment_id)

    def find_run(self, experiment_id: str, tag: str, value: str) -> str:
        """The id of the newest run that has this tag, or nothing."""
        with self._in_our_words(f"the runs of experiment {experiment_id}"):
            found = self._client.search_runs([experiment_id], f"tags.`{tag}` = '{value}'", max_results=1)
            return str(found[0].info.run_id) if found else ""

    def start_run(
        self, experiment_id: str, name: str, run_tags: Mapping[str, str], facts: Mapping[str, str]
    ) -> str:
        """Create a run with its tags, and with `facts` as parameters, which nobody can change later."""
        with self._in_our_words("a new run"):
            run = self._client.create_run(experiment_id, tags=dict(run_tags), run_name=name)
            run_id = str(run.info.run_id)
            for key, value in facts.items():
                self._client.log_param(run_id, key, value)
            return run_id

    def tag_run(self, run_id: str, run_tags: Mapping[str, str]) -> None:
        """Set tags of a run."""
        with self._in_our_words(f"run {run_id}"):
            for key, value in run_tags.items():
                self._client.set_tag(run_id, key, value)

    def end_run(self, run_id: str, status: Status) -> None:
        """End a run that is still open; the bootstrap in the job has mostly done so."""
        with self._in_our_words(f"run {run_id}"):
            if self._client.get_run(run_id).info.status in {"RUNNING", "SCHEDULED"}:
                self._client.set_terminated(run_id, status)

    def metrics(self, run_id: str) -> dict[str, float]:
        """The last value of each metric of the run."""
        with self._in_our_words(f"run {run_id}"):
            run: Run = self._client.get_run(run_id)
            return {str(key): float(value) for key, value in run.data.metrics.items()}

    def models(self, run_id: str) -> tuple[ModelVersion, ...]:
        """The registered model versions that the run made."""
        with self._in_our_words(f"the model versions of run {run_id}"):
            found = self._client.search_model_versions(f"run_id = '{run_id}'")
            return tuple(ModelVersion(name=str(model.name), version=str(model.version)) for model in found)

    def tag_model(self, model: ModelVersion, model_tags: Mapping[str, str]) -> None:
        """Set tags of a model version: what it came from stays with it."""
        with self._in_our_words(f"model {model.name} version {model.version}"):
            for key, value in model_tags.items():
                self._client.set_model_version_tag(model.name, model.version, key, value)

    @contextmanager
    def _in_our_words(self, what: str) -> Iterator[None]:
        try:
            yield
        except MlflowException as error:
            message = f"MLflow at {self._uri}: {what}: {reason(error)}"
            # A request that got no answer counts as 500, too.
            status = int(error.get_http_status_code())  # type: ignore[no-untyped-call] # mlflow's own
            if status == _TOO_MANY or status >= _SERVER_ERROR:
                raise UnreachableError(message) from None
            if status in _REFUSED:
                raise RefusedError(
                    message, hint="check the tracking settings, and what their user may do"
                ) from None
            raise SettingsError(message) from None


def chain_facts(run_tags: Mapping[str, str]) -> dict[str, str]:
    """Those of the tags that are logged as parameters, too."""
    return {name: run_tags[name] for name in tags.PARAMETERS if name in run_tags}
