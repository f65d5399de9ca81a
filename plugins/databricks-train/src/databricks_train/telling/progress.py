"""What the training logs, while it runs: its MLflow run's new parameters and metrics, now and then a line."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

from databricks_train.telling.table import shown
from drone_plugin import spell_duration

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from drone_plugin import Clock, Log

Metrics: TypeAlias = "Mapping[str, tuple[float, int]]"
"""The last value of each metric, and its step."""

Ask: TypeAlias = "Callable[[], tuple[Mapping[str, str], Metrics] | None]"
"""Reads parameters and metrics; None when MLflow gives no answer."""

EVERY: Final = 5.0
"""Seconds between two questions, and so between two lines, at least."""
SELDOM: Final = 60.0
"""The same in a training of an hour and more: a log of thousands of such lines hides what matters."""
PAUSE: Final = 60.0
"""Seconds in which an MLflow server that did not answer is left alone."""
SHARE: Final = 20
"""A server that takes long is asked for one part in so many of the time."""

MOST_PARAMETERS: Final = 12
MOST_METRICS: Final = 8
LARGEST_WHOLE: Final = 1e9
LONGEST_NAME: Final = 32
LONGEST_VALUE: Final = 24

_NOT_SHOWN: Final = ("drone_ml.", "mlflow.", "system/")


@dataclass
class Progress:
    """Tells what is new in an MLflow run. It raises nothing, whatever MLflow answers."""

    ask: Ask
    clock: Clock
    log: Log
    every: float = EVERY
    _parameters: dict[str, str] = field(default_factory=dict)
    _metrics: dict[str, tuple[float, int]] = field(default_factory=dict)
    _next: float = float("-inf")
    _began: float = 0.0
    _down: bool = False

    def __post_init__(self) -> None:
        """The time counts from here."""
        self._began = self.clock.monotonic()

    def __call__(self, elapsed: float | None = None, *, last: bool = False) -> None:
        """Say what is new, `elapsed` seconds after the wait began; call it as often as you like.

        `last`: the run has ended, so what is still new is told now or never.
        """
        start = self.clock.monotonic()
        if start < self._next and not (last and not self._down):
            return
        try:
            answer = self.ask()
            lines = self._news(*answer) if answer else []
        except Exception as error:  # noqa: BLE001 - a training is worth more than a line about it
            self.log.debug(f"no progress from MLflow: {error}")
            answer, lines = None, []
        now = self.clock.monotonic()
        passed = now - self._began if elapsed is None else elapsed
        pause = max(self.every, min(SELDOM, passed / 60)) if answer else PAUSE
        self._next = now + max(pause, SHARE * (now - start))
        self._down = answer is None
        for line in lines:
            self.log.info(f"{spell_duration(passed):>10}  {line}")

    def _news(self, parameters: Mapping[str, str], metrics: Metrics) -> list[str]:
        fresh = {name: value for name, value in parameters.items() if name not in self._parameters}
        self._parameters.update(fresh)
        changed = {name: one for name, one in metrics.items() if self._metrics.get(name) != one}
        self._metrics.update(changed)
        return [line for line in (_parameter_line(fresh), _metric_line(changed)) if line]


def _parameter_line(parameters: Mapping[str, str]) -> str:
    names = [name for name in sorted(parameters) if not name.startswith(_NOT_SHOWN)]
    words = [f"{_name(name)}={shown(parameters[name], LONGEST_VALUE)}" for name in names[:MOST_PARAMETERS]]
    return _joined(words, len(names) - MOST_PARAMETERS)


def _metric_line(metrics: Metrics) -> str:
    """The metrics of the latest step first: `step 12  accuracy 0.91  loss 0.231`."""
    names = [name for name in metrics if not name.startswith(_NOT_SHOWN)]
    names.sort(key=lambda name: (-metrics[name][1], name))
    step = max((metrics[name][1] for name in names), default=0)
    words = [f"{_name(name)} {_value(metrics[name][0])}" for name in names[:MOST_METRICS]]
    return _joined([f"step {step}", *words] if step and words else words, len(names) - MOST_METRICS)


def _value(value: float) -> str:
    """In four significant digits; a whole number in all of its own."""
    return str(int(value)) if value.is_integer() and abs(value) < LARGEST_WHOLE else f"{value:.4g}"


def _joined(words: list[str], more: int) -> str:
    return "  ".join([*words, *([f"and {more} more"] if more > 0 else [])])


def _name(name: str) -> str:
    return shown(name, LONGEST_NAME)
