"""The schema of `.drone.yml` agrees with the plugins: it takes what they take, and marks what they refuse."""

import json
from collections.abc import Iterator

import jsonschema
import pytest
import yaml

from kit.paths import ROOT

SCHEMA = json.loads((ROOT / "docs" / "drone.schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft7Validator(SCHEMA)
PIPELINE = (ROOT / "examples" / "digits" / ".drone.yml").read_text(encoding="utf-8")


def errors(text: str) -> list[str]:
    """Where and why an editor would mark this pipeline."""

    def found() -> Iterator[str]:
        for document in yaml.safe_load_all(text):
            for error in VALIDATOR.iter_errors(document):
                yield f"{'.'.join(map(str, error.absolute_path))}: {error.message}"

    return sorted(found())


def test_the_schema_is_one() -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMA)


def test_the_examples_own_pipeline_is_right() -> None:
    assert errors(PIPELINE) == []


def test_other_images_may_have_any_settings() -> None:
    assert errors("steps: [{name: a, image: plugins/slack, settings: {chanel: x}}]") == []


@pytest.mark.parametrize(
    ("setting", "right"),
    [
        ("timeout: 90m", True),
        ("timeout: ''", True),
        ("timeout: 90", False),
        ("timeout: soon", False),
        ("timout: 90m", False),
        ("workers: 4", True),
        ("workers: '4'", True),
        ("workers: many", False),
        ("arguments: [--epochs, '20']", True),
        ("arguments: --epochs", True),
        ("arguments: {a: b}", False),
        ("insecure_registry: true", True),
        ("insecure_registry: maybe", False),
        ("trigger: always", True),
        ("trigger: sometimes", False),
        ("environment: {A: b}", True),
        ("token: {from_secret: t}", True),
        ("host: {from_secret: h}", True),
        ("token: {secret: t}", False),
        ("spark-version: 15.4.x-scala2.12", True),
        ("experiment: 1.10", False),
        ("job: jobs/train.yml", True),
        ("job: {tasks: [{task_key: train}]}", True),
        ("job: {from_secret: j}", True),
        ("job: [a, b]", False),
        ("job: 7", False),
    ],
)
def test_a_setting_is_marked_where_it_is_wrong(setting: str, right: bool) -> None:  # noqa: FBT001 - a table
    settings = "\n".join(
        f"    {line}"
        for line in (
            setting,
            "host: https://x",
            "token: {from_secret: t}",
            "image_repo: a/b",
            "spark_version: x",
        )
        if line is setting or line.split(":")[0] != setting.split(":", maxsplit=1)[0]
    )
    rest = "    node_type: a\n    entry_point: a"
    rest += "" if setting.startswith("experiment") else "\n    experiment: a"
    found = errors(
        f"steps:\n- name: t\n  image: r.example.com/drone-ml/databricks-train:1\n  settings:\n{settings}\n{rest}\n"
    )
    assert (found == []) is right, found


def test_what_is_required_and_missing_is_marked() -> None:
    found = errors("steps: [{name: i, image: 'drone-ml/build-image:dev', settings: {tags: a}}]")
    assert found == ["steps.0.settings: 'repo' is a required property"]
