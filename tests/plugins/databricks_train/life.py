"""What tests of the life of a run need: commits of their own, models that are registered, a look at both."""

from collections.abc import Callable
from itertools import count

from mlflow import MlflowClient
from mlflow.entities import Run

from drone_plugin.testing import build
from drone_plugin.testing.spec import BuildSpec
from kit.databricks.script import Outcome, Phase
from kit.databricks.values import Json
from model_chain import tags

from .conftest import Ran, Stand

ENDLESS = Outcome([Phase("RUNNING", polls=10**6)])
A_WHILE = Outcome([Phase("RUNNING", polls=4)], logs="epoch 1\n")

_commits = count(1)


def new_commit(stand: Stand) -> str:
    """Go on with a push of a commit that nobody has trained, and a number above all before it; its sha."""
    commit = next(_commits)
    sha = f"{commit:x}".rjust(12, "d").ljust(40, "e")
    # Far from the numbers of other tests, by which they find their own runs.
    go_on(stand, build.push(sha, "Retune the model [train]", number=10**7 + 100 * commit))
    return sha


def go_on(stand: Stand, made: BuildSpec) -> None:
    """Go on with another build, whose image is there."""
    stand.made = made
    stand.write_image()


def client_of(stand: Stand) -> MlflowClient:
    """A client of the tracking server."""
    return MlflowClient(stand.tracking_uri)


def mlflow_runs(stand: Stand, sha: str) -> list[Run]:
    """The MLflow runs of a commit, oldest first."""
    client = client_of(stand)
    everywhere = [one.experiment_id for one in client.search_experiments()]
    having = f"tags.`{tags.COMMIT}` = '{sha}'"
    return list(client.search_runs(everywhere, having, order_by=["attributes.start_time ASC"]))


def whenever(stand: Stand, do: Callable[[], None]) -> None:
    """Let something happen at the first wait of the next step."""
    done: list[bool] = []

    def once() -> None:
        if not done:
            done.append(True)
            do()

    stand.clock.on_sleep = once


def registers(stand: Stand, name: str, **metrics: float) -> str:
    """Let the training of this commit log metrics and register a version of a model, whose name is `name`."""
    model = f"{name}-{stand.made.commit[:12]}" if "-" not in name else name

    def work() -> None:
        client, run = client_of(stand), mlflow_runs(stand, stand.made.commit)[-1]
        for metric, value in metrics.items():
            client.log_metric(run.info.run_id, metric, value)
        if not client.search_registered_models(f"name = '{model}'"):
            client.create_registered_model(model)
        source = f"runs:/{run.info.run_id}/model"
        client.create_model_version(model, source, run.info.run_id, await_creation_for=0)

    whenever(stand, work)
    return model


def aliases(stand: Stand, model: str) -> dict[str, str]:
    """The versions that the aliases of a model name."""
    return {alias: str(v) for alias, v in client_of(stand).get_registered_model(model).aliases.items()}


def asked(stand: Stand, path: str) -> list[dict[str, Json]]:
    """The bodies of the requests to a path of the workspace."""
    return [request.json() for request in stand.workspace.requests if request.path.endswith(path)]


def summary(ran: Ran) -> list[str]:
    """The last table, without what comes after it."""
    return ran.lines[ran.lines.index("── summary") : -1]
