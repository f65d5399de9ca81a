"""Time in which work takes as long as it takes, and waiting nothing."""

import time
from dataclasses import dataclass, field


@dataclass
class SkippingClock:
    """The machine's time, moved on by every wait instead of waiting.

    A run of hours that is looked at five hundred times takes as long as five hundred answers do, and what a
    client does between two waits is still measured. It is the workspace's clock and a step's.
    """

    _skipped: float = field(default=0.0, init=False)
    _start: float = field(default_factory=lambda: time.time() - time.perf_counter(), init=False)

    def now(self) -> float:
        """Seconds since the epoch."""
        return self._start + time.perf_counter() + self._skipped

    def monotonic(self) -> float:
        """The same, for clients."""
        return self.now()

    def sleep(self, seconds: float) -> None:
        """Let `seconds` pass at once."""
        self._skipped += seconds
