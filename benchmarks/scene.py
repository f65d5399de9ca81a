"""A workspace in which time can be skipped, and what a waiter makes of a run there."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Protocol

from benchmarks.skipping import SkippingClock

from kit.databricks.client import BOOTSTRAP, cluster
from kit.databricks.script import Outcome, Phase
from kit.databricks.server import Workspace
from kit.databricks.values import JsonObject

ALWAYS_ON: Final = "0101-000000-always"
BODY: Final[JsonObject] = {
    "run_name": "train",
    "tasks": [
        {
            "task_key": "train",
            "spark_python_task": {"python_file": BOOTSTRAP},
            # Airflow makes texts of all numbers, so that a cluster of one's own would be refused here.
            "existing_cluster_id": ALWAYS_ON,
        }
    ],
}
PRINTED: Final = "epoch 20  loss 0.231  accuracy 0.91\n" * 1000


@dataclass(frozen=True)
class Course:
    """How long a run is in each phase, in seconds."""

    starting: float
    running: float
    service: str = "model"
    """What is trained: the first run of a service has no former one to tell how long it takes."""

    def outcome(self) -> Outcome:
        """The same for the workspace."""
        phases = [Phase("PENDING", seconds=self.starting), Phase("RUNNING", seconds=self.running)]
        return Outcome(phases, logs=PRINTED)


@dataclass(frozen=True)
class Waited:
    """What a waiter made of a run."""

    lag: float
    """Seconds from the run's end on the server until the waiter was done with it."""
    seen: float
    """Seconds from that end until the server was asked and said so."""
    calls: int
    """Requests to the workspace, the submission included."""


@dataclass(frozen=True)
class Told:
    """The request by which a waiter learned that its run had ended."""

    at: float
    """When it came in, in seconds since 1970."""
    lag: float
    """Seconds from the end to there."""
    after: Counter[str]
    """The requests after it."""


def told_of(workspace: Workspace, before: int) -> Told:
    """How the waiter for the newest run was told, in the requests from number `before` on."""
    run, asked = workspace.runs()[-1], workspace.requests[before:]
    if run.ended is None:
        raise RuntimeError("nobody waited for the run")
    gets = (at for at, one in enumerate(asked) if one.path.endswith("/runs/get"))
    told = next(at for at in gets if asked[at].at >= run.ended)
    after = Counter(f"{one.method} {one.path}" for one in asked[told + 1 :])
    return Told(asked[told].at, asked[told].at - run.ended, after)


class Waiter(Protocol):
    """Submits runs and waits for them."""

    name: str

    def act(self, service: str) -> None:
        """One run, from its submission to its end."""


@dataclass(frozen=True)
class Scene:
    """A workspace and its time."""

    clock: SkippingClock
    workspace: Workspace

    def wait(self, waiter: Waiter, course: Course) -> Waited:
        """Let it submit a run of this course and wait for it."""
        before = len(self.workspace.requests)
        self.workspace.script(course.outcome())
        waiter.act(course.service)
        done, told = self.clock.now(), told_of(self.workspace, before)
        return Waited(done - told.at + told.lag, told.lag, len(self.workspace.requests) - before)


@contextmanager
def scene() -> Iterator[Scene]:
    """A workspace for as long as a block."""
    clock = SkippingClock()
    with Workspace(clock=clock, clusters={ALWAYS_ON: cluster()}) as workspace:
        yield Scene(clock, workspace)
