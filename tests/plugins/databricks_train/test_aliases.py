"""Who is the champion, and whose versions are called challenger."""

import pytest
from mlflow import MlflowClient

from databricks_train.tracking.aliases import (
    Search,
    find_champion,
    may_challenge,
    move_challenger,
    newest,
    search_champion,
)
from databricks_train.tracking.server import Tracking
from drone_plugin import read_build
from kit.mlflow_server import MlflowServer
from model_chain import ModelVersion

from .chain import Chain


@pytest.fixture
def chain(mlflow_server: MlflowServer) -> Chain:
    """A trained version that is nobody's champion."""
    return Chain(Tracking(mlflow_server.url, mlflow_server.url), MlflowClient(mlflow_server.url)).train()


def test_the_champion_comes_with_the_metrics_of_its_run(chain: Chain) -> None:
    assert find_champion(chain.tracking, chain.name) is None
    chain.client.set_registered_model_alias(chain.name, "champion", "1")
    champion = find_champion(chain.tracking, chain.name)
    assert champion is not None
    assert champion.metrics == {"accuracy": 0.9}
    assert str(champion) == f"{chain.name} version 1"


def test_a_champion_without_a_run_has_no_metrics(chain: Chain) -> None:
    chain.client.create_model_version(chain.name, "s3://bucket/model", await_creation_for=0)
    chain.client.set_registered_model_alias(chain.name, "champion", "2")
    champion = find_champion(chain.tracking, chain.name)
    assert champion is not None
    assert champion.metrics == {}


def test_a_champion_that_cannot_be_asked_for_is_not_taken_for_none(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert search_champion(chain.tracking, chain.name) == Search(None, answered=True)
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    away = Tracking("http://127.0.0.1:9", "http://127.0.0.1:9")
    assert search_champion(away, chain.name) == Search(None, answered=False)


def test_the_alias_moves_to_the_newest_version_of_each_model(chain: Chain) -> None:
    chain.register()
    lines = move_challenger(
        chain.tracking, chain.tracking.registry.versions_of(chain.tracking.run(chain.run_id))
    )
    assert lines == [f"challenger is now {chain.name} version 2"]
    assert chain.tracking.registry.aliases(chain.name) == {"challenger": "2"}


def test_versions_are_compared_as_numbers() -> None:
    versions = [
        ModelVersion(name=name, version=version) for name, version in (("a", "9"), ("a", "10"), ("b", "2"))
    ]
    assert [(model.name, model.version) for model in newest(versions)] == [("a", "10"), ("b", "2")]


def test_an_alias_that_cannot_be_moved_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    warnings: list[str] = []
    tracking = Tracking("http://127.0.0.1:9", "http://127.0.0.1:9", warn=warnings.append)
    models = [ModelVersion(name="a", version="1"), ModelVersion(name="b", version="1")]
    assert move_challenger(tracking, models) == []
    assert len(warnings) == 1
    assert warnings[0].startswith("challenger of a not moved: MLflow at http://127.0.0.1:9")


PUSH = {
    "DRONE": "true",
    "DRONE_BUILD_EVENT": "push",
    "DRONE_REPO_BRANCH": "main",
    "DRONE_BRANCH": "main",
    "DRONE_COMMIT_REF": "refs/heads/main",
}
FEATURE = {"DRONE_BRANCH": "feature/x", "DRONE_COMMIT_REF": "refs/heads/feature/x"}
TAG = {"DRONE_COMMIT_REF": "refs/tags/v1.2", "DRONE_BUILD_EVENT": "tag"}


@pytest.mark.parametrize(
    ("changes", "branches", "may", "why"),
    [
        ({}, (), True, "main is of the default branch main"),
        (FEATURE, (), False, "challenger stays: feature/x is not of the default branch main"),
        (FEATURE, ("main", "feature/*"), True, "feature/x is of main, feature/*"),
        ({}, ("release/*",), False, "challenger stays: main is not of release/*"),
        (TAG, (), False, "challenger stays: refs/tags/v1.2 is not of the default branch main"),
        (TAG, ("refs/tags/v*",), True, "refs/tags/v1.2 is of refs/tags/v*"),
        (
            {"DRONE_COMMIT_REF": "refs/pull/3/head", "DRONE_BUILD_EVENT": "promote"},
            (),
            False,
            "no alias for the code of a pull request: challenger stays",
        ),
        ({"DRONE_REPO_BRANCH": ""}, (), False, "challenger stays: main is not of the default branch"),
        ({"DRONE_BRANCH": ""}, (), False, "challenger stays: no branch is not of the default branch main"),
        ({"DRONE_BUILD_EVENT": "cron"}, (), True, "main is of the default branch main"),
    ],
)
def test_only_some_branches_make_challengers(
    changes: dict[str, str], branches: tuple[str, ...], *, may: bool, why: str
) -> None:
    choice = may_challenge(read_build({**PUSH, **changes}), branches)
    assert (choice.may, choice.why) == (may, why)
