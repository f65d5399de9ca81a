"""What Databricks starts: runs the entry point that lies in the image, and closes the MLflow run.

Databricks ignores an image's CMD and ENTRYPOINT, so this file is put into the workspace and named as the
task's `python_file`. It runs with the image's own Python (3.10 or newer) and needs nothing but the standard
library; MLflow is used where the image has it. The build that started the job may be gone by the time it
ends: the record is finished here, not there.

    bootstrap.py ENTRY_POINT [ARGUMENT ...]

ENTRY_POINT is a console script, `module` or `module:function`.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.metadata
import io
import os
import runpy
import signal
import sys
import tempfile
import traceback
from typing import TYPE_CHECKING, BinaryIO, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    Handler = Callable[[int, FrameType | None], None] | signal.Handlers

LOG_NAME = "output.log"
LARGEST_LOG = 50 * 1024 * 1024
PROCESS = os.getpid()


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


def close_run(run_id: str, uri: str | None, status: str, log: str) -> None:
    """Set the run's status, also where the training code has set one, and keep what was printed with it."""
    try:
        from mlflow import MlflowClient, end_run  # noqa: PLC0415 - the image may come without MLflow
    except ImportError:
        print("bootstrap: no MLflow in this image, so the MLflow run is left to the plugin")
        return
    client = MlflowClient(uri)
    steps: list[Callable[[], object]] = [
        lambda: end_run(status),
        lambda: client.set_terminated(run_id, status),
        lambda: client.log_artifact(run_id, log, "logs"),
    ]
    for step in steps:
        try:
            step()
        except Exception as error:  # noqa: BLE001 - the training's own outcome counts, and each step by itself
            print(f"bootstrap: the MLflow run could not be closed properly: {error}")


def main() -> None:
    """Run, close, and fail as the training failed."""
    name, *arguments = sys.argv[1:]
    # Both are changed by a training that starts its run, or sets a tracking server of its own.
    run_id, uri = os.environ.get("MLFLOW_RUN_ID", ""), os.environ.get("MLFLOW_TRACKING_URI")
    path = os.path.join(tempfile.mkdtemp(prefix="drone-ml-"), LOG_NAME)  # noqa: PTH118 - nothing more is needed
    copy = Copy(path)
    out, err = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = Tee(out, copy), Tee(err, copy)
    on_sigterm(kill)
    try:
        status, error = attempt(name, arguments)
    finally:
        on_sigterm(signal.SIG_IGN)  # too late to stop the training, and the record must not be torn
        sys.stdout, sys.stderr = out, err
    if error is not None:
        copy.file.write("".join(traceback.format_exception(type(error), error, error.__traceback__)))
    copy.file.close()
    if run_id:
        close_run(run_id, uri, status, path)
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
