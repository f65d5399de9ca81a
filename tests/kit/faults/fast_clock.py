"""Starts the training plugin of the image it lies in, with a clock that runs faster than the real one.

python -I -u fast_clock.py SPEED
"""

import sys
import time

from databricks_train import __main__ as entry
from databricks_train import __version__
from databricks_train.settings import TrainSettings
from drone_plugin import Plugin, run


class FastClock:
    """`speed` seconds pass in one."""

    def __init__(self, speed: float) -> None:
        self._speed = speed

    def monotonic(self) -> float:
        """Seconds since some moment."""
        return time.monotonic() * self._speed

    def sleep(self, seconds: float) -> None:
        """Wait for a part of them."""
        time.sleep(seconds / self._speed)


if __name__ == "__main__":
    clock = FastClock(float(sys.argv[1]))
    sys.exit(run(Plugin("databricks-train", __version__, TrainSettings, entry._decide, entry._work, clock)))
