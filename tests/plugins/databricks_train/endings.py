"""Runs that have ended in every way, as values."""

import io
from pathlib import Path

from databricks_train.settings import TrainSettings
from databricks_train.workspace.api import Output
from databricks_train.workspace.run_state import Run, State, Task
from drone_plugin import Build, Decision, Log, Redactor, Step, read_build
from drone_plugin.log import LineStream
from drone_plugin.testing import build
from drone_plugin.testing.encode import settings_from
from drone_plugin.testing.environment import Context, step_environment
from kit.databricks.values import ManualClock
from model_chain import ModelVersion, TrainingRecord, Writer

from .conftest import SteppedClock

URL = "https://acme.cloud.databricks.com/jobs/512/runs/730000000000001?o=1"
WORKLOAD = "Workload failed, see run output for details"
DURATIONS = {"queue": 3.0, "setup": 252.0, "execution": 3821.0, "cleanup": 14.0}
TRACE = 'Traceback (most recent call last):\n  File "/app/train.py", line 57, in main\nMemoryError: 96 GiB\n'


def state(result: str = "SUCCESS", message: str = "", code: str = "") -> State:
    """The state of what has ended."""
    return State("TERMINATED", ended=True, result=result, message=message, code=code)


def task(key: str = "train", result: str = "FAILED", message: str = WORKLOAD, attempt: int = 0) -> Task:
    """A task that has ended; its run id goes by its key."""
    number = sum(map(ord, key)) + attempt
    return Task(key, number, state(result, message), attempt, "1123-abc", DURATIONS)


def run(
    *tasks: Task, result: str = "FAILED", message: str = f"Task train failed with message: {WORKLOAD}."
) -> Run:
    """A run of these tasks that has ended."""
    return Run(URL, state(result, message), tasks, durations={"run": 4090.0})


def output(error: str = "", trace: str = "", logs: str = "", *, truncated: bool = False) -> Output:
    """What a task left."""
    return Output(error, trace, logs, truncated)


def a_build(message: str = "Retune the model [train]") -> Build:
    """The build that trains."""
    context = Context(build.push("c0ffee" + "0" * 34, message, number=7))
    return read_build(step_environment(context, name="train", number=3, now=0, settings=settings_from({})))


def record(result: str = "SUCCESS", **more: object) -> TrainingRecord:
    """The record of a run."""
    made = TrainingRecord(
        writer=Writer(
            repository="team/model", commit="c0ffee", build=7, link="", plugin="databricks-train 0"
        ),
        result=result,
        image=f"registry.example.com/team/model@sha256:{'5f2b' * 16}",
        databricks_host="https://acme.cloud.databricks.com",
        databricks_run_id=730000000000001,
        databricks_run_url=URL,
        tracking_uri="https://mlflow.example.com",
        experiment_id="42",
        mlflow_run_id="0cd331f0",
        mlflow_run_url="https://mlflow.example.com/#/experiments/42/runs/0cd331f0",
        metrics={"accuracy": 0.913, "loss": 0.231},
        models=(ModelVersion(name="ml.team.digits", version="3"),),
    )
    return made.model_copy(update=more)


class Told:
    """A step that trains no more, and what it prints."""

    def __init__(self) -> None:
        self._out = io.BytesIO()
        clock, redactor = SteppedClock(ManualClock(0)), Redactor()
        log = Log(LineStream(self._out, redactor, clock), clock, colour=False)
        self.step = Step(
            settings=TrainSettings.load({}),
            build=a_build(),
            decision=Decision(act=True, reason=""),
            log=log,
            redactor=redactor,
            environment={},
            clock=clock,
            workspace=Path(),
        )

    @property
    def lines(self) -> list[str]:
        """What was printed."""
        return self._out.getvalue().decode().splitlines()
