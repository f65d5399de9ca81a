"""A real MLflow server, for as long as a block."""

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from kit.address import free_port, host_name
from kit.server import http_status, serving

ENVIRONMENT = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_DISABLE_TELEMETRY": "true"}


class MlflowServer:
    """The server at `url`, for the host and (with `--add-host`) every container; its data are in `folder`."""

    def __init__(self, folder: Path, *, port: int = 0) -> None:
        self.folder = folder.resolve()
        self.port = port or free_port()
        self.url = f"http://{host_name()}:{self.port}"
        self._running = ExitStack()

    def __enter__(self) -> Self:
        """Start it and wait until it is healthy, three to five seconds."""
        self.folder.mkdir(parents=True, exist_ok=True)
        server = serving(
            self._command(),
            log=self.folder / "server.log",
            is_ready=lambda: http_status(f"http://127.0.0.1:{self.port}/health") == 200,
            environment=ENVIRONMENT,
        )
        self._running.enter_context(server)
        return self

    def __exit__(self, *_: object) -> None:
        """End it with its workers; the data stay."""
        self._running.close()

    def _command(self) -> list[str]:
        # Requests under any other name than these are refused, against DNS rebinding.
        names = [host_name(), "127.0.0.1", "localhost"]
        allowed = [*names, *(f"{name}:{self.port}" for name in names)]
        return [
            str(Path(sys.executable).with_name("mlflow")),
            "server",
            *("--backend-store-uri", f"sqlite:///{self.folder / 'mlflow.db'}"),
            *("--artifacts-destination", str(self.folder / "artifacts")),
            *("--host", "0.0.0.0"),  # noqa: S104 - containers reach it over their bridge
            *("--port", str(self.port)),
            *("--workers", "1"),
            *("--allowed-hosts", ",".join(allowed)),
        ]
