"""The archived request: it comes back as it was, tells of changes, and holds no secret."""

import json
from collections.abc import Mapping

import pytest
from mlflow import MlflowClient
from pydantic import ValidationError

from databricks_train.chain.archive import PATH, plain_secrets, read_request, sealed
from databricks_train.job.logins import WITHHELD
from databricks_train.tracking.door import MissingError
from databricks_train.tracking.server import Tracking
from drone_plugin import SettingsError
from kit.mlflow_server import MlflowServer

from .chain import Chain, request


@pytest.fixture
def chain(mlflow_server: MlflowServer) -> Chain:
    """A chain that is not trained yet."""
    return Chain(Tracking(mlflow_server.url, mlflow_server.url), MlflowClient(mlflow_server.url))


def test_a_request_comes_back_from_the_run_as_it_was(chain: Chain) -> None:
    chain.request = request(parameters={"lr": 0.1, "epochs": 20, "fast": True, "name": "20"})
    run = chain.tracking.run(chain.train().run_id)
    read = read_request(chain.tracking, run)
    assert read == chain.request
    types = {name: type(value) for name, value in read.parameters.items()}
    assert types == {"lr": float, "epochs": int, "fast": bool, "name": str}


def test_a_later_build_of_the_same_training_has_the_same_fingerprint() -> None:
    assert request(build=7).fingerprint() == request(build=8).fingerprint()
    assert request(build=7).fingerprint() != request(branch="other").fingerprint()


def test_a_file_that_was_written_over_is_noticed(chain: Chain) -> None:
    chain.train()
    chain.tracking.put_json(chain.run_id, PATH, request(commit="d" * 40).as_json())
    with pytest.raises(SettingsError, match="was changed: its digest is"):
        read_request(chain.tracking, chain.tracking.run(chain.run_id))


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ({}, "endpoint: Field required"),
        ({"version": 2}, "version: Input should be 1"),
        ({"image": "registry.example.com/team/model:latest"}, "image: String should match pattern"),
        ({"\u202enew": 1}, "Extra inputs are not permitted"),
        (
            {"body": {"spark_env_vars": {"HF_TOKEN": "hf-secret"}}},
            "holds a secret in plain text at spark_env_vars",
        ),
    ],
)
def test_what_is_no_request_is_refused_without_being_quoted(
    chain: Chain, content: Mapping[str, object], complaint: str
) -> None:
    chain.train(archive=False)
    whole = json.loads(json.dumps(request().as_json() | dict(content))) if content else {}
    chain.tracking.put_json(chain.run_id, PATH, whole)
    with pytest.raises(SettingsError, match=f"is no archived request: .*{complaint}") as raised:
        read_request(chain.tracking, chain.tracking.run(chain.run_id))
    assert "hf-secret" not in raised.value.message
    assert "\u202e" not in raised.value.message


def test_a_run_without_a_request_has_none(chain: Chain) -> None:
    chain.train(archive=False)
    with pytest.raises(MissingError, match=PATH):
        read_request(chain.tracking, chain.tracking.run(chain.run_id))


SECRETS: dict[str, object] = {
    "tasks": [
        {
            "new_cluster": {
                "docker_image": {"basic_auth": {"username": "drone", "password": "hunter22"}},
                "spark_env_vars": {"HF_TOKEN": "{{secrets/hf/token}}", "MAX_TOKENS": "4096", "API_KEY": ""},
                "spark_conf": {"fs.azure.account.key.acme.dfs.core.windows.net": "azure-secret"},
            },
            "spark_python_task": {"parameters": ["--login=drone:s3cret-of-the-step"]},
        }
    ],
    "idempotency_token": "ab" * 32,
}


def test_what_sounds_like_a_secret_and_is_no_reference_is_found() -> None:
    body = json.loads(json.dumps(SECRETS))
    assert dict(plain_secrets(body)) == {
        "tasks.0.new_cluster.docker_image.basic_auth.password": "hunter22",
        "tasks.0.new_cluster.spark_conf.fs.azure.account.key.acme.dfs.core.windows.net": "azure-secret",
    }
    with pytest.raises(ValidationError, match=r"basic_auth\.password") as raised:
        request(body=SECRETS)
    assert "hunter22" not in str(raised.value)


def test_a_sealed_body_holds_no_secret_and_says_what_it_lacks() -> None:
    body = sealed(json.loads(json.dumps(SECRETS)), ["s3cret-of-the-step", ""])
    text = json.dumps(body)
    assert not any(secret in text for secret in ("hunter22", "azure-secret", "s3cret-of-the-step"))
    assert "{{secrets/hf/token}}" in text
    archived = request(body=dict(body))
    assert text.count(WITHHELD) == 3
    assert archived.withheld == (
        "tasks.0.new_cluster.spark_conf.fs.azure.account.key.acme.dfs.core.windows.net",
        "tasks.0.spark_python_task.parameters.0",
    ), "a registry's login can be given again by the settings"
