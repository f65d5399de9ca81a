"""A training as it stands in MLflow when all is well, for tests that take something away from it."""

import uuid
from dataclasses import dataclass, field

from mlflow import MlflowClient

from databricks_train.chain.archive import PATH, ArchivedIdentity, ArchivedRequest
from databricks_train.chain.witnesses import DatabricksFacts, Witnesses
from databricks_train.tracking.server import Tracking
from model_chain import ModelVersion, tags

COMMIT = "c0ffee" + "0" * 34
DIGEST = "sha256:" + "ab" * 32
IMAGE = f"registry.example.com/team/model@{DIGEST}"
HOST = "https://acme.cloud.databricks.com"
REPOSITORY = "octocat/hello"
RUN_ID = 12
DAY = 24 * 3600


def request(body: dict[str, object] | None = None, **changes: object) -> ArchivedRequest:
    """A request as the archive has it."""
    given: dict[str, object] = {
        "endpoint": "submit",
        "body": body or {"tasks": [{"task_key": "train", "new_cluster": {"docker_image": {"url": IMAGE}}}]},
        "image": IMAGE,
        "parameters": {"lr": 0.1},
        "identity": ArchivedIdentity(
            host=HOST, repository=REPOSITORY, step="default/train", run_key=COMMIT, attempt=1
        ),
        "commit": COMMIT,
        "branch": "main",
        "build": 7,
    }
    return ArchivedRequest.model_validate(given | changes)


@dataclass
class Chain:
    """A run with its request, its version and what the others say of it."""

    tracking: Tracking
    client: MlflowClient
    request: ArchivedRequest = field(default_factory=request)
    name: str = field(default_factory=lambda: f"model-{uuid.uuid4().hex}")
    run_id: str = ""
    digest: str = DIGEST
    databricks: DatabricksFacts | None = None
    commit_known: bool | None = True
    age: float = 0.0

    @property
    def target(self) -> str:
        """The version, as a setting names it."""
        return f"models:/{self.name}@challenger"

    @property
    def model(self) -> ModelVersion:
        """The version."""
        return ModelVersion(name=self.name, version="1")

    @property
    def tags(self) -> dict[str, str]:
        """What run and version carry."""
        return {
            tags.COMMIT: COMMIT,
            tags.IMAGE_DIGEST: self.request.digest,
            tags.DATABRICKS_RUN_ID: str(RUN_ID),
            tags.REQUEST: self.request.fingerprint(),
        }

    def train(self, *, archive: bool = True, facts: bool = True) -> "Chain":
        """Make it."""
        given = {name: value for name, value in self.tags.items() if value}
        experiment = self.tracking.experiment("/Shared/chain")
        self.run_id = self.tracking.start_run(experiment, "run", given, given if facts else {})
        if archive:
            self.tracking.put_json(self.run_id, PATH, self.request.as_json())
        self.client.log_metric(self.run_id, "accuracy", 0.9)
        self.client.create_registered_model(self.name)
        self.register()
        self.tracking.registry.tag(self.model, given)
        self.tracking.registry.set_alias(self.model, "challenger")
        self.tracking.end_run(self.run_id, "FINISHED")
        self.databricks = DatabricksFacts(IMAGE, self.run_id)
        return self

    def register(self) -> None:
        """Let the run register one more version."""
        source = f"runs:/{self.run_id}/model"
        self.client.create_model_version(self.name, source, self.run_id, await_creation_for=0)

    def witnesses(self) -> Witnesses:
        """The others."""
        started = self.tracking.run(self.run_id).started / 1000
        return Witnesses(
            image_digest=lambda image: self.digest if image == IMAGE else "",
            databricks_run=lambda run_id: self.databricks if run_id == RUN_ID else None,
            has_commit=lambda commit: self.commit_known if commit == COMMIT else False,
            now=lambda: started + self.age,
        )
