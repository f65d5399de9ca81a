"""Another waiter for runs, in an environment of its own: `python peer.py sdk|airflow|restated HOST`.

A line of JSON on standard input is a run to be submitted and waited for; `{"ended": true}` says that it is
over. Whenever the waiter would sleep, it says for how long, and goes on when it gets a line: the time that
passes is that of whoever asked. The token is in BENCH_TOKEN. Needs nothing but the waiter.
"""

import importlib
import json
import os
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from typing import TextIO, TypeAlias

Body: TypeAlias = "dict[str, list[dict[str, object]]]"
Act: TypeAlias = Callable[[Body], object]


class Passing:
    """Stands for the module `time` in the module that waits."""

    def __init__(self, said: TextIO) -> None:
        """Says to `said` what would be slept."""
        self._said = said
        self._skipped = 0.0

    def time(self) -> float:
        """Seconds since the epoch."""
        return time.time() + self._skipped

    def sleep(self, seconds: float) -> None:
        """Have somebody else let the time pass."""
        self._skipped += seconds
        say(self._said, sleep=seconds)
        sys.stdin.readline()


def say(to: TextIO, **words: object) -> None:
    """One line of JSON."""
    to.write(json.dumps(words) + "\n")
    to.flush()


def sdk(host: str, token: str, passing: Passing) -> Act:
    """`w.jobs.submit(…).result()` of databricks-sdk."""
    from databricks.sdk import WorkspaceClient  # noqa: PLC0415 - only one of the two may be installed
    from databricks.sdk.service import jobs  # noqa: PLC0415

    vars(jobs)["time"] = passing
    workspace = WorkspaceClient(host=host, token=token, auth_type="pat")

    def act(body: Body) -> object:
        tasks = [jobs.SubmitTask.from_dict(task) for task in body["tasks"]]
        wait = workspace.jobs.submit(tasks=tasks, run_name="train")
        return wait.result(timeout=timedelta(days=2))

    return act


def restated(host: str, token: str, passing: Passing) -> Act:
    """What Airflow's documentation says of its operator, for where that is not installed."""
    from databricks.sdk import WorkspaceClient  # noqa: PLC0415 - as above
    from databricks.sdk.service import jobs  # noqa: PLC0415

    workspace = WorkspaceClient(host=host, token=token, auth_type="pat")
    ends = {jobs.RunLifeCycleState.TERMINATED, jobs.RunLifeCycleState.SKIPPED}

    def act(body: Body) -> object:
        tasks = [jobs.SubmitTask.from_dict(task) for task in body["tasks"]]
        run_id = workspace.jobs.submit(tasks=tasks, run_name="train").run_id
        while True:
            state = workspace.jobs.get_run(run_id).state
            if state and state.life_cycle_state in ends:
                return state
            passing.sleep(30.0)

    return act


def airflow(host: str, token: str, passing: Passing) -> Act:
    """`DatabricksSubmitRunOperator` of Airflow as it is by default: 30 s between two questions."""
    scheme, _, address = host.partition("://")
    name, _, port = address.partition(":")
    login = {"conn_type": "databricks", "host": name, "schema": scheme, "password": token, "port": int(port)}
    os.environ["AIRFLOW_CONN_DATABRICKS_DEFAULT"] = json.dumps(login)
    operators = importlib.import_module("airflow.providers.databricks.operators.databricks")
    vars(operators)["time"] = passing

    def act(body: Body) -> object:
        train = operators.DatabricksSubmitRunOperator(task_id="train", json=body, do_xcom_push=False)
        return train.execute({})

    return act


def main() -> None:
    """Wait for runs until there is no more line."""
    kind, host = sys.argv[1:]
    said = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what the waiter prints is none of these lines
    act = {"sdk": sdk, "airflow": airflow, "restated": restated}[kind](
        host, os.environ["BENCH_TOKEN"], Passing(said)
    )
    say(said, ready=True)
    for line in iter(sys.stdin.readline, ""):
        act(json.loads(line))
        say(said, ended=True)


if __name__ == "__main__":
    main()
