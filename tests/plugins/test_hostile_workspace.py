"""A workspace whose files want to be run in the plugins' place, and an environment that points to them."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import yaml

from drone_plugin.testing import build
from drone_plugin.testing.goformat import Value
from kit.databricks.client import TOKEN
from kit.databricks.script import Outcome
from kit.databricks.server import Workspace
from kit.drone.result import PipelineResult
from kit.drone.run import run_pipeline
from kit.engine import Engine
from kit.images import BuiltImage
from kit.mlflow_server import MlflowServer
from kit.paths import plugin_names
from kit.registry import Registry

pytestmark = pytest.mark.container

COMMIT = "c0ffee" + "0" * 34
SRC = "/drone/src"
SOCKET = "/var/run/docker.sock"
TRACE = ".drone-ml/planted"
EXIT = 66

PLANTED_MODULE = f"""\
import os
with open("{SRC}/{TRACE}", "a") as trace:
    trace.write(__file__ + "\\n")
os.write(1, b"PLANTED CODE RAN\\n")
os._exit({EXIT})
"""
PLANTED_PROGRAM = f"#!/bin/sh\necho $0 $@ >> {SRC}/{TRACE}\necho PLANTED CODE RAN\nexit {EXIT}\n"

MODULES = (
    "json.py",
    "requests.py",
    "sitecustomize.py",
    "usercustomize.py",
    "startup.py",
    *(f"{plugin.replace('-', '_')}/__main__.py" for plugin in plugin_names()),
    *(
        f"{package}/__init__.py"
        for package in (
            "pydantic",
            "docker",
            "mlflow",
            "databricks",
            "detect_secrets",
            "drone_plugin",
            "model_chain",
            *(plugin.replace("-", "_") for plugin in plugin_names()),
        )
    ),
)
PROGRAMS = ("python", "python3", "git", "docker", "databricks", "docker-credential-planted")

ENVIRONMENT = {
    "PYTHONPATH": SRC,
    "PYTHONSTARTUP": f"{SRC}/startup.py",
    "PYTHONINSPECT": "1",
    "PYTHONUSERBASE": SRC,
    "PYTHONPLATLIBDIR": SRC,
    "HOME": SRC,
    "TMPDIR": SRC,
    "PATH": f"{SRC}/bin:/usr/local/bin:/usr/bin:/bin",
    "GIT_PYTHON_GIT_EXECUTABLE": f"{SRC}/bin/git",
    "BASH_ENV": f"{SRC}/bin/git",
    "ENV": f"{SRC}/bin/git",
}


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """The work tree: a service, and everything that a plugin's interpreter might pick up."""
    files = dict.fromkeys(MODULES, PLANTED_MODULE)
    # What the interpreter reads from a user's home, wherever that is.
    for home in (".local/lib/python3.11/site-packages", "lib/python3.11/site-packages"):
        files |= {f"{home}/usercustomize.py": PLANTED_MODULE, f"{home}/planted.pth": "import usercustomize\n"}
    files |= {
        "Dockerfile": "FROM scratch\nCOPY model.py /\n",
        "model.py": "print()\n",
        ".docker/config.json": '{"credsStore": "planted"}',
        ".databrickscfg": "[DEFAULT]\nhost = https://attacker.invalid\n",
        "pyvenv.cfg": f"home = {SRC}/bin\n",
        f"{TRACE}.none": "",
    }
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    for name in PROGRAMS:
        (tmp_path / "bin").mkdir(exist_ok=True)
        (tmp_path / "bin" / name).write_text(PLANTED_PROGRAM)
        (tmp_path / "bin" / name).chmod(0o755)
    return tmp_path


@pytest.fixture
def workspace() -> Iterator[Workspace]:
    """A Databricks workspace in which a run is over as soon as somebody asks for it."""
    with Workspace() as served:
        served.script(Outcome(states=()))
        yield served


def pipeline(settings: Mapping[str, Mapping[str, Value]], environment: Mapping[str, str]) -> str:
    """A `.drone.yml` with a step per plugin, all with this environment and the engine's socket."""
    steps = [
        {
            "name": plugin,
            "image": f"drone-ml/{plugin}:dev",
            "settings": dict(chosen),
            "environment": dict(environment),
            "volumes": [{"name": "docker", "path": SOCKET}],
        }
        for plugin, chosen in settings.items()
    ]
    head = {"kind": "pipeline", "type": "docker", "name": "default"}
    volumes = [{"name": "docker", "host": {"path": SOCKET}}]
    return yaml.safe_dump({**head, "steps": steps, "volumes": volumes}, sort_keys=False)


def run(text: str, engine: Engine, hostile: Path) -> PipelineResult:
    """Run it for a push that asks for a training."""
    made = build.push(COMMIT, "Retune [train]")
    return run_pipeline(text, made, engine=engine, workspace_source=hostile)


def test_the_planted_code_runs_where_nobody_keeps_it_out(
    engine: Engine, images: Mapping[str, BuiltImage], hostile: Path
) -> None:
    """Otherwise the test below would prove nothing."""
    step = {
        "name": "control",
        "image": images["secret-scan"].name,
        "entrypoint": ["/opt/plugin/bin/python", "-c", "import json"],
        "environment": {name: ENVIRONMENT[name] for name in ("PYTHONPATH", "HOME", "PATH")},
    }
    text = yaml.safe_dump({"kind": "pipeline", "type": "docker", "name": "default", "steps": [step]})

    result = run(text, engine, hostile)

    assert result.step("control").exit_code == EXIT, result.describe()
    assert result.files[TRACE].decode() == f"{SRC}/sitecustomize.py\n"


@pytest.fixture
def settings(
    engine: Engine, registry: Registry, mlflow_server: MlflowServer, workspace: Workspace
) -> Iterator[Mapping[str, Mapping[str, Value]]]:
    """The settings of each plugin with which it does its job."""
    repo = f"{registry.address}/hostile/model"
    yield {
        "secret-scan": {"scan": "tree"},  # what is planted is no clone
        "build-image": {"repo": repo},
        "databricks-train": {
            "host": workspace.url,
            "token": TOKEN,
            "image_repo": repo,
            "insecure_registry": True,
            "spark_version": "15.4.x-scala2.12",
            "node_type": "i3.xlarge",
            "entry_point": "model",
            "experiment": "/Shared/hostile",
            "mlflow_tracking_uri": mlflow_server.url,
        },
    }
    client = engine.client()
    for image in client.images.list(name=repo):
        client.images.remove(str(image.id), force=True)


@pytest.mark.parametrize(
    "environment",
    [ENVIRONMENT, {"PYTHONHOME": SRC, "PYTHONPATH": SRC}],
    ids=["everything", "PYTHONHOME"],
)
@pytest.mark.usefixtures("images")
def test_no_plugin_runs_anything_of_the_workspace_and_each_does_its_job(
    engine: Engine,
    settings: Mapping[str, Mapping[str, Value]],
    hostile: Path,
    environment: Mapping[str, str],
) -> None:
    result = run(pipeline(settings, environment), engine, hostile)

    assert result.passed, result.describe()
    assert TRACE not in result.files, result.files[TRACE].decode()
    assert "PLANTED" not in result.describe()
    assert {".drone-ml/image.json", ".drone-ml/training.json"} <= result.files.keys()


@pytest.mark.parametrize("variable", ["PYTHONEXECUTABLE", "__PYVENV_LAUNCHER__"])
@pytest.mark.usefixtures("images")
def test_no_variable_moves_the_interpreters_own_environment_into_the_workspace(
    engine: Engine, hostile: Path, variable: str
) -> None:
    text = pipeline({"secret-scan": {"scan": "tree"}}, {variable: f"{SRC}/bin/python"})

    result = run(text, engine, hostile)

    assert result.passed, result.describe()
    assert TRACE not in result.files
