"""The faults that are put in the way of a training, and what has to come of each."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from kit.databricks.endings import IMAGE_NOT_PULLED, SPOT_LOST
from kit.databricks.faults import Fault
from kit.databricks.runs import TIMED_OUT
from kit.databricks.script import Outcome, Phase
from kit.databricks.troubles import (
    RUNS_GET,
    SUBMIT,
    bad_gateway,
    expired,
    lost,
    nasty_log,
    throttled,
    unknown_state,
    without,
)
from kit.databricks.values import Json
from kit.faults.acts import (
    Act,
    at_once,
    by_oauth,
    elsewhere,
    killed,
    one_step,
    planted,
    proxied,
    rerouted,
    signalled,
    started_again,
    superseding,
    with_job,
    with_link,
    with_message,
    with_settings,
)
from kit.mlflow_faults import unavailable

FAST: Final = 30.0
LONG: Final = Outcome([Phase("RUNNING", polls=10_000)])
SHORT: Final = Outcome(["RUNNING"])
_WORKING: Final = Outcome(["PENDING", Phase("RUNNING", polls=3)])


@dataclass(frozen=True)
class Case:
    """One line of the table.

    `runs`, `code` and `statuses` are what is expected: how many runs the server has started, the exit code of
    the last step, the status of each MLflow run, oldest first. `says` is part of what the step says last.
    """

    fault: str
    act: Act = one_step
    faults: Sequence[Fault] = ()
    mlflow: Sequence[Fault] = ()
    outcomes: Sequence[Outcome] = (SHORT,)
    speed: float = 1
    runs: int = 1
    code: int = 0
    statuses: tuple[str, ...] = ("FINISHED",)
    says: str = ""
    burning: int = 0  # runs that are left on, without anybody having asked for their end
    within: float = 120  # seconds that the last step may take
    logs: Sequence[str] = ()  # what the log has to hold besides
    never: Sequence[str] = field(default=("Traceback",))


def _task(key: str, **fields: Json) -> dict[str, Json]:
    cluster: Json = {"spark_version": "15.4.x-scala2.12", "node_type_id": "i3.xlarge", "num_workers": 0}
    python: Json = {"python_file": "/Shared/a.py"}
    return {"task_key": key, "spark_python_task": python, "new_cluster": cluster, **fields}


def _job(*tasks: Json, **fields: Json) -> str:
    return json.dumps({"tasks": [*tasks], **fields})


_LOG: Final = nasty_log()
_BAD_LOG: Final = Outcome(
    ["RUNNING"],
    "FAILED",
    error="ValueError: \x1b[31mno\x1b[0m",
    trace="Traceback (most recent call last):\nValueError: \x1b[31mno\x1b[0m\n",
    logs=_LOG.logs,
    logs_truncated=True,
)
_STRANGERS: Final[dict[str, Json]] = {f"unknown_{number}": number for number in range(30)}

CASES: Final = (
    Case("none", says="trained"),
    Case("submission: connection dropped before it was applied", faults=[lost(SUBMIT, applied=False)]),
    Case("submission: connection dropped after it was applied", faults=[lost(SUBMIT, applied=True)]),
    Case("submission: 504 although it was applied", faults=[bad_gateway(SUBMIT, status=504, applied=True)]),
    Case(
        "submission: 429 twenty times, Retry-After 1",
        faults=[throttled(SUBMIT, times=20, retry_after="1")],
        speed=FAST,
    ),
    Case(
        "polling: 429 twenty times, Retry-After 2",
        faults=[throttled(RUNS_GET, times=20, retry_after="2")],
        outcomes=[_WORKING],
        speed=FAST,
    ),
    Case(
        "polling: 502 with HTML for three minutes",
        faults=[bad_gateway(RUNS_GET, skip=1, lasting=180)],
        outcomes=[_WORKING],
        speed=FAST,
    ),
    Case(
        "polling: connection dropped five times",
        faults=[lost(RUNS_GET, applied=False, times=5, skip=1)],
        outcomes=[_WORKING],
        speed=FAST,
    ),
    Case("MLflow: 503 throughout", mlflow=[unavailable()], statuses=(), logs=["MLflow"]),
    Case(
        "access token expired while the run goes on",
        faults=[expired(path=RUNS_GET, after=2)],
        outcomes=[LONG],
        code=6,
        statuses=("RUNNING",),  # the job ends it
        burning=1,
        says="check token",
    ),
    Case("OAuth token expired while the run goes on", by_oauth, outcomes=[_WORKING]),
    Case(
        "run deleted while it runs",
        outcomes=[Outcome([Phase("RUNNING", polls=2)], vanishes=True)],
        code=1,
        statuses=("KILLED",),
        says="trains anew",
        burning=1,  # as far as this server knows, which has forgotten it
    ),
    Case("workspace unreachable", elsewhere, runs=0, code=4, statuses=(), within=20, says="host"),
    Case("unknown life-cycle state", faults=[unknown_state(times=3, skip=1)], outcomes=[_WORKING]),
    Case("answers without `state`", faults=[without("state")], outcomes=[_WORKING]),
    Case("answers without `status`", faults=[without("status")], outcomes=[_WORKING]),
    Case(
        "cancelled by a user",
        outcomes=[Outcome(["RUNNING"], "CANCELED")],
        code=1,
        statuses=("KILLED",),
        says="cancelled",
    ),
    Case(
        "time limit of Databricks",
        outcomes=[Outcome(["RUNNING"], ending=TIMED_OUT)],
        code=5,
        statuses=("KILLED",),
        says="timeout",
    ),
    Case(
        "time limit of the step",
        with_settings(wait_timeout="3s"),
        outcomes=[LONG],
        code=5,
        statuses=("KILLED",),
    ),
    Case(
        "cluster: image not pulled",
        outcomes=[Outcome([], ending=IMAGE_NOT_PULLED)],
        code=1,
        statuses=("FAILED",),
    ),
    Case(
        "cluster: spot instance lost, and one retry",
        with_settings(retries=1),
        outcomes=[Outcome(["RUNNING"], ending=SPOT_LOST), SHORT],
        runs=2,
        statuses=("FAILED", "FINISHED"),
        logs=["SPOT_INSTANCE_TERMINATION"],
    ),
    *(
        Case(
            f"SIGTERM while {phase}",
            signalled(phase),
            outcomes=[Outcome([Phase(phase, polls=10_000)])],
            code=143,
            statuses=("KILLED",),
        )
        for phase in ("QUEUED", "PENDING", "RUNNING")
    ),
    Case(
        "SIGTERM while TERMINATING",
        signalled("TERMINATING"),
        outcomes=[Outcome([Phase("TERMINATING", polls=10_000)])],
        code=143,
        statuses=("KILLED",),
    ),
    Case(
        "SIGKILL while submitting, restart",
        killed(""),
        faults=[Fault("POST", SUBMIT, "slow", seconds=3)],
        outcomes=[_WORKING],
    ),
    *(
        Case(
            f"SIGKILL while {phase}, restart",
            killed(phase),
            outcomes=[Outcome([Phase(phase, polls=5)])],
        )
        for phase in ("QUEUED", "PENDING", "RUNNING", "TERMINATING")
    ),
    Case("restart of a build that succeeded", started_again, logs=["TRAIN_REPEAT"]),
    Case("two builds of one commit at once", at_once, outcomes=[_WORKING]),
    Case(
        "new commit while the old one trains",
        superseding(supersede=False),
        outcomes=[LONG, SHORT],
        runs=2,
        statuses=("KILLED", "FINISHED"),
        logs=["still"],
    ),
    Case(
        "new commit supersedes the old one",
        superseding(supersede=True),
        outcomes=[LONG, SHORT],
        runs=2,
        statuses=("KILLED", "FINISHED"),
    ),
    Case(
        "failure with 5 MB of log: cut, no UTF-8, terminal escapes",
        outcomes=[_BAD_LOG],
        code=1,
        statuses=("FAILED",),
        logs=["ValueError"],
        never=("\x1b[2J", "\x1b]0;", "\x07"),
    ),
    Case(
        "commit message of 2000 metacharacters",
        with_message,
        never=("Traceback", "uid=0", "oopsoops", "\x07"),
    ),
    Case(
        "job file with 30 unknown keys",
        with_job(_job(_task("train"), **_STRANGERS)),
        runs=0,
        code=2,
        statuses=(),
        logs=["unknown_29"],
    ),
    Case(
        "job file that is a link out of the workspace",
        with_link,
        runs=0,
        code=2,
        statuses=(),
        never=("root:",),
    ),
    Case("150 tasks", with_job(_job(*(_task(f"t{number}") for number in range(150))))),
    Case("image.json of another build", planted, runs=0, code=2, statuses=(), logs=["image.json"]),
    Case("build parameters for another host, tracking server and login", rerouted),
    Case("build parameters for a proxy", proxied),
)
