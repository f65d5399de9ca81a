"""The plugin's image as it is, in a container and in real time: how soon it ends, what memory it takes."""

import random
import re
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from benchmarks.scene import Course, told_of
from benchmarks.waiters import settings_of, variables_of
from docker.models.containers import Container

from kit.address import gateway, host_name
from kit.databricks.server import Workspace
from kit.engine import Engine
from kit.mlflow_server import MlflowServer
from kit.registry import Registry

WORKSPACE: Final = "/drone/src"
RUNS: Final = 6
LONGEST_WAIT: Final = 60.0
PYTHON: Final = "/opt/plugin/bin/python"
LIBRARIES: Final = ("databricks.sdk", "mlflow")
TWO_LIBRARIES: Final = (
    "import databricks.sdk, mlflow; "
    "print(next(l for l in open('/proc/self/status') if l.startswith('VmHWM')))"
)
PEAK: Final = re.compile(r"VmHWM:\s+(\d+) kB")
KIB: Final = 1024
MB: Final = 1e6


@dataclass(frozen=True)
class Ended:
    """A container that waited for a run."""

    told: float
    """Seconds from the end of the run on the server until the container was told."""
    finished: float
    """Seconds from there until its process had ended."""
    peak: int
    """Bytes of memory that were resident at most, until shortly before the run ended."""
    after: Counter[str]
    """Requests to the workspace after it was told."""


def watch(engine: Engine, image: str, runs: int = RUNS) -> list[Ended]:
    """Let the image wait for some runs of seconds."""
    chance = random.Random(3)  # noqa: S311 - lengths of runs
    with (
        tempfile.TemporaryDirectory() as folder,
        Registry() as registry,
        MlflowServer(Path(folder)) as mlflow,
        Workspace() as workspace,
    ):
        settings = settings_of(workspace.url, registry, mlflow)
        return [
            _one(engine, image, variables_of(settings, number), workspace, 4 + 4 * chance.random())
            for number in range(1, runs + 1)
        ]


def _one(
    engine: Engine, image: str, variables: Mapping[str, str], workspace: Workspace, running: float
) -> Ended:
    client = engine.client()
    before = len(workspace.requests)
    workspace.script(Course(2, running).outcome())
    container = client.containers.run(
        image,
        environment=dict(variables),
        extra_hosts={host_name(): gateway(client, "bridge")},
        tmpfs={WORKSPACE: ""},
        detach=True,
    )
    try:
        peak = _peak_while_running(container, workspace, before)
        if container.wait(timeout=LONGEST_WAIT)["StatusCode"]:
            raise RuntimeError(container.logs().decode())
        container.reload()
        gone = _seconds(container.attrs["State"]["FinishedAt"])
    finally:
        container.remove(force=True)
    told = told_of(workspace, before)
    return Ended(told.lag, gone - told.at, peak, told.after)


def _peak_while_running(container: Container, workspace: Workspace, before: int) -> int:
    """The most that was resident, as the kernel counts it, while the run was RUNNING."""
    container.reload()
    status = Path(f"/proc/{container.attrs['State']['Pid']}/status")
    peak, until = 0, time.monotonic() + LONGEST_WAIT
    while time.monotonic() < until:
        time.sleep(0.2)
        try:
            found = PEAK.search(status.read_text(encoding="ascii"))
        except OSError:
            break
        seen = [one for one in workspace.requests[before:] if one.path.endswith("/runs/get")]
        if len(seen) > 1 and found:
            peak = max(peak, int(found[1]) * KIB)
        if seen and workspace.runs()[-1].ended:
            break
    return peak


def _seconds(timestamp: str) -> float:
    """Seconds since 1970 of a time as Docker writes it, with nanoseconds."""
    whole, _, rest = timestamp.rstrip("Z").partition(".")
    return datetime.fromisoformat(f"{whole}+00:00").timestamp() + float(f"0.{rest or 0}")


def libraries_alone(engine: Engine, image: str) -> int:
    """Bytes that Python takes with nothing but the two libraries imported, in the same image."""
    said = engine.client().containers.run(
        image, ["-c", TWO_LIBRARIES], entrypoint=[PYTHON, "-I"], remove=True
    )
    found = PEAK.search(said.decode())
    return int(found[1]) * KIB if found else 0


def imported(engine: Engine, image: str, nothing_to_do: Mapping[str, str]) -> list[str]:
    """Which of the libraries a step with nothing to do imports."""
    said = engine.client().containers.run(
        image,
        entrypoint=[PYTHON, "-X", "importtime", "-I", "-m", "databricks_train"],
        environment=dict(nothing_to_do),
        stdout=False,
        stderr=True,
        remove=True,
    )
    return heavy(said.decode())


def heavy(importtime: str) -> list[str]:
    """The libraries in what `-X importtime` prints."""
    modules = {line.rpartition("|")[2].strip() for line in importtime.splitlines() if "|" in line}
    if "databricks_train" not in modules:
        raise RuntimeError(f"nothing was imported: {importtime[-500:]}")
    # A package may be loaded without a line of its own, by what is in it.
    return [name for name in LIBRARIES if any(f"{module}.".startswith(f"{name}.") for module in modules)]


def lines(ended: Sequence[Ended], alone: int, found: Sequence[str]) -> Iterator[str]:
    """What was measured."""
    finished = [one.finished for one in ended]
    peak = max(one.peak for one in ended)
    yield (
        f"  from being told of the end to the end of the process: median {statistics.median(finished):.2f} s"
        f"  ({min(finished):.2f} to {max(finished):.2f}, {len(ended)} containers)"
    )
    counted = ended[-1].after
    yield f"    with {counted.total()} requests to the workspace: " + ", ".join(sorted(counted))
    yield (
        f"  peak resident memory while waiting: {peak / MB:.0f} MB; {alone / MB:.0f} MB with the SDK and"
        f" MLflow imported and nothing else: ratio {peak / alone:.2f}"
    )
    yield f"  a step with nothing to do imports {' and '.join(found) or 'neither the SDK nor MLflow'}"
