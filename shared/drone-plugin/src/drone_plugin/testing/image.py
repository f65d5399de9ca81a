"""An image as a step, by the `docker` program: settings as in the pipeline go in, log and files come out."""

import io
import subprocess
import tarfile
import threading
import uuid
from collections.abc import Mapping
from pathlib import Path

from drone_plugin.testing.encode import Dialect
from drone_plugin.testing.environment import Secret
from drone_plugin.testing.events import build_of
from drone_plugin.testing.goformat import Value
from drone_plugin.testing.metadata import WORKSPACE
from drone_plugin.testing.outcome import StepOutcome, parse_outputs
from drone_plugin.testing.spec import BuildSpec
from drone_plugin.testing.variables import step_variables
from drone_plugin.trigger import Event

OUTPUTS = "/tmp/drone-outputs"  # noqa: S108 - a path in a container of our own


class DroneImage:
    """Runs images as steps; what `workspace` holds is copied to where Drone has it."""

    def __init__(self, workspace: Path) -> None:
        self.workspace = workspace

    def __call__(
        self,
        image: str,
        settings: str | Mapping[str, Value] = "",
        *,
        event: Event = "push",
        message: str = "",
        build: BuildSpec | None = None,
        dialect: Dialect = "drone",
        secrets: Mapping[str, str | Secret] | None = None,
        environment: Mapping[str, str] | None = None,
        stop_on: str = "",
        stop_signal: str = "TERM",
        timeout: float = 300,
    ) -> StepOutcome:
        """Run the step to its end, and remove its container; arguments are those of `DroneStep`.

        The container gets `stop_signal` (KILL is what a cancelled build gets from Drone) when its log holds
        `stop_on`, and is killed after `timeout` seconds. The files are those of the workspace in the
        container; the folder of this machine stays as it was.

        Raises:
            DroneError: the runner refuses such a step before it starts.
            CalledProcessError: `docker` fails, as for an image that is not there; `stderr` says why.
        """
        variables = step_variables(
            settings,
            build or build_of(event, message),
            dialect,
            secrets=secrets,
            environment={"NO_COLOR": "1", **(environment or {})},
        )
        container = _Container(f"drone-step-{uuid.uuid4().hex}")
        try:
            container.create(image, {"DRONE_OUTPUT": OUTPUTS, **variables})
            container.fill(self.workspace)
            code, log = container.run(stop_on.encode(), stop_signal, timeout)
            files = container.files(f"{WORKSPACE}/.")
            outputs = container.files(OUTPUTS).get("drone-outputs", b"")
        finally:
            container.remove()
        kept = {path: content for path, content in files.items() if ".git" not in Path(path).parts[:-1]}
        return StepOutcome(
            code, log.decode(errors="replace"), variables, outputs=parse_outputs(outputs.decode()), files=kept
        )


class _Container:
    """One container; each method is a command of `docker`."""

    def __init__(self, name: str) -> None:
        self._name = name

    def create(self, image: str, variables: Mapping[str, str]) -> None:
        """Make it, of an image that is there."""
        given = [word for name, value in variables.items() for word in ("--env", f"{name}={value}")]
        _docker("create", "--pull", "never", "--name", self._name, "--workdir", WORKSPACE, *given, image)

    def fill(self, folder: Path) -> None:
        """Copy a folder of this machine into the workspace, where all belongs to root."""
        _docker("cp", f"{folder}/.", f"{self._name}:{WORKSPACE}")

    def run(self, stop_on: bytes, stop_signal: str, timeout: float) -> tuple[int, bytes]:
        """Start it and wait for its end: exit code and log."""
        log = b""
        attach = ["docker", "start", "--attach", self._name]
        killer = threading.Timer(timeout, self._kill, ["KILL"])
        with subprocess.Popen(  # noqa: S603 - whichever docker the author uses
            attach, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        ) as attached:
            killer.start()
            try:
                for line in attached.stdout or ():
                    log += line
                    if stop_on and stop_on in log:
                        stop_on = b""
                        self._kill(stop_signal)
            finally:
                killer.cancel()
        return int(_docker("inspect", "--format", "{{.State.ExitCode}}", self._name)), log

    def files(self, path: str) -> dict[str, bytes]:
        """The files at a path, or none where it does not exist."""
        try:
            archive = _docker("cp", f"{self._name}:{path}", "-")
        except subprocess.CalledProcessError:
            return {}
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            contents = ((member.name, tar.extractfile(member)) for member in tar if member.isreg())
            return {name.removeprefix("./"): file.read() for name, file in contents if file}

    def remove(self) -> None:
        """Take it away, with its volumes; one that was never made is no matter."""
        _docker("rm", "--force", "--volumes", self._name, check=False)

    def _kill(self, signal: str) -> None:
        _docker("kill", "--signal", signal, self._name, check=False)  # it may have ended by itself


def _docker(*words: str, check: bool = True) -> bytes:
    command = ["docker", *words]
    return subprocess.run(command, capture_output=True, check=check).stdout  # noqa: S603 - as above
