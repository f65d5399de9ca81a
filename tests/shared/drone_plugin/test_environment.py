"""The one door to the process environment."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from drone_plugin import environment, isolate


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    """Other tests find the engine by what is removed here."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


def test_the_environment_is_a_copy_that_nobody_writes_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLUGIN_X", "before")
    current = environment.current()

    monkeypatch.setenv("PLUGIN_X", "after")

    assert current["PLUGIN_X"] == "before"
    assert not hasattr(current, "__setitem__")


@pytest.mark.parametrize(
    "name",
    [
        "DATABRICKS_HOST",
        "DATABRICKS_CONFIG_PROFILE",
        "MLFLOW_TRACKING_URI",
        "ARM_CLIENT_SECRET",
        "AWS_ENDPOINT_URL",
        "AZURE_CONFIG_DIR",
        "GOOGLE_APPLICATION_CREDENTIALS",
        "DOCKER_HOST",
    ],
)
def test_what_steers_client_libraries_is_removed_and_named(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for other in [other for other in os.environ if other.startswith(environment.SDK_PREFIXES)]:
        monkeypatch.delenv(other)
    monkeypatch.setenv(name, "https://evil.example.com")

    assert isolate({}) == [name]
    assert name not in os.environ


def test_what_is_kept_is_set_and_all_else_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "https://evil.example.com")
    monkeypatch.setenv("PLUGIN_X", "stays")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:3128")

    removed = isolate({"MLFLOW_TRACKING_URI": "https://mlflow.example.com"})

    assert "MLFLOW_TRACKING_URI" in removed
    assert os.environ["MLFLOW_TRACKING_URI"] == "https://mlflow.example.com"
    assert os.environ["PLUGIN_X"] == "stays"
    assert os.environ["HTTPS_PROXY"] == "http://proxy:3128"


def test_only_the_prefixes_asked_for_are_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://docker:2375")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "x")

    assert "MLFLOW_TRACKING_URI" in isolate({}, ("MLFLOW_",))
    assert os.environ["DOCKER_HOST"] == "tcp://docker:2375"


@pytest.mark.parametrize("name", environment.TRUST)
def test_a_certificate_of_the_workspace_is_not_trusted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    monkeypatch.setenv(name, str(tmp_path / "link" / "ca.pem"))
    assert name in isolate({}, workspace=tmp_path)
    assert name not in os.environ


def test_a_certificate_of_the_image_is_trusted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/etc/ssl/certs/company.pem")
    assert "SSL_CERT_FILE" not in isolate({}, workspace=tmp_path)
    assert os.environ["SSL_CERT_FILE"] == "/etc/ssl/certs/company.pem"
