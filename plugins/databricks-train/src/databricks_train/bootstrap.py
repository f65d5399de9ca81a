"""What Databricks starts: runs the entry point that lies in the image, and closes the MLflow run.

Databricks ignores an image's CMD and ENTRYPOINT, so this file is put into the workspace and named as the
task's `python_file`. It runs with the image's own Python (3.10 or newer) and needs nothing but the standard
library; MLflow is used where the image has it. The build that started the job may be gone by the time it
ends: the record is finished here, not there.

    bootstrap.py ENTRY_POINT [ARGUMENT ...]

ENTRY_POINT is a console script, `module` or `module:function`.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import io
import os
import runpy
import signal
import sys
import tempfile
import traceback
from typing import TextIO

LOG_NAME = "output.log"
LARGEST_LOG = 50 * 1024 * 1024


class Killed(BaseException):
    """SIGTERM: the run is being cancelled."""


class Tee(io.TextIOBase):
    """Writes to the stream that Databricks reads, and to a file that becomes an artifact of the run."""

    def __init__(self, stream: TextIO, file: TextIO) -> None:
        self.stream = stream
        self.file = file

    def write(self, text: str) -> int:
        """Write to both, as long as the file is not too large to keep."""
        self.stream.write(text)
        if self.file.tell() < LARGEST_LOG:
            self.file.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush both."""
        self.stream.flush()
        self.file.flush()

    def fileno(self) -> int:
        """The stream's: subprocesses of the training write there."""
        return self.stream.fileno()


def run_entry_point(name: str, arguments: list[str]) -> object:
    """Run it as its own command line would: the arguments are in `sys.argv`."""
    sys.argv = [name, *arguments]
    module, _, function = name.partition(":")
    for script in importlib.metadata.entry_points(group="console_scripts"):
        if script.name == name:
            return script.load()()
    if function:
        return getattr(importlib.import_module(module), function)()
    runpy.run_module(module, run_name="__main__", alter_sys=True)
    return None


def attempt(name: str, arguments: list[str]) -> tuple[str, BaseException | None]:
    """Run the entry point; return MLflow's status for how it ended, and what it raised."""
    try:
        result = run_entry_point(name, arguments)
    except SystemExit as error:
        # Databricks takes every SystemExit for a failure, also the one of a main() that ended well.
        result = error.code
    except Killed as error:
        return "KILLED", error
    except BaseException as error:  # noqa: BLE001 - whatever ends the training is its outcome
        return "FAILED", error
    if result is None or result is True or (result == 0 and isinstance(result, int)):
        return "FINISHED", None
    return "FAILED", RuntimeError(f"{name} ended with exit code {result}")


def close_run(run_id: str, status: str, log: str) -> None:
    """Keep what was printed with the run, and set its status, also where the training code has set one."""
    try:
        from mlflow import MlflowClient, end_run  # noqa: PLC0415 - the image may come without MLflow

        end_run(status)
        client = MlflowClient(os.environ.get("MLFLOW_TRACKING_URI"))
        client.log_artifact(run_id, log, "logs")
        client.set_terminated(run_id, status)
    except Exception as error:  # noqa: BLE001 - the training's own outcome counts; the plugin closes the run
        print(f"bootstrap: the MLflow run could not be closed: {error}")


def main() -> None:
    """Run, close, and fail as the training failed."""
    name, *arguments = sys.argv[1:]
    run_id = os.environ.get("MLFLOW_RUN_ID", "")
    signal.signal(signal.SIGTERM, kill)
    path = os.path.join(tempfile.mkdtemp(prefix="drone-ml-"), LOG_NAME)  # noqa: PTH118 - nothing more is needed
    with open(path, "w", encoding="utf-8", errors="backslashreplace") as file:  # noqa: PTH123 - as above
        out, err = sys.stdout, sys.stderr
        sys.stdout, sys.stderr = Tee(out, file), Tee(err, file)
        try:
            status, error = attempt(name, arguments)
        finally:
            sys.stdout.flush()
            sys.stdout, sys.stderr = out, err
        if error is not None:
            file.write("".join(traceback.format_exception(type(error), error, error.__traceback__)))
    if run_id:
        close_run(run_id, status, path)
    if error is not None:
        raise error


def kill(_number: int, _frame: object) -> None:
    """End the training so that its record can still be closed."""
    raise Killed("cancelled")


if __name__ == "__main__":
    main()
