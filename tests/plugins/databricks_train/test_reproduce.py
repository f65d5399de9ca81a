"""Training again what was trained: found by version, alias or run, with the data of that time."""

import json

import pytest
from mlflow import MlflowClient
from mlflow.entities import Dataset, DatasetInput

from databricks_train.chain.reproduce import Reproduction, reproduction
from databricks_train.chain.target import parse_target
from databricks_train.job.logins import WITHHELD
from databricks_train.tracking.door import MissingError
from databricks_train.tracking.server import Tracking
from drone_plugin import SettingsError
from kit.mlflow_server import MlflowServer

from .chain import COMMIT, HOST, IMAGE, REPOSITORY, Chain, request

PINNED: dict[str, object] = {
    "tasks": [{"parameters": ["--orders=${data.orders.version}", "$${data.x.version}"]}]
}


@pytest.fixture
def chain(mlflow_server: MlflowServer) -> Chain:
    """A chain that is not trained yet."""
    return Chain(Tracking(mlflow_server.url, mlflow_server.url), MlflowClient(mlflow_server.url))


def read_data(chain: Chain, *inputs: tuple[str, str, int | None]) -> None:
    """Let the run have read data: name, digest, version of the table."""
    for name, digest, version in inputs:
        source = json.dumps({"delta_table_version": version} if version else {"uri": "s3://b/x"})
        data = Dataset(name, digest, "delta_table", source)
        chain.client.log_inputs(chain.run_id, [DatasetInput(data, [])])


def found(chain: Chain, text: str = "", *, exists: bool = True, host: str = HOST) -> Reproduction:
    return reproduction(
        chain.tracking,
        text or chain.target,
        image_exists=lambda image: exists and image == IMAGE,
        host=host,
        repository=REPOSITORY,
    )


def test_version_alias_and_run_lead_to_the_same_request(chain: Chain) -> None:
    chain.train()
    for text in (chain.target, f"models:/{chain.name}/1", chain.run_id, f"runs:/{chain.run_id}"):
        one = found(chain, text)
        assert (one.request, one.of_run.run_id) == (chain.request, chain.run_id)
        assert one.metrics == {"accuracy": 0.9}
    assert found(chain).of == f"{chain.target} (version 1)"


def test_what_will_be_trained_is_told(chain: Chain) -> None:
    chain.request = request(body=PINNED)
    chain.train()
    read_data(chain, ("orders", "d1", 12))
    assert list(found(chain).lines()) == [
        ("reproduces", f"{chain.target} (version 1)"),
        ("mlflow run", f"{chain.run_id}  FINISHED"),
        ("commit", COMMIT),
        ("image", IMAGE),
        ("  lr", "0.1"),
        ("data", "orders version 12"),
    ]


def test_data_are_those_of_the_run(chain: Chain) -> None:
    chain.request = request(body=PINNED)
    chain.train()
    read_data(chain, ("orders", "d1", 12), ("holidays", "d2", None))
    again = found(chain)
    assert again.data_versions == {"orders": "12"}
    (warning,) = again.warnings
    assert warning == (
        "data not pinned: holidays was read at version d2, and the specification does not ask for "
        "${data.holidays.version}"
    )


def test_a_run_that_logged_no_data_may_come_out_otherwise(chain: Chain) -> None:
    (warning,) = found(chain.train()).warnings
    assert warning.startswith("data not pinned: the run has logged none (mlflow.log_input)")


def test_data_that_cannot_be_told_are_an_error(chain: Chain) -> None:
    chain.request = request(body=PINNED)
    chain.train()
    with pytest.raises(
        SettingsError, match=r"\$\{data.orders.version\} has no value: the run has not logged"
    ):
        found(chain)
    read_data(chain, ("orders", "d1", 12), ("orders", "d3", 13))
    with pytest.raises(SettingsError, match="has several values: the run has read 12, 13"):
        found(chain)


def test_an_image_that_is_gone_is_an_error(chain: Chain) -> None:
    with pytest.raises(SettingsError, match="is no longer in its registry"):
        found(chain.train(), exists=False)


def test_an_image_of_elsewhere_is_refused_before_its_registry_is_asked(chain: Chain) -> None:
    chain.train()

    def asked(image: str) -> bool:
        raise AssertionError(image)

    with pytest.raises(SettingsError, match="is not in image_repo"):
        reproduction(
            chain.tracking,
            chain.run_id,
            image_exists=asked,
            host=HOST,
            repository=REPOSITORY,
            image_repo="registry.example.com/other",
        )


def test_secrets_that_were_not_archived_are_an_error(chain: Chain) -> None:
    chain.request = request(body={"spark_env_vars": {"HF_TOKEN": WITHHELD}})
    with pytest.raises(SettingsError, match=r"are not archived: spark_env_vars\.HF_TOKEN"):
        found(chain.train())


def test_a_run_of_others_has_no_request(chain: Chain) -> None:
    with pytest.raises(MissingError, match="cannot be reproduced") as raised:
        found(chain.train(archive=False))
    assert "only runs of this suite" in raised.value.hint


def test_what_is_otherwise_than_it_was_is_said(chain: Chain) -> None:
    chain.train()
    chain.client.delete_run(chain.run_id)
    warnings = found(chain, chain.run_id, host="https://other.cloud.databricks.com").warnings
    assert any("was deleted" in warning for warning in warnings)
    assert any(f"in another workspace: {HOST}" in warning for warning in warnings)


def test_an_alias_that_nobody_holds_is_missing(chain: Chain) -> None:
    with pytest.raises(MissingError, match="has no version with the alias champion"):
        found(chain.train(), f"models:/{chain.name}@champion")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "models:/",
        "models:/digits",
        "models:/digits/",
        "models:/digits/0",
        "models:/digits/latest",
        "models:/digits/Production",
        "models:/digits@",
        "models:/digits@a b",
        "models:/digits@x/../../y",
        "models:/a/b/3",
        "models:/a\nb/3",
        "models:/digits/\u0663",
        "runs:/0123/model",
        "0123456789ABCDEF0123456789ABCDEF",
        "s3://bucket/model",
        "$(touch /tmp/x)",
    ],
)
def test_what_is_none_of_the_three_forms_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match=r"settings\.reproduce: .*models:/name@challenger"):
        parse_target(text, "reproduce")


@pytest.mark.parametrize(
    ("text", "name", "version", "alias"),
    [
        ("models:/digits/3", "digits", "3", ""),
        (" models:/main.ml.digits@challenger ", "main.ml.digits", "", "challenger"),
        ("models:/my model (2)/12", "my model (2)", "12", ""),
    ],
)
def test_models_are_named_as_in_mlflow(text: str, name: str, version: str, alias: str) -> None:
    target = parse_target(text, "reproduce")
    assert (target.name, target.version, target.alias) == (name, version, alias)
