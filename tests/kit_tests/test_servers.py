import sys
from pathlib import Path

import pytest

from kit.address import free_port
from kit.errors import KitError
from kit.mlflow_server import MlflowServer
from kit.server import http_status, serving


def test_mlflow_answers_to_the_shared_name_and_to_no_foreign_one(mlflow_server: MlflowServer) -> None:
    assert http_status(f"{mlflow_server.url}/api/2.0/mlflow/experiments/get?experiment_id=0") == 200
    assert http_status(f"http://127.0.0.2:{mlflow_server.port}/") == 403


def test_a_server_ends_with_its_children(tmp_path: Path) -> None:
    port = free_port()
    command = ["sh", "-c", f"{sys.executable} -m http.server {port} & wait"]
    url = f"http://127.0.0.1:{port}/"
    with serving(command, log=tmp_path / "log", is_ready=lambda: http_status(url) is not None):
        assert http_status(url) == 200
    assert http_status(url) is None


def test_a_server_that_does_not_start_shows_the_end_of_its_log(tmp_path: Path) -> None:
    broken = serving(["sh", "-c", "echo no such table; exit 1"], log=tmp_path / "log", is_ready=lambda: False)
    with pytest.raises(KitError, match="no such table"), broken:
        pass
