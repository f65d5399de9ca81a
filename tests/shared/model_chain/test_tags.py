"""The links of the chain as MLflow has them."""

from collections.abc import Callable

import mlflow.utils.mlflow_tags as names_of_mlflow

from drone_plugin import Build
from model_chain import ImageRecord, tags

SHA = "c0ffee" + "0" * 34


def test_a_run_carries_what_it_was_made_of(build: Build, image: ImageRecord) -> None:
    assert tags.build_tags(build, image.reference) == {
        "mlflow.source.git.commit": SHA,
        "mlflow.source.git.branch": "main",
        "mlflow.source.git.repoURL": "https://github.example.com/octocat/hello",
        "mlflow.docker.image.uri": image.reference,
        "drone_ml.repository": "octocat/hello",
        "drone_ml.commit": SHA,
        "drone_ml.branch": "main",
        "drone_ml.image_digest": image.digest,
        "drone_ml.build_number": "7",
        "drone_ml.build_url": "https://drone.example.com/octocat/hello/7",
    }


def test_what_is_not_known_is_no_tag(make_build: Callable[..., Build], image: ImageRecord) -> None:
    unset = dict.fromkeys(("DRONE_BUILD_NUMBER", "DRONE_BUILD_LINK", "DRONE_BRANCH", "DRONE_REPO_LINK"), "")
    made = tags.build_tags(make_build(**unset), image.reference)
    assert made.keys().isdisjoint({tags.BUILD_NUMBER, tags.BUILD_URL, tags.BRANCH, tags.GIT_BRANCH})
    assert made[tags.GIT_REPOSITORY] == "https://github.example.com/octocat/hello.git"


def test_an_mlflow_run_names_its_databricks_run() -> None:
    url = "https://acme.cloud.databricks.com/jobs/runs/12"
    assert tags.run_tags(12, url) == {
        "drone_ml.databricks_run_id": "12",
        "drone_ml.databricks_run_url": url,
        "mlflow.databricks.runURL": url,
    }


def test_names_of_mlflow_are_used_where_it_has_one() -> None:
    assert (tags.GIT_COMMIT, tags.GIT_BRANCH, tags.GIT_REPOSITORY) == (
        names_of_mlflow.MLFLOW_GIT_COMMIT,
        names_of_mlflow.MLFLOW_GIT_BRANCH,
        names_of_mlflow.MLFLOW_GIT_REPO_URL,
    )
    assert tags.DOCKER_IMAGE == names_of_mlflow.MLFLOW_DOCKER_IMAGE_URI
    assert tags.DATABRICKS_RUN_URL == names_of_mlflow.MLFLOW_DATABRICKS_RUN_URL


def test_what_nobody_may_change_are_the_facts_not_what_is_for_people(
    build: Build, image: ImageRecord
) -> None:
    made = {
        **tags.build_tags(build, image.reference),
        **tags.run_tags(12, "https://acme.example.com/runs/12"),
    }
    assert tags.facts(made) == {
        tags.COMMIT: SHA,
        tags.IMAGE_DIGEST: image.digest,
        tags.REPOSITORY: "octocat/hello",
        tags.DATABRICKS_RUN_ID: "12",
    }


def test_a_run_says_which_training_it_is_an_attempt_at() -> None:
    made = tags.identity_tags(
        host="https://acme.cloud.databricks.com",
        step="",
        run_key=SHA,
        identity="1" * 64,
        attempt=2,
        token="2" * 64,
    )
    assert made == {
        "drone_ml.databricks_host": "https://acme.cloud.databricks.com",
        "drone_ml.run_key": SHA,
        "drone_ml.identity": "1" * 64,
        "drone_ml.attempt": "2",
        "drone_ml.token": "2" * 64,
    }
    assert tags.facts({**made, tags.BUILD_URL: "https://drone.example.com/7"}) == made


def test_unity_catalog_gets_our_own_tags_under_names_that_it_takes() -> None:
    made = tags.catalog_tags(
        {tags.GIT_COMMIT: SHA, tags.COMMIT: SHA, tags.STEP: " ", tags.RUN_KEY: "x" * 2000}
    )
    assert made == {"drone_ml_commit": SHA, "drone_ml_run_key": "x" * 1000}


def test_a_tag_is_read_under_either_name() -> None:
    assert tags.read_tag({"drone_ml.commit": SHA}, tags.COMMIT) == SHA
    assert tags.read_tag({"drone_ml_commit": SHA}, tags.COMMIT) == SHA
    assert tags.read_tag({}, tags.COMMIT) == ""
