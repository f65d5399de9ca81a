"""The chain of a version: it holds, and any one link that is taken away or changed is named."""

import re
from collections.abc import Callable

import pytest
from mlflow import MlflowClient

from databricks_train.chain.archive import PATH
from databricks_train.chain.verify import Verification, verify
from databricks_train.chain.witnesses import DatabricksFacts
from databricks_train.tracking.server import Tracking
from drone_plugin import FindingsError, SettingsError, UnreachableError
from kit.mlflow_server import MlflowServer
from model_chain import tags

from .chain import COMMIT, DAY, DIGEST, IMAGE, Chain, request


@pytest.fixture
def chain(mlflow_server: MlflowServer) -> Chain:
    """A chain that is not trained yet."""
    return Chain(Tracking(mlflow_server.url, mlflow_server.url), MlflowClient(mlflow_server.url))


def walked(chain: Chain, target: str = "") -> Verification:
    return verify(chain.tracking, target or chain.target, chain.witnesses())


def test_a_chain_that_holds_is_shown_link_by_link(chain: Chain) -> None:
    verification = walked(chain.train())
    verification.raise_if_broken()
    fingerprint = chain.request.fingerprint()[:12]
    assert verification.lines() == [
        f"✔ model version: {chain.target} ↔ 1",
        f"✔ MLflow run: version 1 ↔ {chain.run_id}",
        "✔ facts of the MLflow run: 4 parameters ↔ no tag contradicts them",
        f"✔ archived request: {chain.run_id} ↔ {fingerprint}",
        f"✔ commit of the request: {COMMIT} ↔ {COMMIT}",
        f"✔ image of the request: {DIGEST} ↔ {DIGEST}",
        f"✔ Databricks run: 12 ↔ {IMAGE[:99]}…",
        f"✔ image: {DIGEST} ↔ {DIGEST}",
        f"✔ commit: {COMMIT} ↔ in the repository",
        f"✔ commit → MLflow run: {COMMIT} ↔ {chain.run_id}",
        f"✔ MLflow run → version: {chain.run_id} ↔ {chain.name} 1",
        f"✔ drone_ml.commit of the version: {COMMIT} ↔ {COMMIT}",
        f"✔ drone_ml.image_digest of the version: {DIGEST} ↔ {DIGEST}",
        "✔ drone_ml.databricks_run_id of the version: 12 ↔ 12",
    ]


def without_alias(chain: Chain) -> None:
    chain.client.delete_registered_model_alias(chain.name, "challenger")


def without_run(chain: Chain) -> None:
    chain.client.delete_run(chain.run_id)


def without_databricks_run(chain: Chain) -> None:
    chain.databricks = None


def with_anothers_databricks_run(chain: Chain) -> None:
    chain.databricks = DatabricksFacts(IMAGE, "f" * 32)


def with_another_image_at_databricks(chain: Chain) -> None:
    chain.databricks = DatabricksFacts(IMAGE.replace("ab", "cd"), chain.run_id)


def without_image(chain: Chain) -> None:
    chain.digest = ""


def with_another_image(chain: Chain) -> None:
    chain.digest = DIGEST.replace("ab", "cd")


def without_commit(chain: Chain) -> None:
    chain.commit_known = False


def with_changed_request(chain: Chain) -> None:
    chain.tracking.put_json(chain.run_id, PATH, request(branch="other").as_json())


def with_changed_tag(chain: Chain) -> None:
    chain.tracking.tag_run(chain.run_id, {tags.IMAGE_DIGEST: "sha256:" + "cd" * 32})


def without_tag_of_run(chain: Chain) -> None:
    chain.client.delete_tag(chain.run_id, tags.COMMIT)


def without_tag_of_version(chain: Chain) -> None:
    chain.client.delete_model_version_tag(chain.name, "1", tags.COMMIT)


def with_changed_tag_of_version(chain: Chain) -> None:
    chain.client.set_model_version_tag(chain.name, "1", tags.DATABRICKS_RUN_ID, "13")


@pytest.mark.parametrize(
    ("take", "link"),
    [
        (without_alias, "model version: model .* has no version with the alias challenger"),
        (without_run, "MLflow run: it was deleted; MLflow can restore it"),
        (
            with_changed_tag,
            r"facts of the MLflow run: the tag contradicts the parameter \(drone_ml.image_digest",
        ),
        (with_changed_request, "archived request: drone-ml/request.json of .* was changed"),
        (
            without_databricks_run,
            "Databricks run: the workspace does not know it, though it keeps runs for 60",
        ),
        (with_anothers_databricks_run, "Databricks run: it belongs to another MLflow run"),
        (with_another_image_at_databricks, "Databricks run: it ran in another image"),
        (without_image, "image: the registry does not have it any more"),
        (with_another_image, "image: the two contradict each other"),
        (without_commit, "commit: the repository does not have it"),
        (without_tag_of_run, "commit → MLflow run: no search by the commit finds the run"),
        (without_tag_of_version, "drone_ml.commit of the version: is not set"),
        (
            with_changed_tag_of_version,
            r"drone_ml.databricks_run_id of the version: the two contradict each other \(12 against 13\)",
        ),
    ],
)
def test_the_first_link_that_does_not_hold_is_named(
    chain: Chain, take: Callable[[Chain], None], link: str
) -> None:
    take(chain.train())
    verification = walked(chain)
    with pytest.raises(FindingsError) as raised:
        verification.raise_if_broken()
    assert re.search(f"is broken at {link}", raised.value.message)
    assert [line[0] for line in verification.lines()] == ["✔"] * (len(verification.links) - 1) + ["✘"]


def test_a_run_without_facts_or_request_is_no_chain(chain: Chain) -> None:
    with pytest.raises(FindingsError, match="facts of the MLflow run: no parameter drone_ml"):
        walked(chain.train(facts=False)).raise_if_broken()
    other = Chain(chain.tracking, chain.client).train(archive=False)
    with pytest.raises(FindingsError, match=r"archived request: .* there is none"):
        walked(other).raise_if_broken()


def test_past_the_sixty_days_the_archive_stands_for_the_run_of_databricks(chain: Chain) -> None:
    chain.train()
    chain.databricks, chain.age = None, 61 * DAY
    verification = walked(chain)
    verification.raise_if_broken()
    (line,) = [line for line in verification.lines() if "Databricks run:" in line]
    assert "the archived request stands for it" in line


def test_a_clone_that_cannot_tell_is_said_and_no_break(chain: Chain) -> None:
    chain.train().commit_known = None
    verification = walked(chain)
    verification.raise_if_broken()
    assert any("this clone cannot tell" in line for line in verification.lines())


def test_a_chain_can_be_walked_from_a_run_alone(chain: Chain) -> None:
    chain.train()
    verification = walked(chain, chain.run_id)
    verification.raise_if_broken()
    assert not any("version" in link.name for link in verification.links)


def test_a_saved_job_says_itself_which_image_it_runs_in(chain: Chain) -> None:
    chain.request = request(body={"job_id": 7}, endpoint="run-now", image="")
    verification = walked(chain.train())
    verification.raise_if_broken()
    assert any("a saved job" in line for line in verification.lines())


def test_an_image_of_elsewhere_is_not_asked_for(chain: Chain) -> None:
    witnesses = chain.train().witnesses()
    verification = verify(chain.tracking, chain.target, witnesses, "registry.example.com/other")
    with pytest.raises(FindingsError, match="broken at image: it is not in image_repo"):
        verification.raise_if_broken()


def test_a_server_that_does_not_answer_is_no_broken_chain(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    witnesses = chain.train().witnesses()
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with pytest.raises(UnreachableError):
        verify(Tracking("http://127.0.0.1:9", "http://127.0.0.1:9"), chain.target, witnesses)


@pytest.mark.parametrize("text", ["digits", "models:/digits", "models:/digits/latest", "models:/a b/../c@x"])
def test_what_names_no_version_is_a_mistake_in_the_settings(chain: Chain, text: str) -> None:
    chain.train()
    with pytest.raises(SettingsError, match=r"settings\.verify"):
        walked(chain, text)
