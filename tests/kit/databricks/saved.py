"""The endpoints for saved jobs: jobs/create, get and run-now."""

from collections.abc import Callable
from dataclasses import dataclass

from kit.databricks.book import RunBook
from kit.databricks.call import Call, Endpoint
from kit.databricks.errors import invalid_parameter
from kit.databricks.jobs import Driver
from kit.databricks.rules import Rules, check_token
from kit.databricks.runs import TERMINAL, TOO_MANY, Origin, Run
from kit.databricks.spec import Cluster, JobSettings, RunNow, Submission, Task, parse, raw_tasks
from kit.databricks.values import JsonObject, milliseconds


@dataclass(frozen=True)
class SavedJob:
    """A job as it was created."""

    job_id: int
    creator: str
    created: float
    settings: JobSettings
    sent: JsonObject

    def tasks(self) -> list[Task]:
        """The tasks, each with the cluster that it shares with others."""
        shared = {cluster.job_cluster_key: cluster.new_cluster for cluster in self.settings.job_clusters}
        return [_on(task, shared.get(task.job_cluster_key)) for task in self.settings.tasks]


class SavedJobs:
    """The saved jobs of a workspace."""

    def __init__(self, book: RunBook, rules: Rules, driver: Callable[[Run], Driver]) -> None:
        self._book = book
        self._rules = rules
        self._driver = driver
        self._jobs: dict[int, SavedJob] = {}

    def endpoints(self) -> dict[tuple[str, str], Endpoint]:
        """By method and path without the version."""
        return {
            ("POST", "/jobs/create"): self.create,
            ("GET", "/jobs/get"): self.get,
            ("POST", "/jobs/run-now"): self.run_now,
        }

    def create(self, call: Call) -> JsonObject:
        """Save a job."""
        body = call.body()
        settings = parse(JobSettings, body)
        self._rules.check(settings, raw_tasks(body), settings.job_clusters)
        with self._book.change() as now:
            job = SavedJob(self._book.new_id(), call.user, now, settings, body)
            self._jobs[job.job_id] = job
        return {"job_id": job.job_id}

    def get(self, call: Call) -> JsonObject:
        """A job with its settings as they were sent."""
        job = self._job(call.number("job_id"))
        return {
            "job_id": job.job_id,
            "creator_user_name": job.creator,
            "run_as_user_name": job.creator,
            "created_time": milliseconds(job.created),
            "settings": {"max_concurrent_runs": 1, "format": "MULTI_TASK", **job.sent},
        }

    def run_now(self, call: Call) -> JsonObject:
        """Run a job, or find the run that the token started."""
        asked = parse(RunNow, call.body())
        check_token(asked.idempotency_token)
        job = self._job(asked.job_id)
        with self._book.change():
            run = self._book.by_token(asked.idempotency_token)
            if run is None:
                run = self._start(job, asked, call.user)
            return {"run_id": run.run_id, "number_in_job": run.run_id}

    def _start(self, job: SavedJob, asked: RunNow, user: str) -> Run:
        active = [
            run for run in self._book.newest_first() if run.job_id == job.job_id and run.state not in TERMINAL
        ]
        submission = Submission(
            run_name=job.settings.name,
            tasks=job.tasks(),
            timeout_seconds=job.settings.timeout_seconds,
            idempotency_token=asked.idempotency_token,
        )
        run = self._book.add(submission, raw_tasks(job.sent), user, job.job_id)
        run.origin = _origin(job, asked)
        queue = asked.queue or job.settings.queue
        if len(active) >= job.settings.max_concurrent_runs and not (queue and queue.enabled):
            run.skipped = TOO_MANY
            run.attempts.clear()
        else:  # a run that would be queued begins at once here: nothing waits for anything
            self._driver(run).start(run)
        return run

    def _job(self, job_id: int) -> SavedJob:
        if job_id not in self._jobs:
            raise invalid_parameter(f"Job {job_id} does not exist.")
        return self._jobs[job_id]


def _on(task: Task, cluster: Cluster | None) -> Task:
    return task.model_copy(update={"new_cluster": cluster}) if cluster else task


def _origin(job: SavedJob, asked: RunNow) -> Origin:
    clusters = job.sent.get("job_clusters")
    defaults = {parameter.name: parameter.default for parameter in job.settings.parameters}
    parameters: list[JsonObject] = [
        {
            "name": name,
            "value": asked.job_parameters.get(name, defaults.get(name, "")),
            **({"default": defaults[name]} if name in defaults else {}),
        }
        for name in {**defaults, **asked.job_parameters}
    ]
    return Origin(
        run_type="JOB_RUN",
        description=job.settings.description,
        job_clusters=[one for one in clusters if isinstance(one, dict)] if isinstance(clusters, list) else [],
        parameters=parameters,
    )
