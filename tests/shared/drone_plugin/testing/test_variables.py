"""The variables of a whole step, against recorded ones and the cases of the contract."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from drone_plugin.testing.build import push
from drone_plugin.testing.encode import Dialect
from drone_plugin.testing.events import build_of
from drone_plugin.testing.spec import Author, RepoSpec
from drone_plugin.testing.variables import step_variables
from drone_plugin.testing.vectors import DIALECTS, SECRETS, Vector, vectors
from drone_plugin.testing.woodpecker import drone_names, woodpecker_map
from kit import drone

CASES = [
    (vector, dialect)
    for vector in vectors()
    for dialect in DIALECTS
    if not isinstance(vector.expected.get(dialect, type), type)
]


@pytest.mark.contract
@pytest.mark.parametrize(
    ("vector", "dialect"), CASES, ids=[f"{vector.id}-{dialect}" for vector, dialect in CASES]
)
def test_settings_of_a_step_are_those_of_the_encoder(vector: Vector, dialect: Dialect) -> None:
    build = push("1" * 40, vector.message)
    variables = step_variables(vector.yaml, build, dialect, secrets=SECRETS)
    settings = {name: value for name, value in variables.items() if name.startswith("PLUGIN_")}
    assert settings == vector.expected[dialect]


@pytest.mark.contract
def test_a_recorded_push_on_woodpecker_is_rebuilt_from_its_description() -> None:
    file = Path(drone.__file__).parent / "data" / "woodpecker-environments.json"
    recorded = json.loads(file.read_text())["environments"][0]["env"]
    build = push(
        "1" * 40,
        recorded["CI_COMMIT_MESSAGE"],
        before="2" * 40,
        number=42,
        created=1_700_000_000,
        repo=RepoSpec(host="git.example.com"),
        author=Author(avatar="https://git.example.com/avatars/2"),
    )
    now = int(recorded["CI_PIPELINE_STARTED"])
    metadata = woodpecker_map(build, now=now, workspace="/woodpecker/src", step="train")
    rebuilt = {**metadata, **drone_names(metadata)}
    written_differently = {"CI_REPO_CLONE_SSH_URL", "CI_PIPELINE_FORGE_URL"}  # forges have several spellings
    differing = {name for name, value in rebuilt.items() if recorded.get(name) != value}
    assert differing == written_differently


def test_kubernetes_keeps_empty_values_and_withholds_missing_secrets_altogether() -> None:
    build = build_of("push")
    settings = "a: ''\nb: {from_secret: none}\nc: 1"
    kube, docker = (step_variables(settings, build, dialect) for dialect in ("kube", "drone"))
    assert [kube.get(f"PLUGIN_{name}") for name in "ABC"] == ["", None, "1"]
    assert [docker.get(f"PLUGIN_{name}") for name in "ABC"] == [None, "", "1"]
    assert kube["DRONE_STAGE_TYPE"] == "kubernetes"
    assert "DRONE_STEP_NAME" not in kube


def test_an_empty_setting_shuts_out_a_parameter_of_the_build() -> None:
    build = push("1" * 40, "Fix it")
    given = {"PLUGIN_HOST": "https://evil.example.com"}
    injected = replace(build, params=given)
    assert step_variables("a: 1", injected)["PLUGIN_HOST"] == given["PLUGIN_HOST"]
    assert "PLUGIN_HOST" not in step_variables("host: ''", injected)
