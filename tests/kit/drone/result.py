"""What is left of a pipeline when it has run."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Status(StrEnum):
    """The states of a step or a pipeline, as Drone names them."""

    PENDING = "pending"
    RUNNING = "running"
    SUCCESS = "success"
    FAILURE = "failure"
    ERROR = "error"
    SKIPPED = "skipped"
    KILLED = "killed"


FAILED = frozenset({Status.FAILURE, Status.ERROR, Status.KILLED})


@dataclass(frozen=True)
class StepResult:
    """One step: `log` is masked as on the server, `raw_log` is not; `environment` is what Drone set.

    A step that was killed has 130 after a cancel and 137 after a time limit, as the server shows it; `error`
    is the reason where no container ran. `files` are those of `.drone-ml/` when the pipeline ended.
    """

    name: str
    number: int
    image: str = ""
    status: Status = Status.PENDING
    exit_code: int = 0
    log: str = ""
    raw_log: str = ""
    card: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    error: str = ""
    oom_killed: bool = False
    seconds: float = 0
    files: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Whether the step ended with 0 or 78."""
        return self.status is Status.SUCCESS

    def file(self, path: str) -> bytes | None:
        """A file of the workspace; only those below `.drone-ml/` are kept."""
        return self.files.get(path)


@dataclass(frozen=True)
class PipelineResult:
    """A pipeline and its steps, the clone first; steps whose conditions do not match are not there.

    `run` is the name that its network and volume had on the engine, and the value of their label.
    """

    name: str
    status: Status
    steps: tuple[StepResult, ...] = ()
    files: Mapping[str, bytes] = field(default_factory=dict)
    run: str = ""

    @property
    def passed(self) -> bool:
        """Whether the pipeline is green."""
        return self.status is Status.SUCCESS

    def step(self, name: str) -> StepResult:
        """The step of that name.

        Raises:
            KeyError: no such step in this run.
        """
        for step in self.steps:
            if step.name == name:
                return step
        raise KeyError(f"no step {name!r} in {[step.name for step in self.steps]}")

    def file(self, path: str) -> bytes | None:
        """A file of the workspace when the pipeline ended; only those below `.drone-ml/` are kept."""
        return self.files.get(path)

    def json(self, path: str) -> object:
        """The content of such a file.

        Raises:
            KeyError: it is not there.
        """
        return json.loads(self.files[path])

    def describe(self) -> str:
        """All logs, for the message of a failing test."""
        return "\n".join(
            f"--- {step.name}: {step.status} ({step.exit_code}) {step.error}\n{step.log}"
            for step in self.steps
        )
