"""What is told of an MLflow run while it goes on, in a time that passes only when somebody sleeps."""

import io
from collections.abc import Mapping
from dataclasses import dataclass, field

from databricks_train.telling.progress import EVERY, PAUSE, Metrics, Progress
from drone_plugin import Log, Redactor, UnreachableError
from drone_plugin.log import LineStream
from kit.databricks.values import ManualClock

from .conftest import SteppedClock


@dataclass
class Told:
    """An MLflow run, and what is told of it."""

    parameters: dict[str, str] = field(default_factory=dict)
    metrics: dict[str, tuple[float, int]] = field(default_factory=dict)
    clock: SteppedClock = field(default_factory=lambda: SteppedClock(ManualClock(0)))
    out: io.BytesIO = field(default_factory=io.BytesIO)
    asked: int = 0
    takes: float = 0
    error: Exception | None = None

    def __post_init__(self) -> None:
        log = Log(LineStream(self.out, Redactor(), self.clock), self.clock, colour=False)
        self.progress = Progress(self._ask, self.clock, log)

    def _ask(self) -> tuple[Mapping[str, str], Metrics] | None:
        self.asked += 1
        self.clock.time.sleep(self.takes)
        if self.error:
            raise self.error
        return dict(self.parameters), dict(self.metrics)

    def pass_by(self, seconds: float) -> None:
        """Let time pass, and ask every second of it."""
        for _ in range(int(seconds)):
            self.clock.time.sleep(1)
            self.progress(self.clock.monotonic())

    @property
    def lines(self) -> list[str]:
        """What was told, without the time."""
        return [line[12:] for line in self.out.getvalue().decode().splitlines()]


def test_parameters_and_metrics_are_told_as_they_arrive_and_once() -> None:
    told = Told({"lr": "0.01", "drone_ml.commit": "c0ffee"})
    told.pass_by(10)
    told.metrics |= {"loss": (0.2313547, 12), "accuracy": (0.91, 12), "system/cpu": (99.0, 3)}
    told.pass_by(10)
    told.metrics["loss"] = (0.2, 13)
    told.pass_by(10)
    assert told.lines == ["lr=0.01", "step 12  accuracy 0.91  loss 0.2314", "step 13  loss 0.2"]


def test_each_line_says_how_long_the_run_goes_on() -> None:
    told = Told({"lr": "0.01"})
    told.progress(245)
    assert told.out.getvalue() == b"4 min 05 s  lr=0.01\n"
    told = Told()
    told.clock.time.sleep(65)
    told.parameters["lr"] = "0.02"
    told.progress(last=True)
    assert told.out.getvalue() == b"1 min 05 s  lr=0.02\n"


def test_a_training_that_logs_all_the_time_gets_a_line_every_few_seconds() -> None:
    told = Told()
    for step in range(100):
        told.metrics["loss"] = (1 / (step + 1), step)
        told.pass_by(1)
    assert len(told.lines) == 100 / EVERY


def test_in_a_long_training_a_line_comes_every_minute() -> None:
    told = Told()
    told.pass_by(7200)
    told.out.truncate(0)
    told.out.seek(0)
    for step in range(600):
        told.metrics |= {"loss": (1 / (step + 1), step), "rows": (123456.0, step)}
        told.pass_by(1)
    assert len(told.lines) == 10
    assert told.lines[-1].endswith("rows 123456")


def test_the_last_values_are_told_at_the_end_without_a_wait() -> None:
    told = Told(metrics={"loss": (0.5, 1)})
    told.progress(0)
    told.metrics["loss"] = (0.25, 2)
    told.progress(1, last=True)
    assert told.lines == ["step 1  loss 0.5", "step 2  loss 0.25"]


def test_metrics_without_steps_have_none() -> None:
    told = Told(metrics={"auc": (0.8, 0)})
    told.progress(0)
    assert told.lines == ["auc 0.8"]


def test_of_many_the_first_are_told_and_how_many_there_are() -> None:
    told = Told({f"p{n:03}": "1" for n in range(100)}, {f"m{n:03}": (1.0, n % 2) for n in range(50)})
    told.progress(0)
    first, second = told.lines
    assert first.endswith("p011=1  and 88 more")
    assert second.startswith("step 1  m001 1  m003 1")
    assert second.endswith("and 42 more")
    assert max(map(len, told.lines)) < 160


def test_names_and_values_stay_on_their_line_and_steer_nothing() -> None:
    told = Told({"a\nerror: forged": "\x1b[2J" + "x" * 1000}, {"\u202eloss\r\n": (float("nan"), 3)})
    told.progress(0)
    assert len(told.lines) == 2
    assert all(line.isprintable() and len(line) < 120 for line in told.lines)
    assert told.lines[1].endswith(" nan")


def test_an_mlflow_that_does_not_answer_is_left_alone_for_a_while_and_ends_nothing() -> None:
    told = Told(metrics={"loss": (0.5, 1)})
    told.error, told.takes = UnreachableError("MLflow is down"), 2
    told.pass_by(300)
    assert told.asked <= 300 / PAUSE + 1
    told.error = None
    told.pass_by(PAUSE)
    assert told.lines == ["step 1  loss 0.5"]


def test_an_answer_that_makes_no_sense_ends_nothing() -> None:
    told = Told(metrics={"loss": ("high", 1)})  # type: ignore[dict-item] # as a server may say it
    told.progress(0)
    assert told.lines == []


def test_a_slow_mlflow_costs_a_twentieth_of_the_time() -> None:
    told = Told()
    told.takes = 10
    told.pass_by(2000)
    assert told.asked * told.takes <= told.clock.monotonic() / 20 + 2 * told.takes


def test_an_mlflow_that_is_down_is_not_asked_once_more_at_the_end() -> None:
    told = Told()
    told.error = UnreachableError("MLflow is down")
    told.progress(0)
    told.progress(1, last=True)
    assert told.asked == 1
