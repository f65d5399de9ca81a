"""Who waits for a run: the plugin's step, and the two others that are compared with it."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final
from unittest import mock

from benchmarks.scene import BODY, Scene

from databricks_train import __main__ as entry
from databricks_train.settings import TrainSettings
from drone_plugin import Plugin, run
from drone_plugin.testing import build
from drone_plugin.testing.goformat import Value
from drone_plugin.testing.spec import RepoSpec
from drone_plugin.testing.variables import step_variables
from kit.console import phase
from kit.databricks.client import TOKEN
from kit.mlflow_server import MlflowServer
from kit.paths import BUILD
from kit.registry import Registry

PEER: Final = Path(__file__).with_name("peer.py")
AIRFLOW: Final = BUILD / "airflow"
PROVIDER: Final = "apache-airflow-providers-databricks==7.23.0"
INSTALL_SECONDS: Final = 300


def settings_of(host: str, registry: Registry, mlflow: MlflowServer) -> dict[str, Value]:
    """Settings of a step that trains, with an image in this registry."""
    registry.client.put_index("team/model", "1", [])
    return {
        "host": host,
        "token": TOKEN,
        "image_repo": f"{registry.address}/team/model",
        "image": f"{registry.address}/team/model:1",
        "insecure_registry": True,
        "spark_version": "15.4.x-scala2.12",
        "node_type": "i3.xlarge",
        "entry_point": "my_model.train",
        "experiment": "/Shared/model",
        "mlflow_tracking_uri": mlflow.url,
        "timeout": "48h",
    }


def variables_of(
    settings: Mapping[str, Value], number: int, service: str = "model", folder: str = "/drone/src"
) -> dict[str, str]:
    """What a step gets that trains the commit of a build, which no other build has."""
    commit = f"{number:040x}"
    made = build.push(commit, "Retune [train]", number=number, repo=RepoSpec("octocat", service))
    return step_variables(settings, made, workspace=folder)


class Step:
    """The plugin's step as it is, in this process, with a registry and an MLflow server that are real."""

    name = "databricks-train"

    def __init__(self, scene: Scene, settings: Mapping[str, Value], folder: Path) -> None:
        """`folder` is what a build's workspace is elsewhere."""
        decide, work = entry._decide, entry._work  # noqa: SLF001 - as its main(), but in another time
        self._plugin = Plugin("databricks-train", "0", TrainSettings, decide, work, scene.clock)
        self._settings, self._folder = settings, folder
        self._number = 0

    def act(self, service: str) -> None:
        """The build of another commit of the service's repository."""
        self._number += 1
        printed = io.BytesIO()
        variables = variables_of(self._settings, self._number, service, str(self._folder))
        with mock.patch.dict(os.environ):  # the step cleans the environment of its process
            code = run(self._plugin, variables, printed)
        if code:
            raise RuntimeError(printed.getvalue().decode())


class Peer:
    """A waiter in a process of its own; its waits are skipped like all others."""

    def __init__(self, name: str, scene: Scene, process: subprocess.Popen[str]) -> None:
        """The process is one of `peer.py`."""
        self.name = name
        if process.stdin is None or process.stdout is None:
            raise ValueError("a process without pipes")
        self._scene, self._process = scene, process
        self._to, self._from = process.stdin, process.stdout
        self._hear()  # that it is ready

    def act(self, service: str) -> None:  # noqa: ARG002 - it knows of no former run
        """One run."""
        self._say(json.dumps(BODY))
        while "ended" not in (heard := self._hear()):
            self._scene.clock.sleep(heard["sleep"])
            self._say("")

    def _say(self, line: str) -> None:
        self._to.write(line + "\n")
        self._to.flush()

    def _hear(self) -> dict[str, float]:
        line = self._from.readline()
        if not line:
            raise RuntimeError(f"{self.name} ended with {self._process.wait()}")
        heard: dict[str, float] = json.loads(line)
        return heard


@contextmanager
def peer(name: str, kind: str, scene: Scene, python: Path) -> Iterator[Peer]:
    """A waiter of this kind, run by this interpreter, for as long as a block."""
    environment = {
        "PATH": os.environ["PATH"],
        "BENCH_TOKEN": TOKEN,
        "HOME": str(AIRFLOW),
        "AIRFLOW_HOME": str(AIRFLOW / "home"),
    }
    with subprocess.Popen(
        [python, "-I", PEER, kind, scene.workspace.url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment,
    ) as process:
        try:
            yield Peer(name, scene, process)
        finally:
            process.kill()


def airflow_python() -> Path | None:
    """Python with Airflow's provider in an environment of its own, made once; None where it cannot be."""
    python = AIRFLOW / "bin" / "python"
    made = AIRFLOW / "made"
    if not made.exists():
        with phase(f"Installing {PROVIDER} beside everything"), suppress(subprocess.SubprocessError):
            subprocess.run([sys.executable, "-m", "venv", AIRFLOW], check=True)
            command = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", PROVIDER]
            subprocess.run(command, check=True, timeout=INSTALL_SECONDS)
            made.touch()
    return python if made.exists() else None
