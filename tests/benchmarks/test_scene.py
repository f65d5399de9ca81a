"""A workspace in which waits are skipped."""

import time
from dataclasses import dataclass

import pytest
from benchmarks.scene import BODY, Course, Scene, scene
from benchmarks.skipping import SkippingClock

from kit.databricks.client import Client


@dataclass
class EachTen:
    """Asks every ten seconds."""

    scene: Scene
    name: str = "each ten"

    def act(self, service: str) -> None:
        """One run."""
        assert service == "model"
        client = Client(self.scene.workspace)
        run_id = client.submit(BODY)
        while "result_state" not in str(client.run(run_id)):
            self.scene.clock.sleep(10)


def test_a_wait_is_skipped_and_work_is_not() -> None:
    clock = SkippingClock()
    before, real = clock.monotonic(), time.perf_counter()
    clock.sleep(3600)
    passed = clock.now() - before - 3600
    assert 0 <= passed <= time.perf_counter() - real + 1e-3


def test_it_begins_with_the_time_that_it_is() -> None:
    assert SkippingClock().now() == pytest.approx(time.time(), abs=1)


def test_what_a_waiter_makes_of_a_run_is_counted_at_the_server() -> None:
    with scene() as stage:
        waited = stage.wait(EachTen(stage), Course(starting=20, running=135))
    assert waited.calls == 1 + 17
    assert waited.seen == pytest.approx(5, abs=1)
    assert waited.seen <= waited.lag < waited.seen + 1
