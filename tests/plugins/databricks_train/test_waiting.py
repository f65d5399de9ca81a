"""Waiting for a run of the stand-in through all that may happen meanwhile, in a time that only waiting passes."""

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from databricks_train.workspace.api import Workspace
from databricks_train.workspace.errors import GoneError
from databricks_train.workspace.polling import Manner, wait_for_end
from databricks_train.workspace.run_state import Run
from databricks_train.workspace.verdict import verdict
from drone_plugin import Log, Redactor, RefusedError, TimeLimitError, UnreachableError
from drone_plugin.log import LineStream
from drone_plugin.waiting import Waiting
from kit.databricks.client import TOKEN, Client, submission
from kit.databricks.faults import Fault
from kit.databricks.script import Outcome, Phase
from kit.databricks.server import Workspace as StandIn
from kit.databricks.values import JsonObject, ManualClock
from kit.scripted_server import Answer, serving

from .conftest import SteppedClock

GET = "/api/2.2/jobs/runs/get"
HTML = "<html><body>Bad gateway</body></html>"
BUSY: JsonObject = {"error_code": "REQUEST_LIMIT_EXCEEDED", "message": "Too many requests"}
MINUTE = 60.0


@dataclass
class Scene:
    """A run that is waited for."""

    served: StandIn
    door: Workspace
    clock: SteppedClock
    printed: io.BytesIO
    run_id: int = 0

    def begin(self, running: float, result: str = "SUCCESS") -> None:
        """Submit a run that is RUNNING for so many seconds."""
        phases = [Phase("PENDING", seconds=MINUTE), Phase("RUNNING", seconds=running)]
        self.served.script(Outcome(phases, result))
        self.run_id = self.door.submit(submission())

    def after(self, seconds: float, do: Callable[[], None]) -> None:
        """Let something happen while the run is waited for."""
        due = self.clock.monotonic() + seconds
        done: list[bool] = []

        def look() -> None:
            if not done and self.clock.monotonic() >= due:
                done.append(True)
                do()

        self.clock.on_sleep = look

    def wait(self, limit: float = 3600) -> Run:
        """Wait for its end."""
        log = Log(LineStream(self.printed, Redactor(), self.clock), self.clock, colour=False)
        manner = Manner(chance=lambda: 0.5)
        return wait_for_end(lambda: self.door.run(self.run_id), self.clock, log, limit, manner)

    @property
    def lines(self) -> list[str]:
        """What was said."""
        return [line.strip() for line in self.printed.getvalue().decode().splitlines()]


@pytest.fixture
def scene(workspace: StandIn, workspace_clock: ManualClock) -> Iterator[Scene]:
    """A workspace, a client of it on its time, and a log."""
    clock = SteppedClock(workspace_clock)
    door = Workspace(workspace.url, TOKEN, Waiting(clock, workspace_clock.now, lambda: 0.5))
    yield Scene(workspace, door, clock, io.BytesIO())
    assert len(workspace.submissions()) == 1, "whatever happened, one run was asked for"


def fails(scene: Scene, seconds: float, **how: object) -> None:
    """Let the workspace fail for so long from now on."""
    scene.served.faults.add(Fault("GET", GET, "status", times=10**6, **how))  # type: ignore[arg-type] # a test
    scene.after(seconds, scene.served.faults.clear)


def test_a_gateway_that_is_down_for_three_minutes_is_survived_and_told_once(scene: Scene) -> None:
    scene.begin(running=10 * MINUTE)
    fails(scene, 3 * MINUTE, status=502, body=HTML)
    assert verdict(scene.wait()).kind == "success"
    told = [line for line in scene.lines if "asking again" in line]
    over = [line for line in scene.lines if "answers again, after 3 min" in line]
    assert (len(told), len(over)) == (1, 1)


@pytest.mark.parametrize("status", [429, 500, 503, 504])
def test_a_workspace_that_cannot_answer_for_nine_minutes_is_survived(scene: Scene, status: int) -> None:
    scene.begin(running=10 * MINUTE)
    fails(scene, 9 * MINUTE, status=status, body={"error_code": "X", "message": "later"})
    assert verdict(scene.wait()).kind == "success"


def test_twenty_refusals_for_asking_too_much_are_waited_out(scene: Scene) -> None:
    scene.begin(running=10 * MINUTE)
    headers = {"Retry-After": "5"}
    busy = Fault("GET", GET, "status", times=20, skip=2, status=429, headers=headers, body=BUSY)
    scene.served.faults.add(busy)
    assert verdict(scene.wait()).kind == "success"
    assert any("answers again, after 2 min 00 s" in line for line in scene.lines), "20 times 5 s, and a fifth"


def test_connections_that_break_are_survived(scene: Scene) -> None:
    scene.begin(running=5 * MINUTE)
    scene.served.faults.add(
        Fault("GET", GET, "drop-before", times=4, skip=3), Fault("GET", GET, "drop-after")
    )
    assert verdict(scene.wait()).kind == "success"


def test_ten_minutes_without_an_answer_end_the_wait_and_the_run_goes_on(scene: Scene) -> None:
    scene.begin(running=20 * MINUTE)
    fails(scene, 11 * MINUTE, status=503, body=HTML)
    with pytest.raises(UnreachableError, match="for 10 min") as error:
        scene.wait()
    assert "goes on" in error.value.hint
    scene.served.faults.clear()
    scene.clock.sleep(20 * MINUTE)
    assert scene.door.run(scene.run_id).state.succeeded


def test_a_token_that_is_revoked_in_the_middle_ends_the_wait_and_the_run_goes_on(scene: Scene) -> None:
    scene.begin(running=5 * MINUTE)
    scene.after(2 * MINUTE, lambda: scene.served.revoke(TOKEN))
    with pytest.raises(RefusedError, match="Invalid access token") as error:
        scene.wait()
    assert error.value.hint.startswith("check token")
    assert "goes on" in error.value.hint


def test_a_run_that_is_deleted_in_the_middle_is_told_as_such(scene: Scene) -> None:
    scene.begin(running=5 * MINUTE)

    def delete() -> None:
        client = Client(scene.served)
        client.post("/2.2/jobs/runs/cancel", {"run_id": scene.run_id})
        client.run(scene.run_id)
        scene.clock.time.sleep(MINUTE)
        while not scene.door.run(scene.run_id).state.ended:
            pass
        client.post("/2.2/jobs/runs/delete", {"run_id": scene.run_id})

    scene.after(2 * MINUTE, delete)
    with pytest.raises(GoneError, match="does not exist"):
        scene.wait()


@pytest.mark.parametrize(
    "told",
    [
        {"state": {"life_cycle_state": "HIBERNATING"}, "status": {"state": "HIBERNATING"}},
        {"state": None},
        {"status": None},
        {"state": None, "status": None, "tasks": None},
        {"state": "RUNNING", "status": 7, "tasks": [7]},
    ],
)
def test_answers_that_lack_or_invent_something_are_survived(scene: Scene, told: JsonObject) -> None:
    scene.begin(running=5 * MINUTE)
    odd = Fault("GET", GET, "replace", times=9, skip=3, replace=lambda answer: {**answer, **told})
    scene.served.faults.add(odd)
    assert verdict(scene.wait()).kind == "success"


@pytest.mark.parametrize("lost", ["state", "status"])
def test_the_verdict_is_found_in_either_vocabulary(scene: Scene, lost: str) -> None:
    scene.begin(running=MINUTE, result="TIMEDOUT")
    gone = Fault(
        "GET", GET, "replace", times=10**6, replace=lambda answer: {**answer, lost: None, "tasks": []}
    )
    scene.served.faults.add(gone)
    assert verdict(scene.wait()).kind == "timeout"


def test_a_wait_that_takes_too_long_ends_on_time(scene: Scene) -> None:
    scene.begin(running=100 * MINUTE)
    begun = scene.clock.monotonic()
    with pytest.raises(TimeLimitError):
        scene.wait(30 * MINUTE)
    assert scene.clock.monotonic() - begun == 30 * MINUTE


def test_the_phases_are_told_with_what_they_took(scene: Scene) -> None:
    scene.begin(running=4 * MINUTE, result="FAILED")
    scene.wait()
    assert [line.split("  ")[-1].partition(" (")[0] for line in scene.lines] == [
        "cluster starting",
        "running",
        "ended: FAILED: Task train failed with message: Workload failed, see run output for details.",
    ]


def test_a_log_of_five_megabytes_with_bytes_that_are_no_text_is_read() -> None:
    logs = json.dumps("ok \x1b[2J ").encode()[:-1] + b"\xff\xfe" + b"x" * 5 * 2**20 + b'"'
    body = b'{"logs_truncated": true, "logs": ' + logs + b"}"
    with serving(Answer(headers={"Content-Type": "application/json"}, body=body)) as server:
        output = Workspace(server.url, "dapi-1").output(7)
    assert output.truncated
    assert output.logs.startswith("ok \x1b[2J \ufffd\ufffdxxx")
