"""Everything that a pipeline of this suite meets, on one machine: engine, registry, MLflow, a workspace."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Unpack

from drone_plugin.testing.spec import BuildSpec
from kit.databricks.server import Workspace
from kit.drone.checkout import Repository
from kit.drone.result import PipelineResult
from kit.drone.run import CommonOptions, run_pipeline
from kit.engine import Engine
from kit.mlflow_server import MlflowServer
from kit.registry import Registry
from kit.registry_client import Credentials

TOKEN: Final = "dapi-of-the-demo"
USER: Final = "trainer@example.com"


@dataclass(frozen=True)
class Ports:
    """Where the servers listen; 0 is a free port."""

    registry: int = 0
    mlflow: int = 0
    workspace: int = 0


@dataclass(frozen=True)
class Stage:
    """Running servers, and the engine whose containers reach them under the machine's name."""

    engine: Engine
    registry: Registry
    mlflow: MlflowServer
    workspace: Workspace

    def run(
        self, pipeline: str, build: BuildSpec, repository: Path, **options: Unpack[CommonOptions]
    ) -> PipelineResult:
        """Take a commit of `repository` through `pipeline`, with the workspace's token as a secret."""
        options["secrets"] = {"databricks_token": TOKEN, **options.get("secrets", {})}
        options["workspace_source"] = Repository(repository)
        return run_pipeline(pipeline, build, engine=self.engine, **options)


@contextmanager
def running_stage(
    engine: Engine,
    folder: Path,
    *,
    images: Path | None = None,
    login: Credentials | None = None,
    ports: Ports | None = None,
) -> Iterator[Stage]:
    """A stage for as long as a block.

    MLflow's data are kept below `folder`, the registry's in `images`, or nowhere. With `login` the registry
    asks for it, and the workspace keeps it in the secret scope `registry`.
    """
    at = ports or Ports()
    scopes = {"registry": {"username": login.username, "password": login.password}} if login else {}
    with (
        Registry(images, credentials=login, port=at.registry) as registry,
        MlflowServer(folder / "mlflow", port=at.mlflow) as mlflow,
        Workspace(engine, tokens={TOKEN: USER}, secrets=scopes, port=at.workspace) as workspace,
    ):
        yield Stage(engine, registry, mlflow, workspace)
