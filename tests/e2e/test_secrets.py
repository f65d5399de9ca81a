"""Secrets of a pipeline that says as much as it can: they must not be seen anywhere, in no spelling."""

import base64
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final
from urllib.parse import quote, quote_plus

import docker
import pytest
import yaml

from drone_plugin.testing.goformat import Value
from drone_plugin.testing.spec import Netrc
from kit import forges
from kit.address import host_name
from kit.databricks.server import Workspace
from kit.drone.result import PipelineResult
from kit.engine import Engine
from kit.forges import FakeForge, forge
from kit.registry import Registry
from kit.registry_client import Credentials
from kit.service import Service
from kit.stage import USER, Stage

pytestmark = pytest.mark.e2e

TELLS_ALL = """\
import json, os, sys, mlflow
print(json.dumps(dict(os.environ)), sys.argv)
with mlflow.start_run() as run:
    mlflow.log_dict(dict(os.environ), "environment.json")
    client, name = mlflow.MlflowClient(), "tells-" + run.info.run_id[:8]
    client.create_registered_model(name)
    source = f"runs:/{run.info.run_id}/model"
    client.create_model_version(name, source, run.info.run_id, await_creation_for=0)
    if "--fail" in sys.argv:
        raise ValueError("the loss is not a number")
"""
PRINCIPAL: Final = "6c3a1f0e-0000-4000-8000-00000000cafe"
REGISTRY_USER: Final = "drone"
MARKERS: Final = {
    "databricks_token": "dapi-of-the-workspace-77e1c0",
    "client_secret": "dose-of-the/principal+2f9c",
    "registry_password": "of the registry: /+&=?%'\"7f3a",
    "mlflow_password": "of-mlflow/with+more~4b1c",
    "mlflow_token": "bearer-of-mlflow-9d2e",
    "report_token": forges.TOKEN,
    "netrc_login": "ghs_login-of-the-clone-1a6b",
    "netrc_password": "password-of-the-clone-5c8d",
}
DEBUG: Final = {
    "DATABRICKS_DEBUG_HEADERS": "true",
    "DATABRICKS_DEBUG_TRUNCATE_BYTES": "1000000",
    "DATABRICKS_DEBUG": "1",
    "MLFLOW_LOGGING_LEVEL": "DEBUG",
    "MLFLOW_DEBUG": "true",
    "LOGLEVEL": "DEBUG",
    "DEBUG": "1",
    "PYTHONVERBOSE": "1",
    "PYTHONHTTPDEBUG": "1",
    "GIT_TRACE": "1",
    "GIT_CURL_VERBOSE": "1",
    "DOCKER_CLI_DEBUG": "1",
}
"""What switches on the debug output of libraries and tools, or sounds as if it did."""
LOGINS: Final[Mapping[str, Mapping[str, Value]]] = {
    "token and password": {
        "auth_type": "pat",
        "mlflow_username": "drone",
        "mlflow_password": {"from_secret": "mlflow_password"},
    },
    "client secret and bearer token": {
        "auth_type": "oauth-m2m",
        "token": "",
        "client_id": PRINCIPAL,
        "client_secret": {"from_secret": "client_secret"},
        "mlflow_token": {"from_secret": "mlflow_token"},
    },
}


@dataclass
class Guarded:
    """A service behind logins, and what its containers show to everybody on the engine."""

    service: Service
    forge: FakeForge
    client: docker.DockerClient
    shown: dict[str, bytes] = field(default_factory=dict)

    def pipeline(self, train: Mapping[str, Value]) -> str:
        """A pipeline that says as much as it can."""
        report: dict[str, Value] = {
            "report": "both",
            "report_forge": "github",
            "report_url": self.forge.url,
            "report_token": {"from_secret": "report_token"},
        }
        password: Value = {"from_secret": "registry_password"}
        chatty = {"log_level": "debug", **report}
        given = self.service.pipeline(
            scan=chatty,
            image={**chatty, "username": REGISTRY_USER, "password": password},
            train={
                **chatty,
                "card_template": "https://ci.example.com/cards/summary.json",
                "registry_username": REGISTRY_USER,
                "registry_password": password,
                "cluster_registry_username": "{{secrets/registry/username}}",
                "cluster_registry_password": "{{secrets/registry/password}}",
                **train,
            },
        )
        loaded = yaml.safe_load(given)
        loaded["steps"] = [{**step, "environment": DEBUG} for step in loaded["steps"]]
        return yaml.safe_dump(loaded, sort_keys=False)

    def look(self, step: str, text: str) -> None:
        """Note what the engine shows of every container while the training runs."""
        if step != "train" or not re.search(r"\brunning\b", text):
            return
        for container in self.client.containers.list():
            container.reload()
            words = [container.attrs[name] for name in ("Path", "Args", "Name")]
            words += [container.attrs["Config"][name] for name in ("Cmd", "Entrypoint", "Labels")]
            self.shown[f"arguments of {container.name}"] = json.dumps(words).encode()
            self.shown[f"processes of {container.name}"] = json.dumps(container.top()).encode()

    def everything(self, result: PipelineResult) -> dict[str, bytes]:
        """All that is left behind or can be looked at, by its place."""
        stage = self.service.stage
        images = [image for image in self.client.images.list() if self.service.repo in str(image.tags)]
        return {
            **self.shown,
            **{f"log of {step.name}": step.raw_log.encode() for step in result.steps},
            **{f"card of {step.name}": (step.card or "").encode() for step in result.steps},
            **{f"history of {image.tags}": json.dumps(image.history()).encode() for image in images},
            **{f"configuration of {image.tags}": json.dumps(image.attrs).encode() for image in images},
            **{f"comment {one.number}": one.body.encode() for one in self.forge.comments},
            "statuses": json.dumps(self.forge.statuses).encode(),
            **result.files,
            # An OAuth client's secret is sent to the token endpoint alone.
            **{f"{r.method} {r.path}": r.body for r in stage.workspace.requests if "/token" not in r.path},
            **{str(path): path.read_bytes() for path in stage.mlflow.folder.rglob("*") if path.is_file()},
        }


@pytest.fixture
def guarded(
    stage: Stage, engine: Engine, images: object, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Guarded]:
    """A registry and a workspace that ask for logins."""
    assert images
    login = Credentials(REGISTRY_USER, MARKERS["registry_password"])
    with (
        Registry(tmp_path_factory.mktemp("images"), credentials=login) as registry,
        Workspace(
            engine,
            tokens={MARKERS["databricks_token"]: USER},
            principals={PRINCIPAL: MARKERS["client_secret"]},
            secrets={"registry": {"username": login.username, "password": login.password}},
        ) as workspace,
        forge("github", host_name()) as served,
    ):
        behind = replace(stage, registry=registry, workspace=workspace)
        yield Guarded(Service(behind, tmp_path / "repository"), served, engine.client())


@pytest.mark.parametrize(
    ("login", "arguments", "exit_code"),
    [("token and password", ["--fail"], 1), ("client secret and bearer token", [], 0)],
)
def test_no_secret_is_seen_anywhere_however_much_is_said(
    guarded: Guarded, login: str, arguments: list[Value], exit_code: int
) -> None:
    made = guarded.service.commit("Show everything [train]", {"tiny_model/train.py": TELLS_ALL})
    netrc = Netrc("github.example.com", MARKERS["netrc_login"], MARKERS["netrc_password"])
    made = replace(made, repo=replace(made.repo, private=True, netrc=netrc))
    pipeline = guarded.pipeline({**LOGINS[login], "arguments": arguments})
    result = guarded.service.run(
        made,
        pipeline,
        secrets={name: value for name, value in MARKERS.items() if not name.startswith("netrc")},
        runner_environment={"DRONE_OUTPUT": "/drone/src/.drone-ml/output"},
        on_text=guarded.look,
    )
    step = result.step("train")
    assert step.exit_code == exit_code, result.describe()
    assert step.environment["PLUGIN_REGISTRY_PASSWORD"] == MARKERS["registry_password"]
    seen = guarded.everything(result)
    assert {".drone-ml/image.json", ".drone-ml/training.json", ".drone-ml/output"} <= seen.keys()
    for what in ("environment.json", "drone-ml/request.json"):
        assert any(place.endswith(what) for place in seen), what
    for what in ("arguments of", "processes of", "history of", "comment "):
        assert any(place.startswith(what) for place in seen), what
    assert seen["card of train"]
    assert [name for name, marker in MARKERS.items() for _ in places(marker, seen)] == [], found(seen)


def found(seen: Mapping[str, bytes]) -> dict[str, list[str]]:
    """Where each secret is seen."""
    return {name: list(places(marker, seen)) for name, marker in MARKERS.items()}


def places(marker: str, seen: Mapping[str, bytes]) -> Iterator[str]:
    """Where a secret is seen."""
    for form in {*spelled(marker)}:
        yield from (place for place, content in seen.items() if form in content)


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
