"""The shape of what goes over the wire, and the clock that stamps it."""

import time
from typing import Protocol, TypeAlias, cast

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"
JsonObject: TypeAlias = dict[str, Json]


class Clock(Protocol):
    """Says the time in seconds since the epoch."""

    def now(self) -> float:
        """Seconds since the epoch."""
        ...


class SystemClock:
    """The real time."""

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time()


class FastClock:
    """The real time, `speed` times as fast."""

    def __init__(self, speed: float) -> None:
        self._speed = speed
        self._start = time.time()

    def now(self) -> float:
        """Seconds since the epoch, from now on too many."""
        return self._start + (time.time() - self._start) * self._speed


class ManualClock:
    """A clock that stands still until a test moves it; a client may be given its `sleep`."""

    def __init__(self, start: float = 1_767_225_600.0) -> None:
        self._now = start

    def now(self) -> float:
        """Seconds since the epoch."""
        return self._now

    def sleep(self, seconds: float) -> None:
        """Let `seconds` pass at once."""
        self._now += seconds


def milliseconds(seconds: float) -> int:
    """The unit in which the API counts times and durations."""
    return round(seconds * 1000)


def at(value: Json, *path: str | int) -> Json:
    """The value at a path of keys and indices inside of an answer, for tests to look at."""
    for step in path:
        assert isinstance(value, dict if isinstance(step, str) else list), f"no {step} in {value}"
        value = cast("dict[str | int, Json]", value)[step]
    return value
