"""What changes the identity of a training, and what does not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from databricks_train.life.identity import Identity, default_run_key, identify
from drone_plugin import read_build
from drone_plugin.testing import build as builds
from drone_plugin.testing.encode import settings_from
from drone_plugin.testing.environment import Context, step_environment

if TYPE_CHECKING:
    from pydantic import JsonValue

COMMIT = "c0ffee" + "0" * 34


def identity(**changes: str) -> Identity:
    made = Context(builds.push(COMMIT, "x"))
    environment = step_environment(made, name="train", number=3, now=0, settings=settings_from({}))
    build = read_build(environment | changes)
    return identify("https://w", build, "", {"image": "r@sha256:1", "parameters": {"lr": 0.1}})


def test_a_token_is_as_long_as_databricks_takes() -> None:
    assert len(identity().token(1)) == 64


def test_every_attempt_has_a_token_of_its_own_that_is_always_the_same() -> None:
    assert len({identity().token(number) for number in range(1, 50)}) == 49
    assert identity().token(2) == identity().token(2)


@pytest.mark.parametrize(
    ("name", "value"),
    [("DRONE_BUILD_NUMBER", "99"), ("DRONE_BUILD_PARENT", "3"), ("DRONE_COMMIT_MESSAGE", "other")],
)
def test_another_build_of_the_same_commit_is_the_same_training(name: str, value: str) -> None:
    assert identity(**{name: value}) == identity()


@pytest.mark.parametrize("name", ["DRONE_COMMIT", "DRONE_REPO", "DRONE_STEP_NAME", "DRONE_STAGE_NAME"])
def test_another_commit_repository_pipeline_or_step_is_another(name: str) -> None:
    changed = {name: "d" * 40} | ({"DRONE_COMMIT_SHA": "d" * 40} if name == "DRONE_COMMIT" else {})
    assert identity(**changed).key != identity().key


@pytest.mark.parametrize("name", ["host", "repository", "step", "run_key", "request"])
def test_everything_in_an_identity_counts(name: str) -> None:
    changed: Identity = replace(identity(), **{name: "else"})
    assert changed.key != identity().key


def test_the_order_of_keys_in_a_request_does_not_count() -> None:
    build = read_build({})
    one: dict[str, JsonValue] = {"a": 1, "b": {"c": 1, "d": 2}}
    other: dict[str, JsonValue] = {"b": {"d": 2, "c": 1}, "a": 1}
    assert identify("h", build, "k", one) == identify("h", build, "k", other)


def test_a_scheduled_build_trains_anew_and_its_restart_does_not() -> None:
    scheduled = {"DRONE_BUILD_EVENT": "cron", "DRONE_COMMIT": COMMIT, "DRONE_COMMIT_SHA": COMMIT}
    first = default_run_key(read_build(scheduled | {"DRONE_BUILD_NUMBER": "7"}))
    second = default_run_key(read_build(scheduled | {"DRONE_BUILD_NUMBER": "8"}))
    again = default_run_key(read_build(scheduled | {"DRONE_BUILD_NUMBER": "9", "DRONE_BUILD_PARENT": "7"}))
    assert first != second
    assert again == first


def test_without_a_commit_nothing_is_the_same() -> None:
    assert default_run_key(read_build({})) != default_run_key(read_build({}))
