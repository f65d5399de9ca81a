"""The door to MLflow: the run that the training fills, and the model versions that it leaves."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mlflow.entities import Param, RunTag

from databricks_train.tracking.door import CLIENT_ENVIRONMENT, MissingError, MlflowDoor
from databricks_train.tracking.models import Registry
from databricks_train.tracking.opening import make_experiment, make_run
from databricks_train.tracking.tracked import Status, TrackedRun, read_run
from drone_plugin import SettingsError
from model_chain import tags

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mlflow import MlflowClient
    from mlflow.entities import FileInfo
    from pydantic import JsonValue

    from drone_plugin import Clock

__all__ = ["CLIENT_ENVIRONMENT", "Status", "Tracking"]

MOST_RUNS: Final = 200
"""Runs of one training that are looked at: the newest."""

LARGEST_ARTIFACT: Final = 1024 * 1024
"""Bytes of a JSON file that is read from a run."""


class Tracking(MlflowDoor):
    """An MLflow tracking server with its model registry.

    Whatever a training can do without is asked inside of `attempt`.
    """

    def __init__(
        self,
        uri: str,
        registry_uri: str,
        *,
        clock: Clock | None = None,
        warn: Callable[[str], None] = lambda _text: None,
        databricks_token: Callable[[], str] | None = None,
    ) -> None:
        """`registry_uri` is the tracking server's own unless that is Databricks'."""
        super().__init__(uri, registry_uri, clock=clock, warn=warn, databricks_token=databricks_token)
        self.registry = Registry(self)

    def experiment(self, name: str) -> str:
        """The id of the experiment, which is made if it is missing."""
        return self.find_experiment(name) or make_experiment(self, name)

    def find_experiment(self, name: str) -> str:
        """The id of the experiment; empty where there is none. Raises SettingsError for a deleted one."""
        with self.asking(f"experiment {name}") as client:
            found = client.get_experiment_by_name(name)
        if found is None:
            return ""
        if found.lifecycle_stage != "active":
            raise SettingsError(f"settings.experiment: {name} is deleted; restore it or name another")
        return str(found.experiment_id)

    def find_runs(self, experiment_id: str, tag: str, value: str) -> tuple[TrackedRun, ...]:
        """The runs that have this tag, newest first."""
        condition = f"tags.`{tag}` = {_quoted(value)}"
        with self.asking(f"the runs of experiment {experiment_id}") as client:
            found = client.search_runs(
                [experiment_id], condition, max_results=MOST_RUNS, order_by=["attributes.start_time DESC"]
            )
            return tuple(map(read_run, found))

    def find_run(self, experiment_id: str, tag: str, value: str) -> str:
        """The id of the newest run that has this tag, or nothing."""
        found = self.find_runs(experiment_id, tag, value)
        return found[0].run_id if found else ""

    def run(self, run_id: str) -> TrackedRun:
        """The run as it is now, a deleted one too. Raises MissingError."""
        with self.asking(f"run {run_id}") as client:
            return read_run(client.get_run(run_id))

    def start_run(
        self, experiment_id: str, name: str, run_tags: Mapping[str, str], facts: Mapping[str, str]
    ) -> str:
        """Create a run with its tags, and with `facts` as parameters, which nobody can change later."""
        run_id = make_run(self, experiment_id, name, run_tags)
        self.log_facts(run_id, facts)
        return run_id

    def log_facts(self, run_id: str, facts: Mapping[str, str]) -> None:
        """Log parameters. Raises SettingsError where one has another value already."""
        if facts:
            with self.asking(f"run {run_id}") as client:
                client.log_batch(run_id, params=[Param(key, value) for key, value in facts.items()])

    def delete_run(self, run_id: str) -> None:
        """Delete a run that stayed empty. MLflow can restore it."""
        with self.asking(f"run {run_id}") as client:
            client.delete_run(run_id)

    def tag_run(self, run_id: str, run_tags: Mapping[str, str]) -> None:
        """Set tags of a run."""
        if run_tags:
            with self.asking(f"run {run_id}") as client:
                client.log_batch(run_id, tags=[RunTag(key, value) for key, value in run_tags.items()])

    def end_run(self, run_id: str, status: Status) -> None:
        """End a run that is still open; the bootstrap in the job has mostly done so."""
        with self.asking(f"run {run_id}") as client:
            if client.get_run(run_id).info.status in {"RUNNING", "SCHEDULED"}:
                client.set_terminated(run_id, status)

    def locate(self, experiment: str, token: str) -> tuple[str, str]:
        """Experiment and id of the newest run of a submission, by the experiment's name; empty if none."""
        experiment_id = self.experiment(experiment)
        return experiment_id, self.find_run(experiment_id, tags.TOKEN, token)

    def progress(self, run_id: str) -> tuple[dict[str, str], dict[str, tuple[float, int]]]:
        """The parameters of a run, and of each metric the last value with its step."""
        with self.asking(f"run {run_id}") as client:
            data = client.get_run(run_id).data
            metrics = getattr(data, "_metric_objs", None) or ()
            return dict(data.params), {one.key: (float(one.value), int(one.step)) for one in metrics}

    def has_artifact(self, run_id: str, path: str) -> bool:
        """Whether a run keeps a file of this path."""
        with self.asking(f"artifact {path} of run {run_id}") as client:
            return _artifact(client, run_id, path) is not None

    def put_json(self, run_id: str, path: str, value: Mapping[str, JsonValue]) -> None:
        """Keep `value` as an artifact; one of this name is replaced."""
        with self.asking(f"artifact {path} of run {run_id}") as client:
            client.log_text(run_id, json.dumps(value, indent=2, sort_keys=True) + "\n", path)

    def read_artifact(self, run_id: str, path: str) -> bytes:
        """A small file of a run. Raises MissingError, and SettingsError for more than `LARGEST_ARTIFACT`."""
        what = f"artifact {path} of run {run_id}"
        with self.asking(what) as client, tempfile.TemporaryDirectory(prefix="artifact-") as scratch:
            found = _artifact(client, run_id, path)
            if found is None:
                raise MissingError(f"MLflow at {self.uri}: {what}: there is none")
            if (found.file_size or 0) > LARGEST_ARTIFACT:
                raise SettingsError(f"MLflow at {self.uri}: {what}: {found.file_size} bytes are too many")
            return Path(client.download_artifacts(run_id, path, scratch)).read_bytes()


def _artifact(client: MlflowClient, run_id: str, path: str) -> FileInfo | None:
    folder = path.rpartition("/")[0] or None
    return next((one for one in client.list_artifacts(run_id, folder) if one.path == path), None)


def _quoted(value: str) -> str:
    """A text in a condition of a search, which knows no escapes."""
    quote = next((quote for quote in "'\"" if quote not in value), "")
    if not quote:
        raise SettingsError(f"MLflow cannot search for a text with both kinds of quotes: {value[:80]}")
    return f"{quote}{value}{quote}"
