"""Variables of a job: what a cluster can export, and what goes in there safely."""

import json
import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from databricks_train.job.exported import exportable_json, is_secret_name, set_by_step, unexportable


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=40) | st.just("it's {{secrets/a/b}}\n")))
def test_json_survives_single_quotes_and_makes_no_reference(values: dict[str, str]) -> None:
    text = exportable_json(values)
    assert json.loads(text) == values
    assert not list(unexportable("V", text))
    assert "{{" not in text
    assert shlex.split(f"export V='{text}'") == ["export", f"V={text}"]


@pytest.mark.parametrize("name", ["MY_TOKEN", "db_password", "S3.SECRET.KEY", "ApiKey", "AWS_ACCESS_KEY"])
def test_names_of_secrets(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize("name", ["TOKENS", "KEY", "KEYBOARD", "PRIMARY_KEY", "max_tokens_per_batch"])
def test_names_of_anything_else(name: str) -> None:
    assert not is_secret_name(name)


def test_what_the_step_sets_is_the_link_to_the_run() -> None:
    assert set_by_step("MLFLOW_RUN_ID")
    assert set_by_step("DRONE_ML_CHAIN")
    assert not set_by_step("MLFLOW_TRACKING_TOKEN")
    assert not set_by_step("MLFLOW_HTTP_REQUEST_TIMEOUT")
