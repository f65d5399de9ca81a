"""Time for tests: it passes only when somebody waits, and then at once."""

import signal
from dataclasses import dataclass, field


@dataclass
class FakeClock:
    """Time that passes only when somebody waits, and remembers how long.

    At `stop_at` seconds, where it is given, this process gets SIGTERM, once: what waited then is interrupted.
    """

    now: float = 0.0
    slept: list[float] = field(default_factory=list)
    stop_at: float | None = None

    def monotonic(self) -> float:
        """Seconds."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let time pass at once."""
        self.slept.append(seconds)
        if self.stop_at is not None and self.now + seconds >= self.stop_at:
            self.now, self.stop_at = max(self.now, self.stop_at), None
            signal.raise_signal(signal.SIGTERM)
            return
        self.now += seconds
