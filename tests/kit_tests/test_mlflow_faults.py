from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from mlflow import MlflowClient

from kit.mlflow_faults import MlflowFront, lost, silent, slow, unavailable
from kit.mlflow_server import MlflowServer


@pytest.fixture
def front(mlflow_server: MlflowServer) -> Iterator[MlflowFront]:
    with MlflowFront(mlflow_server.url) as running:
        yield running


def version(front: MlflowFront, timeout: float = 30) -> int:
    return requests.get(f"{front.url}/version", timeout=timeout).status_code


def test_a_front_without_rules_is_the_server(front: MlflowFront, tmp_path: Path) -> None:
    client = MlflowClient(front.url)
    run = client.create_run(client.create_experiment("/front/plain"), tags={"a": "b = 'c' & d"})
    found = client.search_runs([run.info.experiment_id], "tags.a = \"b = 'c' & d\"")
    assert [one.info.run_id for one in found] == [run.info.run_id]
    for name, text in {"full.txt": "once", "empty.txt": ""}.items():
        (tmp_path / name).write_text(text)
        client.log_artifact(run.info.run_id, str(tmp_path / name))
        kept = client.download_artifacts(run.info.run_id, name, str(tmp_path))
        assert Path(kept).read_text() == text
    assert {request.path for request in front.requests} >= {"/api/2.0/mlflow/runs/create"}


def test_the_whole_server_or_one_endpoint_is_unavailable_until_the_rules_are_cleared(
    front: MlflowFront,
) -> None:
    front.faults.add(unavailable())
    assert [version(front) for _ in range(3)] == [503, 503, 503]
    front.faults.clear()
    front.faults.add(unavailable("*/runs/create", status=502))
    assert version(front) == 200
    assert requests.post(f"{front.url}/api/2.0/mlflow/runs/create", json={}, timeout=5).status_code == 502


def test_a_slow_answer_comes_late_and_a_silent_one_never(front: MlflowFront) -> None:
    front.faults.add(slow(0.3), silent())
    with pytest.raises(requests.ReadTimeout):
        version(front, timeout=0.1)
    with pytest.raises(requests.ReadTimeout):
        version(front, timeout=0.5)


def test_a_lost_answer_leaves_what_was_asked_for_done(front: MlflowFront) -> None:
    front.faults.add(lost("*/experiments/create"))
    body = {"name": "/front/lost"}
    with pytest.raises(requests.ConnectionError):
        requests.post(f"{front.url}/api/2.0/mlflow/experiments/create", json=body, timeout=5)
    assert MlflowClient(front.url).get_experiment_by_name("/front/lost")


def test_a_dead_server_refuses_connections_until_it_is_started_again(front: MlflowFront) -> None:
    front.stop()
    with pytest.raises(requests.ConnectionError):
        version(front)
    front.start()
    assert version(front) == 200
    assert len(front.requests) == 1
