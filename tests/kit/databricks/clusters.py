"""Runs that really run: a thread per run, a container per attempt, one task after the other."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Thread, Timer

from docker.models.containers import Container

from kit.databricks.book import RunBook
from kit.databricks.brake import Brake
from kit.databricks.containers import Containers, output_from, start
from kit.databricks.files import Files
from kit.databricks.launch import LaunchError, Secrets, plan
from kit.databricks.order import in_order, verdict
from kit.databricks.runs import CANCELED, FAILED, SUCCESS, TIMED_OUT, Ending, Output, Run, TaskRun
from kit.databricks.spec import Cluster

LONGEST_RUN = 86400  # seconds; the client's own patience is for calls that answer at once


class Clusters:
    """Drives runs on containers.

    `grace` is how many seconds a container has between SIGTERM and SIGKILL; 0 kills it at once.
    """

    def __init__(
        self,
        *,
        book: RunBook,
        files: Files,
        containers: Containers,
        secrets: Secrets,
        existing: Mapping[str, Cluster],
        host: str,
        grace: int,
        on_bug: Callable[[Exception], None],
    ) -> None:
        self._book = book
        self._files = files
        self._containers = containers
        self._secrets = secrets
        self._existing = existing
        self._host = host
        self._grace = grace
        self._on_bug = on_bug
        self._brakes: dict[int, Brake] = {}
        self._threads: list[Thread] = []

    def knows(self, run: Run) -> bool:
        """Whether this run has a thread."""
        return run.run_id in self._brakes

    def start(self, run: Run) -> None:
        """Begin in the background."""
        self._brakes[run.run_id] = Brake()
        self._in_background(lambda: self._run(run))

    def resume(self, run: Run) -> None:
        """Go on in the background with what a repair has added."""
        self.start(run)

    def look(self, run: Run) -> None:
        """Nothing to do: time passes by itself."""

    def refresh(self, run: Run) -> None:
        """Nothing to do, as in `look`."""

    def stop(self, run: Run, ending: Ending) -> None:
        """Show that it is terminating, and stop it in the background: at once where the cluster is lost."""
        _terminating(run.attempts, self._book.clock.now())
        grace = 0 if ending.cluster else self._grace
        self._in_background(lambda: self._brakes[run.run_id].pull(ending, grace))

    def close(self) -> None:
        """Kill what still runs, and wait until nothing is left of it."""
        for brake in list(self._brakes.values()):
            brake.pull(CANCELED, 0)
        while self._threads:
            self._threads.pop().join()
        self._containers.remove_all()

    def _run(self, run: Run) -> None:
        limit = run.submission.timeout_seconds
        timer = Timer(limit, self._time_out, (run, None))
        if limit:
            timer.start()
        try:
            for attempt in in_order(run):
                if attempt.ending is None:
                    self._task(run, attempt)
        except Exception as bug:  # noqa: BLE001 - a bug of this server: the client must not wait forever for it
            self._on_bug(bug)
            broken = Ending("FAILED", f"Bug of the stand-in: {bug!r}", "INTERNAL_ERROR", "INTERNAL_ERROR")
            with self._book.change() as now:
                for attempt in run.attempts:
                    attempt.end(broken, Output(), now)
        finally:
            timer.cancel()

    def _task(self, run: Run, first: TaskRun) -> None:
        attempt: TaskRun | None = first
        while attempt:
            with self._book.change() as now:
                spoiled = self._brakes[run.run_id].run or verdict(run, attempt)
                if spoiled:
                    attempt.end(spoiled, Output(), now)
                    return
                attempt.enter("PENDING", now)
            ending, output = self._attempt(run, attempt)
            with self._book.change() as now:  # in one change: a run with a retry to come has not ended
                attempt.end(ending, output, now)
                again = attempt.may_retry and self._brakes[run.run_id].run is None
                attempt = self._book.again(run, attempt) if again else None

    def _attempt(self, run: Run, attempt: TaskRun) -> tuple[Ending, Output]:
        self._brakes[run.run_id].release()
        limit = attempt.task.timeout_seconds
        timer = Timer(limit, self._time_out, (run, attempt))
        if limit:
            timer.start()
        try:
            return self._execute(run, attempt)
        finally:
            timer.cancel()

    def _execute(self, run: Run, attempt: TaskRun) -> tuple[Ending, Output]:
        brake = self._brakes[run.run_id]
        try:
            with self._machine(run, attempt) as container:
                if not start(container, brake, attempt.cluster_id):
                    return brake.ending or CANCELED, Output()
                with self._book.change() as now:
                    attempt.enter("RUNNING", now)
                code = int(container.wait(timeout=LONGEST_RUN)["StatusCode"])
                output = output_from(container, code)
                with self._book.change() as now:
                    attempt.enter("TERMINATING", now)
        except LaunchError as error:
            return brake.ending or error.ending, Output()
        if brake.ending:
            return brake.ending, Output(output.logs, output.logs_truncated)
        return (FAILED if code else SUCCESS), output

    @contextmanager
    def _machine(self, run: Run, attempt: TaskRun) -> Iterator[Container]:
        launch = plan(run, attempt, self._host, self._secrets, self._files.get, existing=self._existing)
        container = self._containers.create(launch, self._files.mounted(), attempt.cluster_id)
        try:
            yield container
        finally:
            container.remove(v=True, force=True)

    def _time_out(self, run: Run, attempt: TaskRun | None) -> None:
        """Stop one attempt; the whole run without one."""
        with self._book.change() as now:
            _terminating([attempt] if attempt else run.attempts, now)
        self._brakes[run.run_id].pull(TIMED_OUT, self._grace, whole_run=attempt is None)

    def _in_background(self, work: Callable[[], None]) -> None:
        thread = Thread(target=work, name="databricks-run")
        self._threads.append(thread)
        thread.start()


def _terminating(attempts: Sequence[TaskRun], now: float) -> None:
    for attempt in attempts:
        if attempt.state in {"PENDING", "RUNNING"}:
            attempt.enter("TERMINATING", now)
