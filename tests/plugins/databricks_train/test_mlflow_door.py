"""A dead, slow or refusing MLflow costs seconds, and never a training."""

import json
import time

import pytest

from databricks_train.tracking.door import CLIENT_ENVIRONMENT, PAUSE, MlflowDoor
from databricks_train.tracking.server import Tracking
from drone_plugin import PluginError, RefusedError, SettingsError, UnreachableError
from drone_plugin.testing.clock import FakeClock
from kit.scripted_server import DROP, Answer, serving

QUICK = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0"}


@pytest.fixture(autouse=True)
def _client(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**CLIENT_ENVIRONMENT, **QUICK}.items():
        monkeypatch.setenv(name, value)


def error(status: int, code: str, message: str) -> Answer:
    return Answer(status, body=json.dumps({"error_code": code, "message": message}).encode())


RUN = Answer(body=json.dumps({"run": {"info": {"run_id": "r1"}, "data": {}}}).encode())


class Door:
    """A door to a scripted server, its time, and what it warned of."""

    def __init__(self, url: str) -> None:
        self.clock = FakeClock()
        self.warnings: list[str] = []
        self.tracking = Tracking(url, url, clock=self.clock, warn=self.warnings.append)

    def metrics(self) -> dict[str, float]:
        """Asked for as something that can be done without."""
        return self.tracking.attempt(
            "no metrics", lambda: dict(self.tracking.run("r1").metrics), {"none": 0.0}
        )


def test_after_no_answer_nothing_optional_is_asked_for_a_while() -> None:
    with serving(DROP, RUN) as server:
        door = Door(server.url)
        assert door.metrics() == {"none": 0.0}
        for _ in range(5):
            door.metrics()
        assert len(server.requests) == 1
        door.clock.sleep(PAUSE)
        assert door.metrics() == {}
        assert door.metrics() == {}
    assert len(server.requests) == 3
    (said,) = door.warnings
    assert said.startswith("no metrics: MLflow at http://127.0.0.1:")
    assert said.endswith("; MLflow is not asked again for 1 min 00 s")


def test_the_pause_grows_while_nobody_answers_and_ends_where_an_answer_matters() -> None:
    with serving(DROP, DROP, DROP, RUN) as server:
        door = Door(server.url)
        for pause in (PAUSE, 2 * PAUSE):
            door.metrics()
            door.clock.sleep(pause)
        assert door.metrics() == {"none": 0.0}
        door.tracking.reopen()
        assert door.metrics() == {}
    assert [said.rpartition(" for ")[2] for said in door.warnings] == [
        "1 min 00 s",
        "2 min 00 s",
        "4 min 00 s",
    ]


def test_what_cannot_be_done_without_is_asked_all_the_same() -> None:
    with serving(DROP, RUN) as server:
        door = Door(server.url)
        door.metrics()
        assert door.tracking.run("r1").metrics == {}
        assert door.metrics() == {}
    assert len(server.requests) == 3


def test_a_refusal_is_said_each_time_and_asked_again() -> None:
    with serving(error(403, "PERMISSION_DENIED", "not you")) as server:
        door = Door(server.url)
        door.metrics()
        door.metrics()
    assert len(server.requests) == 2
    assert [said.rpartition(": ")[2] for said in door.warnings] == ["not you", "not you"]


@pytest.mark.parametrize(
    ("answer", "raised"),
    [
        (DROP, UnreachableError),
        (Answer(503, body=b"<html>busy</html>"), UnreachableError),
        (Answer(502, body=b"<html>bad</html>"), UnreachableError),
        (error(429, "REQUEST_LIMIT_EXCEEDED", "slow down"), UnreachableError),
        (error(401, "UNAUTHENTICATED", "who?"), RefusedError),
        (error(403, "PERMISSION_DENIED", "not you"), RefusedError),
        (error(400, "INVALID_PARAMETER_VALUE", "odd"), SettingsError),
        (Answer(200, body=b"<html>login</html>"), UnreachableError),
    ],
)
def test_each_answer_has_its_error(answer: Answer | str, raised: type[PluginError]) -> None:
    with serving(answer) as server, pytest.raises(raised, match="run r1"):
        Tracking(server.url, server.url).run("r1")


def test_a_server_that_asks_for_an_hour_does_not_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
    start = time.monotonic()
    with serving(Answer(503, {"Retry-After": "3600"})) as server, pytest.raises(UnreachableError):
        Tracking(server.url, server.url).run("r1")
    assert time.monotonic() - start < 5


def test_a_workspace_that_is_not_there_costs_no_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK would ask the host about itself for minutes, twice for each request."""
    monkeypatch.setenv("DATABRICKS_HOST", "http://127.0.0.1:9")
    monkeypatch.setenv("DATABRICKS_TOKEN", "dapi-1")
    start = time.monotonic()
    with pytest.raises(UnreachableError):
        Tracking("databricks", "databricks-uc").run("r1")
    assert time.monotonic() - start < 5


def test_artifacts_that_this_image_has_no_client_for_are_an_error_with_a_remedy() -> None:
    door = MlflowDoor("http://127.0.0.1:9", "http://127.0.0.1:9")
    with pytest.raises(SettingsError, match="no client") as raised, door.asking("an artifact"):
        raise ModuleNotFoundError("No module named 'boto3'")
    assert "serve-artifacts" in raised.value.hint
