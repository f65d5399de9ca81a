"""What stops a run in the middle."""

from contextlib import suppress
from threading import Lock

from docker.errors import APIError
from docker.models.containers import Container

from kit.databricks.runs import Ending


class Brake:
    """Stops the whole of a run, or the attempt that is under way, wherever its thread is just then."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._attempt: Ending | None = None
        self._container: Container | None = None
        self.run: Ending | None = None

    @property
    def ending(self) -> Ending | None:
        """How the attempt ends because it was stopped; None while it goes on."""
        return self.run or self._attempt

    def release(self) -> None:
        """A new attempt begins."""
        with self._lock:
            self._attempt = self._container = None

    def start(self, container: Container) -> bool:
        """Start a container, unless the run was stopped before."""
        with self._lock:
            if self.ending:
                return False
            container.start()
            self._container = container
            return True

    def pull(self, ending: Ending, grace: int, *, whole_run: bool = True) -> None:
        """Stop: what runs gets SIGTERM, and SIGKILL after `grace` seconds. The first ending counts."""
        with self._lock:
            if whole_run:
                self.run = self.run or ending
            else:
                self._attempt = self._attempt or ending
            container = self._container
        if container:
            with suppress(APIError):  # it ended by itself, or was removed, in the meantime
                container.stop(timeout=grace)
