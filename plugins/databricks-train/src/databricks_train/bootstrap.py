"""What Databricks starts: runs the entry point that lies in the image, and writes the record of it.

Databricks ignores an image's CMD and ENTRYPOINT, so this file is put into the workspace and named as the
task's `python_file`. It runs with the image's own Python (3.10 or newer) and needs nothing but the standard
library; MLflow is used where the image has it. The build that started the job may be gone by the time it
ends: the record is finished here, not there. All of the record is best effort and takes a bounded time: a
training that succeeded does not fail for it.

    bootstrap.py [--variables=JSON] [--run-id=ID] [--run-url=URL] ENTRY_POINT [ARGUMENT ...]

ENTRY_POINT is a console script, `module` or `module:function`.
`--variables` sets environment variables, for compute on which a job cannot set them (an existing cluster,
serverless). It replaces what is there, but for the variables in which Databricks describes the cluster.
`--run-id` and `--run-url` tell which Databricks run this is: `{{job.run_id}}`, which Databricks fills in.

Variables that are read, beside MLflow's own for server, registry, experiment and run:
    DRONE_ML_CHAIN      JSON of tags, for the MLflow run and for each model version that it registers
    DRONE_ML_REQUEST    path of the submitted request, which becomes the artifact drone-ml/request.json
    DRONE_ML_TASK       the key of this task
    DRONE_ML_TASKS      how many tasks of this Databricks run share the MLflow run; 1 where it is missing

Without MLFLOW_RUN_ID, the MLflow server was away when the job was submitted: the run is found by the token in
the chain, or made. Of several tasks that share a run, one that fails ends it at once, and the last one that
succeeds ends it well.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.metadata
import io
import json
import os
import re
import runpy
import shutil
import signal
import sys
import tempfile
import threading
import time
import traceback
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, TextIO, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from mlflow import MlflowClient

    Handler = Callable[[int, FrameType | None], None] | signal.Handlers

T = TypeVar("T")

LOG_NAME = "output.log"
LARGEST_LOG = 50 * 1024 * 1024
LARGEST_REQUEST = 10 * 1024 * 1024
PROCESS = os.getpid()

OPENING_SECONDS = 15.0
CLOSING_SECONDS = 30.0
UPLOAD_SECONDS = 120.0
"""How long the record may take before the training, after it, and for the log: then it is left as it is."""
LATE = "drone-ml, too late"
"""The name of a thread that nobody waits for any more: what it would write belongs to the past."""

QUICK = {
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "5",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
    "MLFLOW_DATABRICKS_ENDPOINT_HTTP_RETRY_TIMEOUT": "10",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "1",
}
"""MLflow's client while the record is written. With its own defaults a server that is away costs minutes."""

CLUSTER_VARIABLES = ("DATABRICKS_", "DB_", "SPARK_", "PYSPARK_")
IDENTITY_TAG = "drone_ml.token"
FACTS = (
    "drone_ml.commit",
    "drone_ml.image_digest",
    "drone_ml.repository",
    "drone_ml.step",
    "drone_ml.databricks_host",
    "drone_ml.run_key",
    "drone_ml.identity",
    "drone_ml.attempt",
    "drone_ml.token",
    "drone_ml.request_sha256",
    "drone_ml.reproduces",
    "drone_ml.databricks_run_id",
)
"""Tags of the chain that are parameters, too: nobody can change those later."""
PREFIX = "drone_ml."
MODELS_TAG = "drone_ml.models"
MODEL_VERSIONS = "mlflow.modelVersions"
"""The tag of a logged model that says under which names it was registered (MLflow 3)."""
RUN_ID_TAG = "drone_ml.databricks_run_id"
RUN_URL_TAGS = ("drone_ml.databricks_run_url", "mlflow.databricks.runURL")
TASK_TAG = "drone_ml.task."
SERVER_ERROR = 500
TOO_MANY = 429
LOOKS = 3
"""How often model versions are looked for: the registry may show them a moment late."""


class Killed(BaseException):
    """SIGTERM: the run is being cancelled."""


class Copy:
    """The file that becomes an artifact: takes so many characters and no more, and none once it is closed."""

    def __init__(self, path: str) -> None:
        self.file = open(path, "w", encoding="utf-8", errors="backslashreplace")  # noqa: PTH123, SIM115 - closed by main
        self.left = LARGEST_LOG

    def write(self, text: str) -> None:
        """Keep `text` while there is room."""
        if self.left > 0 and not self.file.closed:
            self.file.write(text)
            self.left -= len(text)


class Tee(io.TextIOBase):
    """Writes to the stream that Databricks reads, and to the copy.

    It outlives the training in whatever took hold of it there, a handler of `logging` for one.
    """

    def __init__(self, stream: TextIO, copy: Copy) -> None:
        self.stream = stream
        self.copy = copy

    @property
    def encoding(self) -> str:  # type: ignore[override]  # the base's is no property
        """The stream's."""
        return getattr(self.stream, "encoding", None) or "utf-8"

    @property
    def buffer(self) -> BinaryIO:
        """The stream's: what is written there is not kept."""
        return self.stream.buffer

    def writable(self) -> bool:
        """It is."""
        return True

    def isatty(self) -> bool:
        """As the stream."""
        return self.stream.isatty()

    def fileno(self) -> int:
        """The stream's: subprocesses of the training write there."""
        return self.stream.fileno()

    def write(self, text: str) -> int:
        """Write to both; what somebody has seen is in the copy, whatever ends the training then."""
        self.copy.write(text)
        self.stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Show what was written."""
        self.stream.flush()


def run_entry_point(name: str, arguments: list[str]) -> None:
    """Run it as its own command line would: the arguments are in `sys.argv`, a script returns its exit code.

    What a `module:function` returns is one only if it is a number; others return a model or its metrics.
    """
    sys.argv = [name, *arguments]
    module, _, function = name.partition(":")
    for script in importlib.metadata.entry_points(group="console_scripts"):
        if script.name == name:
            sys.exit(script.load()())
    if not function:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
        return
    result = getattr(importlib.import_module(module), function)()
    if isinstance(result, int) and not isinstance(result, bool):
        sys.exit(result)


def attempt(name: str, arguments: list[str]) -> tuple[str, BaseException | None]:
    """Run the entry point; return MLflow's status for how it ended, and what to raise."""
    try:
        run_entry_point(name, arguments)
    except SystemExit as error:
        # Databricks takes every SystemExit for a failure, also the one of a main() that ended well.
        code = error.code
    except (Killed, KeyboardInterrupt) as error:
        return "KILLED", error
    except BaseException as error:  # noqa: BLE001 - whatever ends the training is its outcome
        return "FAILED", error
    else:
        code = None
    if code is None or (isinstance(code, int) and code == 0):
        return "FINISHED", None
    return "FAILED", RuntimeError(f"{name} ended with exit code {code}")


class Job(NamedTuple):
    """What the plugin passed on, as it was before the training could change it."""

    run_id: str
    uri: str | None
    registry: str | None
    experiment_id: str
    experiment: str
    run_name: str
    chain: dict[str, str]
    request: str
    task: str
    tasks: int


class AwayError(Exception):
    """MLflow does not answer: no use in asking it for anything else."""


def read_options(words: list[str]) -> tuple[dict[str, str], list[str]]:
    """What stands before the entry point, and the rest. A reference that was not filled in is no value."""
    options: dict[str, str] = {}
    for at, word in enumerate(words):
        if not word.startswith("--"):
            return options, words[at:]
        name, _, value = word[2:].partition("=")
        if name == "variables" or "{{" not in value:
            options[name] = value
    return options, []


def set_variables(text: str) -> None:
    """Set environment variables. Without those that it needs, a training would train something else."""
    variables = json.loads(text)
    if not isinstance(variables, dict):
        raise TypeError("--variables is no JSON object")
    for name, value in variables.items():
        if name in os.environ and name.startswith(CLUSTER_VARIABLES):
            say(f"{name} is Databricks' own, and stays as it is")
        else:
            os.environ[name] = str(value)


def read_job(options: dict[str, str]) -> Job:
    """What the variables and options say of the record."""
    given = os.environ.get
    chain = read_chain(given("DRONE_ML_CHAIN", ""))
    if options.get("run-id", "").isdigit():
        chain[RUN_ID_TAG] = options["run-id"]
    if options.get("run-url", "").startswith(("https://", "http://")):
        chain.update(dict.fromkeys(RUN_URL_TAGS, options["run-url"]))
    tasks = given("DRONE_ML_TASKS", "")
    return Job(
        run_id=given("MLFLOW_RUN_ID", ""),
        uri=given("MLFLOW_TRACKING_URI"),
        registry=given("MLFLOW_REGISTRY_URI"),
        experiment_id=given("MLFLOW_EXPERIMENT_ID", ""),
        experiment=given("MLFLOW_EXPERIMENT_NAME", ""),
        run_name=given("MLFLOW_RUN_NAME", ""),
        chain=chain,
        request=given("DRONE_ML_REQUEST", ""),
        task=re.sub(r"[^\w-]", "_", given("DRONE_ML_TASK", "")),
        tasks=int(tasks) if tasks.isdigit() else 1,
    )


def read_chain(text: str) -> dict[str, str]:
    """The tags; none where they cannot be read."""
    try:
        return {str(name): str(value) for name, value in json.loads(text or "{}").items()}
    except (ValueError, AttributeError):
        say("DRONE_ML_CHAIN is no JSON object, so it is not written")
        return {}


def connect(job: Job) -> MlflowClient | None:
    """The client for the record, if this job has one and the image has MLflow."""
    if not job.run_id and not job.uri:
        return None
    try:
        from mlflow import MlflowClient  # noqa: PLC0415 - the image may come without MLflow

        return MlflowClient(job.uri, job.registry)
    except ImportError:
        say("no MLflow in this image, so the MLflow run is left to the plugin")
    except Exception as error:  # noqa: BLE001 - a broken MLflow is the training's affair
        say(f"MLflow cannot be used here: {reason(error)}")
    return None


def open_run(client: MlflowClient, job: Job) -> str:
    """Make sure that there is a run, that it is open, and that it says what it is a run of; return its id."""
    run_id = job.run_id or found_or_made(client, job)
    if run_id:
        run = attempted("the MLflow run", client.get_run, run_id)
        if run and run.info.status != "RUNNING":  # an earlier attempt at this task has ended it
            attempted("the status", client.update_run, run_id, "RUNNING")
        attempted("the tags", tag_run, client, run_id, job.chain)
        attempted("the parameters", log_facts, client, run_id, job.chain)
        if job.request:
            attempted("the request", archive, client, run_id, job.request)
    return run_id


def found_or_made(client: MlflowClient, job: Job) -> str:
    """The id of the run for a job that came without one, if it is known which experiment that belongs to."""
    experiment_id = job.experiment_id
    if not experiment_id and job.experiment:
        found = attempted("the experiment", client.get_experiment_by_name, job.experiment)
        experiment_id = (
            found.experiment_id
            if found
            else attempted("the experiment", client.create_experiment, job.experiment) or ""
        )
    if not experiment_id:
        return ""
    return oldest(client, job, experiment_id) or created(client, job, experiment_id)


def oldest(client: MlflowClient, job: Job, experiment_id: str) -> str:
    """The oldest run with the token of this job: another task, or the training itself, may have made it."""
    token = job.chain.get(IDENTITY_TAG, "")
    if not token.isalnum():
        return ""
    having, order = f"tags.`{IDENTITY_TAG}` = '{token}'", ["attributes.start_time ASC"]
    runs = attempted(
        "the MLflow run",
        lambda: client.search_runs([experiment_id], having, max_results=1, order_by=order),
    )
    return str(runs[0].info.run_id) if runs else ""


def created(client: MlflowClient, job: Job, experiment_id: str) -> str:
    """A new run. Of two that tasks made at once, the older stays."""
    name = job.run_name or None
    made = attempted("the MLflow run", client.create_run, experiment_id, None, job.chain, name)
    if made is None:
        return ""
    run_id = str(made.info.run_id)
    first = oldest(client, job, experiment_id)
    if first not in {"", run_id}:
        attempted("the second MLflow run", client.delete_run, run_id)
        run_id = first
    say(f"the job came without an MLflow run; it is {run_id}")
    return run_id


def tag_run(client: MlflowClient, run_id: str, tags: dict[str, str]) -> None:
    """Set all tags at once."""
    from mlflow.entities import RunTag  # noqa: PLC0415 - as above

    client.log_batch(run_id, tags=[RunTag(name, value) for name, value in tags.items()])


def log_facts(client: MlflowClient, run_id: str, tags: dict[str, str]) -> None:
    """Log the facts: again, where the plugin has, which MLflow takes for the same values only."""
    from mlflow.entities import Param  # noqa: PLC0415 - as above

    client.log_batch(run_id, params=[Param(name, tags[name]) for name in FACTS if name in tags])


def archive(client: MlflowClient, run_id: str, path: str) -> None:
    """Keep the request with the run, so that it can be made again."""
    size = os.stat(path).st_size  # noqa: PTH116 - nothing more is needed
    if size > LARGEST_REQUEST:
        raise ValueError(f"{path} has {size} bytes")
    with tempfile.TemporaryDirectory() as folder:
        copy = os.path.join(folder, "request.json")  # noqa: PTH118 - as above
        shutil.copyfile(path, copy)
        client.log_artifact(run_id, copy, "drone-ml")


def close_run(client: MlflowClient, job: Job, run_id: str, status: str) -> str:
    """Set the run's status, also where the training has set one, and tag its models; return its id."""
    run_id = run_id or found_or_made(client, job)
    if not run_id:
        return ""
    if job.tasks > 1:
        status = attempted("the other tasks", together, client, job, run_id, status) or status
    step = client.update_run if status == "RUNNING" else client.set_terminated
    attempted("the status", step, run_id, status)
    models = registered(client, job, run_id)
    if models:
        named = [{"name": name, "version": version} for name, version in models]
        attempted("the models", client.set_tag, run_id, MODELS_TAG, json.dumps(named))
    for name, version in models:
        for tag, value in version_tags(job).items():
            attempted(f"{tag} of {name}", client.set_model_version_tag, name, version, tag, value)
    return run_id


def together(client: MlflowClient, job: Job, run_id: str, status: str) -> str:
    """The status of a run that several tasks share: each leaves its own in a tag before it reads them all."""
    client.set_tag(run_id, TASK_TAG + job.task, status)
    tags = client.get_run(run_id).data.tags
    ended = [value for name, value in tags.items() if name.startswith(TASK_TAG)]
    for bad in ("FAILED", "KILLED"):
        if bad in ended:
            return bad
    return "FINISHED" if len(ended) >= job.tasks else "RUNNING"


def registered(client: MlflowClient, job: Job, run_id: str) -> list[tuple[str, str]]:
    """Names and versions of the models of the run, looked for a few times where it has logged one."""
    for look in range(LOOKS):
        time.sleep(1 if look else 0)
        run = attempted("the MLflow run", client.get_run, run_id)
        outputs = getattr(getattr(run, "outputs", None), "model_outputs", None) or ()
        if in_unity(job) and outputs:
            found = {one for output in outputs for one in told(client, output.model_id)}
        else:
            having = f"run_id = '{run_id}'"
            versions = attempted("the models", client.search_model_versions, having) or ()
            found = {(one.name, str(one.version)) for one in versions}
        if found or not (outputs or (run and "mlflow.log-model.history" in run.data.tags)):
            return sorted(found)
    return []


def told(client: MlflowClient, model: str) -> list[tuple[str, str]]:
    """What a logged model says of where it is registered: Unity Catalog cannot be searched by run."""

    def read() -> list[tuple[str, str]]:
        text = client.get_logged_model(model).tags.get(MODEL_VERSIONS) or "[]"
        return [(str(one["name"]), str(one["version"])) for one in json.loads(text)]

    return attempted("the models", read) or []


def in_unity(job: Job) -> bool:
    """Whether models are registered in Unity Catalog."""
    return (job.registry or job.uri or "").startswith("databricks-uc")


def version_tags(job: Job) -> dict[str, str]:
    """The chain as tags of a model version. Unity Catalog is particular about names and lengths."""
    if not in_unity(job):
        return job.chain
    return {
        re.sub(r"[^0-9A-Za-z_]", "_", name): value.strip()[:1000]
        for name, value in job.chain.items()
        if name.startswith(PREFIX) and value.strip()
    }


def attempted(what: str, step: Callable[..., T], *given: object) -> T | None:
    """The result of a step; None, and a line, where it fails. Raises AwayError when nobody answers."""
    if threading.current_thread().name == LATE:
        raise AwayError("no time is left")
    try:
        return step(*given)
    except Exception as error:  # noqa: BLE001 - the training's outcome counts, and each step by itself
        code = getattr(error, "get_http_status_code", lambda: 0)()
        if code == TOO_MANY or code >= SERVER_ERROR:
            raise AwayError(f"MLflow does not answer: {reason(error)}") from None
        say(f"{what} could not be recorded: {reason(error)}")
        return None


def within(seconds: float, step: Callable[[], T]) -> T | None:
    """The result of `step`, if it has one in time; else it is left to end by itself."""
    results: list[T] = []
    done = threading.Event()  # join() would take a thread for dead once a signal has interrupted it

    def work() -> None:
        try:
            results.append(step())
        except Exception as error:  # noqa: BLE001 - as above
            if thread.name != LATE:
                say(f"the record is left to the plugin, because {reason(error)}")
        finally:
            done.set()

    thread = threading.Thread(target=work, name="drone-ml", daemon=True)
    try:
        thread.start()
        done.wait(seconds)
    finally:  # also when the training is cancelled meanwhile, or while the thread is being started
        if not done.is_set():
            thread.name = LATE
    if thread.name == LATE:
        say(f"MLflow took more than {seconds:.0f} s, so the record is left to the plugin")
    return results[0] if results else None


@contextlib.contextmanager
def quick() -> Iterator[None]:
    """MLflow's client gives up soon, while the block runs; sooner still, where the job has said so."""
    before = {name: os.environ.get(name) for name in QUICK}
    for name, value in QUICK.items():
        given = before[name] or ""
        os.environ[name] = given if given.isdigit() and int(given) < int(value) else value
    try:
        yield
    finally:
        for name, former in before.items():
            if former is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = former


def opened(client: MlflowClient | None, job: Job) -> str:
    """The id of the MLflow run, which the training finds in its environment; empty while there is none."""
    if client is None:
        return job.run_id
    with quick():
        run_id = within(OPENING_SECONDS, lambda: open_run(client, job)) or job.run_id
    if run_id:
        os.environ["MLFLOW_RUN_ID"] = run_id
    else:  # an empty one would be taken for a run's id
        os.environ.pop("MLFLOW_RUN_ID", None)
    return run_id


def closed(client: MlflowClient | None, job: Job, run_id: str, status: str, log: str) -> None:
    """Close the MLflow run and keep what was printed with it."""
    if client is None:
        return
    with quick():
        try:
            from mlflow import end_run  # noqa: PLC0415 - as above

            end_run(status)  # in this thread, which started it: else it ends as FINISHED when Python exits
        except Exception as error:  # noqa: BLE001 - as above
            say(f"the training's own run could not be ended: {reason(error)}")
        run_id = within(CLOSING_SECONDS, lambda: close_run(client, job, run_id, status)) or ""
        if run_id:
            folder = "logs" if job.tasks == 1 else f"logs/{job.task}"
            within(UPLOAD_SECONDS, lambda: attempted("the log", client.log_artifact, run_id, log, folder))


def say(text: str) -> None:
    """A line of this file's own, if somebody still listens."""
    with contextlib.suppress(OSError, ValueError):
        print(f"bootstrap: {text}")


def reason(error: Exception) -> str:
    """An error in one line: what the system said, where it is about a connection."""
    text = str(error).strip() or type(error).__name__
    said: list[str] = re.findall(r"\[Errno -?\d+\] ([^'\"()\n]+)", text)
    return (said or text.splitlines()[:1])[-1][:300]


def main() -> None:
    """Run, close, and fail as the training failed."""
    options, words = read_options(sys.argv[1:])
    set_variables(options.get("variables") or "{}")
    name, *arguments = words
    job = read_job(options)
    path = os.path.join(tempfile.mkdtemp(prefix="drone-ml-"), LOG_NAME)  # noqa: PTH118 - nothing more is needed
    on_sigterm(kill)
    client, run_id = None, job.run_id
    copy = Copy(path)
    out, err = sys.stdout, sys.stderr
    try:
        client = connect(job)
        run_id = opened(client, job)
        sys.stdout, sys.stderr = Tee(out, copy), Tee(err, copy)
        status, error = attempt(name, arguments)
    except (Killed, KeyboardInterrupt) as killed:  # before the training began
        status, error = "KILLED", killed
    finally:
        on_sigterm(signal.SIG_IGN)  # too late to stop the training, and the record must not be torn
        sys.stdout, sys.stderr = out, err
    if error is not None:
        copy.file.write("".join(traceback.format_exception(type(error), error, error.__traceback__)))
    copy.file.close()
    closed(client, job, run_id, status, path)
    if error is not None:
        raise error


def on_sigterm(handler: Handler) -> None:
    """Set the handler where that is possible: outside of the main thread Python refuses."""
    with contextlib.suppress(ValueError):
        signal.signal(signal.SIGTERM, handler)


def kill(number: int, _frame: FrameType | None) -> None:
    """End the training so that its record can still be closed; a process that it forked just ends."""
    if os.getpid() != PROCESS:
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    raise Killed("cancelled")


if __name__ == "__main__":
    main()
