"""After the end of a run: its record, the gate, the alias, and what is told of it all."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from databricks_train import __version__
from databricks_train.chain import archive
from databricks_train.gate import judge as gate
from databricks_train.gate.comparison import compare
from databricks_train.image.resolve import still
from databricks_train.telling.record import ended as ending_of
from databricks_train.telling.record import failure, read_outputs, tell
from databricks_train.telling.report import training_report
from databricks_train.telling.table import Table
from databricks_train.tracking.aliases import Search, may_challenge, move_challenger, newest, search_champion
from drone_plugin import JobFailedError, PluginError, UnreachableError
from model_chain import TRAINING_FILE, TrainingRecord, tags, write_record, written_by

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from databricks_train.chain.archive import ArchivedRequest
    from databricks_train.connection import Connection
    from databricks_train.gate.comparison import Comparison
    from databricks_train.gate.judge import Judged
    from databricks_train.image.resolve import ResolvedImage
    from databricks_train.life.follow import Ended, Follower
    from databricks_train.settings import TrainSettings
    from databricks_train.tracking.tracked import TrackedRun
    from drone_plugin import Build, Step
    from drone_plugin.reporter import Reporter
    from model_chain import ModelVersion


@dataclass(frozen=True)
class Chain:
    """What a training is linked to; empty where the step does not know it."""

    experiment_id: str
    mlflow_run_id: str
    image: str
    """By its digest."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """For the model versions."""
    request: ArchivedRequest | None = None


@dataclass(frozen=True)
class Finish:
    """The end of a step."""

    step: Step[TrainSettings]
    connection: Connection
    follower: Follower
    ended: Ended
    chain: Chain
    reporter: Reporter
    resolved: ResolvedImage | None = None
    """The image, where the job was submitted with it."""
    former: tuple[str, Mapping[str, float]] | None = None
    """The run that is reproduced, and its metrics."""
    build: Build | None = None
    """With the commit that was trained, where that is not the step's own."""

    def run(self) -> None:
        """Record the run and tell of it. Raises what makes the step fail: the training or its gate."""
        step, succeeded = self.step, self.ended.verdict.kind == "success"
        self.connection.tracking.reopen()
        outputs = read_outputs(step, self.connection.workspace, self.ended.run)
        tracked, models = self._recorded()
        metrics = dict(tracked.metrics) if tracked else {}
        record = self._record(metrics, models)
        comparison, search = self._compared(metrics, models)
        judged = self._judged(tracked, search) if succeeded else None
        problem = self._problem(judged, tracked, search) if succeeded else None
        if succeeded and problem is None:
            self._alias(models)
        tables = self._tables(metrics, comparison, judged)
        ending = ending_of(
            step,
            self.ended.run,
            outputs,
            record,
            reason=self.follower.reason,
            tables=tables,
            problem=problem.message if problem else "",
        )
        try:
            write_record(step.workspace, TRAINING_FILE, record, mask=step.redactor)
        finally:
            tell(step, ending, self.build)
            self.reporter.report = training_report(ending, self.build or step.build)
        if not succeeded:
            raise failure(ending)
        if problem:
            raise problem
        step.log.success(self._outcome())

    def _recorded(self) -> tuple[TrackedRun | None, tuple[ModelVersion, ...]]:
        """The MLflow run, and the versions that it made, with the whole chain on them."""
        tracking, chain = self.connection.tracking, self.chain
        if not chain.mlflow_run_id:
            return None, ()
        nothing: TrackedRun | None = None
        none: tuple[ModelVersion, ...] = ()
        tracked = tracking.attempt("no metrics", lambda: tracking.run(chain.mlflow_run_id), nothing)
        if tracked is None:
            return None, ()
        models = tracking.attempt("no model versions", lambda: tracking.registry.versions_of(tracked), none)
        run_tags = tags.run_tags(self.ended.settled.databricks_run_id, self.ended.url)
        for model in models:
            self._do(f"{model.name} not linked", _tagging(self.connection, model, {**chain.tags, **run_tags}))
        if chain.request:
            self._do("the request is not archived", self._archiving(tracked, chain.request))
        return tracked, models

    def _archiving(self, tracked: TrackedRun, request: ArchivedRequest) -> Callable[[], None]:
        """Keep the request with the run where the job has not done so."""
        tracking = self.connection.tracking

        def keep() -> None:
            if not tracking.has_artifact(tracked.run_id, archive.PATH):
                tracking.put_json(tracked.run_id, archive.PATH, request.as_json())

        return keep

    def _record(self, metrics: dict[str, float], models: tuple[ModelVersion, ...]) -> TrainingRecord:
        settings, chain, ended = self.step.settings, self.chain, self.ended
        return TrainingRecord(
            writer=written_by(self.step.build, f"databricks-train {__version__}"),
            result="SUCCESS" if ended.verdict.kind == "success" else ended.run.state.result,
            image=chain.image,
            databricks_host=settings.host,
            databricks_run_id=ended.settled.databricks_run_id,
            databricks_run_url=ended.url,
            tracking_uri=settings.mlflow_tracking_uri,
            experiment_id=chain.experiment_id,
            mlflow_run_id=chain.mlflow_run_id,
            mlflow_run_url=settings.run_address(settings.host, chain.experiment_id, chain.mlflow_run_id)
            if chain.mlflow_run_id
            else "",
            metrics=metrics,
            models=models,
        )

    def _compared(
        self, metrics: Mapping[str, float], models: tuple[ModelVersion, ...]
    ) -> tuple[Comparison | None, Search]:
        """Beside the version in production, where there is one."""
        found = Search(None, answered=True)
        for model in newest(models):
            found = search_champion(self.connection.tracking, model.name)
            if found.champion or not found.answered:
                break
        if found.champion is None:
            return None, found
        names = ("candidate", str(found.champion))
        directions = self.step.settings.directions
        return compare(metrics, found.champion.metrics, names=names, higher_is_better=directions), found

    def _judged(self, tracked: TrackedRun | None, search: Search) -> Judged | None:
        thresholds = self.step.settings.thresholds
        if not thresholds or tracked is None:
            return None
        return gate.judge(thresholds, tracked.metrics, search.champion.metrics if search.champion else None)

    def _problem(
        self, judged: Judged | None, tracked: TrackedRun | None, search: Search
    ) -> PluginError | None:
        """Why a training that succeeded is not good enough."""
        if self.resolved and self.step.settings.image_reference == "tag":
            behind = still(self.step, self.resolved)
            if behind != self.resolved.digest:
                return JobFailedError(
                    f"{self.resolved.tag} led to {self.resolved.digest} before the run, and now to {behind}",
                    hint="nobody can tell which image was trained in; let nothing move the tag of a commit",
                )
        thresholds = self.step.settings.thresholds
        unknown = tracked is None or (gate.compares(thresholds) and not search.answered)
        if thresholds and unknown:
            return UnreachableError(
                "the training succeeded, but MLflow does not answer for the metrics, which the gate needs",
                hint="start the build again: it takes the same run",
            )
        try:
            if judged:
                judged.raise_if_failed()
        except PluginError as error:
            return error
        return None

    def _alias(self, models: tuple[ModelVersion, ...]) -> None:
        if not models:
            return
        if self.former:
            self.step.log.info("no alias for a reproduction: what it repeats may hold one")
            return
        choice = may_challenge(self.step.build, self.step.settings.challenger_branches)
        if not choice.may:
            self.step.log.info(choice.why)
            return
        for line in move_challenger(self.connection.tracking, models):
            self.step.log.success(line)

    def _tables(
        self, metrics: Mapping[str, float], comparison: Comparison | None, judged: Judged | None
    ) -> tuple[Table, ...]:
        tables = []
        if self.former:
            name, values = self.former
            again = compare(metrics, values, names=("reproduced", name))
            tables.append(Table("reproduced", again.columns, tuple(again.cells)))
        if comparison:
            tables.append(Table("against production", comparison.columns, tuple(comparison.cells)))
        if judged:
            tables.append(Table(judged.summary(), gate.COLUMNS, tuple(judged.rows)))
        return tuple(tables)

    def _outcome(self) -> str:
        if self.ended.settled.how == "reused":
            return "trained before, and reused; TRAIN_REPEAT=retrain trains again"
        return "trained"

    def _do(self, what: str, call: Callable[[], None]) -> None:
        self.connection.tracking.attempt(what, call, None)


def _tagging(connection: Connection, model: ModelVersion, chain: Mapping[str, str]) -> Callable[[], None]:
    return lambda: connection.tracking.registry.tag(model, chain)
