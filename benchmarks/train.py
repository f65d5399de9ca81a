"""How databricks-train waits, beside what else waits for runs: how soon it knows, what that costs."""

import random
import statistics
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

from benchmarks.scene import Waiter, scene
from benchmarks.waiters import Step, airflow_python, peer, settings_of

from benchmarks import crowd, lag, load, real
from kit.console import phase
from kit.engine import Engine
from kit.mlflow_server import MlflowServer
from kit.registry import Registry

SDK = "databricks-sdk, .result()"
AIRFLOW = "Airflow, SubmitRunOperator"
RESTATED = "one question each 30 s"


def report(engine: Engine, image: str, nothing_to_do: Mapping[str, str]) -> Iterator[str]:
    """All lines, as they are measured."""
    ended = real.watch(engine, image)
    yield "databricks-train, its image in real time"
    yield from real.lines(
        ended, real.libraries_alone(engine, image), real.imported(engine, image, nothing_to_do)
    )
    finished = statistics.median(one.finished for one in ended)
    yield from waits(finished)
    yield f"Questions for runs in a second, of {load.ALLOWED} that a workspace allows (simulated, real loop)"
    yield from load.lines()
    yield "  and where the workspace refuses what is more, so that builds make room for each other:"
    for minutes in (10, 1):
        rush = crowd.rush(random.Random(2), minutes)  # noqa: S311 - a simulation
        yield f"    {load.BUILDS} within {minutes} min: {rush}"


def waits(finished: float) -> Iterator[str]:
    """Lags and calls; `finished` is what the image's process takes from being told to its end, in seconds."""
    chance = random.Random(7)  # noqa: S311 - lengths of runs
    with ExitStack() as stack:
        stage = stack.enter_context(scene())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        registry = stack.enter_context(Registry())
        mlflow = stack.enter_context(MlflowServer(folder / "mlflow"))
        settings = settings_of(stage.workspace.url, registry, mlflow)
        waiters: list[Waiter] = [Step(stage, settings, folder)]
        waiters.append(stack.enter_context(peer(SDK, "sdk", stage, Path(sys.executable))))
        python = airflow_python()
        if python:
            waiters.append(stack.enter_context(peer(AIRFLOW, "airflow", stage, python)))
        else:
            yield f"Airflow cannot be installed here: {RESTATED} stands for its operator"
            waiters.append(stack.enter_context(peer(RESTATED, "restated", stage, Path(sys.executable))))
        planned = list(lag.plan(chance))
        with phase(f"Waiting for {len(planned)} runs of 5 min to 4 h, {len(waiters)} times"):
            measured = lag.measure(stage, waiters, planned)
        yield "From the end of a run on the server to the end of who waits (waits are skipped, not shortened)"
        yield from lag.lines(measured, finished)
        yield "Requests to the workspace for a run of two hours, all counted"
        yield from lag.calls(stage, waiters, chance)
