"""A folder that stands for an image, and the bootstrap that a cluster starts in it."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import Run

import databricks_train
from kit.databricks import repl
from kit.mlflow_server import MlflowServer

BOOTSTRAP = Path(databricks_train.__file__).with_name("bootstrap.py")
NO_MLFLOW = "raise ImportError('no mlflow here')\n"


@dataclass(frozen=True)
class Image:
    """A folder that stands for what lies in an image, on the path of its Python."""

    folder: Path

    def write(self, name: str, code: str) -> None:
        """Put a file into the image."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(code)

    def command(self, *arguments: str) -> list[str]:
        """How a cluster starts it."""
        report = str(self.folder / "report.json")
        return [sys.executable, "-u", str(repl.__file__), report, str(BOOTSTRAP), *arguments]

    def environment(self, more: Mapping[str, str]) -> dict[str, str]:
        """The job's variables."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_")}
        return {**kept, "PYTHONPATH": str(self.folder), "TMPDIR": str(self.folder), **more}

    def run(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run it to its end."""
        return subprocess.run(
            self.command(*arguments),
            env=self.environment(more),
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def kept(self) -> str:
        """What is kept of the output."""
        (log,) = self.folder.glob("drone-ml-*/output.log")
        return log.read_text()


@dataclass(frozen=True)
class Job:
    """An image, an MLflow server, and the run that a plugin has made there."""

    image: Image
    server: MlflowServer
    run_id: str

    @property
    def variables(self) -> dict[str, str]:
        """What the plugin passes on."""
        return {
            "MLFLOW_TRACKING_URI": self.server.url,
            "MLFLOW_RUN_ID": self.run_id,
            "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",
        }

    @property
    def run(self) -> Run:
        """The run."""
        return MlflowClient(self.server.url).get_run(self.run_id)

    @property
    def status(self) -> str:
        """The status of the run."""
        return str(self.run.info.status)

    def terminated_at(self, line: str) -> str:
        """Start the job, send SIGTERM when it has printed `line`, and return what it says then."""
        process = subprocess.Popen(
            self.image.command("train"),
            env=self.image.environment(self.variables),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        with process:
            assert process.stdout
            assert process.stdout.readline() == f"{line}\n"
            process.send_signal(signal.SIGTERM)
            return process.stdout.read()

    def artifact(self, name: str = "logs/output.log") -> str:
        """The log that is kept with the run, or another text."""
        client = MlflowClient(self.server.url)
        path = client.download_artifacts(self.run_id, name, str(self.image.folder))
        return Path(path).read_text()
