"""Pipelines that do not end well: what is told, what stays on record, and what must never be seen."""

import base64
import re
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import quote, quote_plus

import pytest
from mlflow import MlflowClient

from drone_plugin.testing.spec import Netrc
from kit.service import Service
from kit.stage import TOKEN
from model_chain import TrainingRecord

pytestmark = pytest.mark.e2e

TELLS_ALL = """\
import json, os, sys, mlflow
print(json.dumps(dict(os.environ)), sys.argv)
with mlflow.start_run():
    mlflow.log_dict(dict(os.environ), "environment.json")
    raise ValueError("the loss is not a number")
"""

MARKERS = {
    "databricks_token": TOKEN,
    "registry_password": "of the registry: /+&=?%'\"7f3a",
    "tracking_password": "of-mlflow/with+more~4b1c",
    "tracking_token": "bearer-of-mlflow-9d2e",
    "netrc_login": "ghs_login-of-the-clone-1a6b",
    "netrc_password": "password-of-the-clone-5c8d",
}


def test_a_training_that_fails_says_why_in_log_and_record(service: Service) -> None:
    made = service.commit("Train until it breaks [train]")
    result = service.run(made, service.pipeline(train={"arguments": "--fail"}))
    step = result.step("train")
    assert step.exit_code == 1
    log = step.log
    assert "ValueError: the loss is not a number" in log
    assert 'tiny_model/train.py", line 11, in <module>' in log
    training = TrainingRecord.model_validate_json(result.files[".drone-ml/training.json"])
    assert training.result == "FAILED"
    assert log.index(training.databricks_run_url) < log.index("── train")
    assert log.rstrip().endswith(training.databricks_run_url)
    run = MlflowClient(service.stage.mlflow.url).get_run(training.mlflow_run_id)
    assert run.info.status == "FAILED"
    assert run.data.metrics["loss"] == pytest.approx(1 / 3)


def test_no_secret_of_a_failing_pipeline_is_seen_anywhere(service: Service) -> None:
    made = service.commit("Show everything [train]", {"tiny_model/train.py": TELLS_ALL})
    netrc = Netrc("github.example.com", MARKERS["netrc_login"], MARKERS["netrc_password"])
    made = replace(made, repo=replace(made.repo, private=True, netrc=netrc))
    secrets = {name: value for name, value in MARKERS.items() if not name.startswith("netrc")}
    chatty = {"log_level": "debug"}
    pipeline = service.pipeline(
        scan=chatty,
        image=chatty,
        train={
            **chatty,
            "registry_username": "drone",
            "tracking_username": "drone",
            **{name: {"from_secret": name} for name in secrets if name != "databricks_token"},
        },
    )
    output = "/drone/src/.drone-ml/output"
    result = service.run(made, pipeline, secrets=secrets, runner_environment={"DRONE_OUTPUT": output})
    assert result.step("train").exit_code == 1, result.describe()
    assert result.step("train").environment["PLUGIN_REGISTRY_PASSWORD"] == MARKERS["registry_password"]
    seen = {
        **{f"log of {step.name}": step.raw_log.encode() for step in result.steps},
        **result.files,
        **{request.path: request.body for request in service.stage.workspace.requests},
        **{str(path): path.read_bytes() for path in service.stage.mlflow.folder.rglob("*") if path.is_file()},
    }
    assert {".drone-ml/image.json", ".drone-ml/training.json", ".drone-ml/output"} <= seen.keys()
    assert any(name.endswith("environment.json") for name in seen)
    assert b"the loss is not a number" in seen["log of train"]
    for name, marker in MARKERS.items():
        for form in spelled(marker):
            assert [place for place, content in seen.items() if form in content] == [], name


def test_a_marker_is_found_in_each_of_its_spellings() -> None:
    for marker in MARKERS.values():
        for before in ("", "u:", "ab:"):
            encoded = base64.b64encode(f"{before}{marker}:end".encode())
            assert any(form in encoded for form in spelled(marker))
        assert any(form in f"x={quote(marker, safe='')}".encode() for form in spelled(marker))


def spelled(marker: str) -> Iterator[bytes]:
    """The ways in which a secret may be written down."""
    yield marker.encode()
    yield from {quote(marker).encode(), quote(marker, safe="").encode(), quote_plus(marker).encode()}
    yield re.sub(r"([\"\\])", r"\\\1", marker).encode()
    for offset in range(3):
        encoded = base64.b64encode(b"x" * offset + marker.encode())
        whole = encoded[-(-offset * 8 // 6) : (offset + len(marker)) * 8 // 6]
        yield whole
        yield whole.replace(b"+", b"-").replace(b"/", b"_")
