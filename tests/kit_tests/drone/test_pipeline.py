from dataclasses import replace

import pytest

from drone_plugin.testing import build
from drone_plugin.testing.errors import PipelineError, YamlParseError
from drone_plugin.testing.goyaml import documents
from kit.drone.conditions import decode_conditions, glob
from kit.drone.pipeline import Mount, Pipeline, Volume, lint, parse

YAML = """
kind: secret
name: x
---
kind: pipeline
type: docker
name: train

trigger:
  event: push

environment: {LEVEL: 0755, DEBUG: yes}

steps:
- name: scan
  image: drone-ml/secret-scan
  pull: never
  settings: {paths: [a, b], token: {from_secret: scan_token}}
- name: report
  image: ${IMAGE}
  depends_on: [scan]
  environment:
    TOKEN: {from_secret: report_token}
    MODE: 010
  commands: [echo one, echo two]
  volumes:
  - {name: sock, path: /var/run/docker.sock}
  failure: ignore
  when: {status: [failure, success], branch: {include: [main, release/*], exclude: [release/old]}}

services:
- name: db
  image: db:1

volumes:
- name: sock
  host: {path: /var/run/docker.sock}
- name: tmp
  temp: {}
---
kind: pipeline
type: exec
name: elsewhere
---
kind: pipeline
name: untyped
clone: {disable: true}
depends_on: [train]
"""


@pytest.fixture
def pipelines() -> tuple[Pipeline, ...]:
    """The document above, parsed."""
    return parse(YAML, {"IMAGE": "python:3.11"})


def test_only_docker_pipelines_are_read(pipelines: tuple[Pipeline, ...]) -> None:
    assert [pipeline.name for pipeline in pipelines] == ["train", "untyped"]
    assert [pipeline.clone for pipeline in pipelines] == [True, False]
    assert pipelines[1].depends_on == ("train",)


def test_a_step_is_read_with_its_settings_and_references_to_secrets(pipelines: tuple[Pipeline, ...]) -> None:
    scan, report = pipelines[0].steps

    assert (scan.pull, scan.settings.values) == ("never", {"PLUGIN_PATHS": "a,b"})
    assert scan.settings.secrets == {"PLUGIN_TOKEN": "scan_token"}
    assert (report.image, report.commands) == ("python:3.11", ("echo one", "echo two"))
    assert report.environment.secrets == {"TOKEN": "report_token"}
    assert report.volumes == (Mount("sock", "/var/run/docker.sock"),)


def test_variables_are_text_as_it_is_written(pipelines: tuple[Pipeline, ...]) -> None:
    assert pipelines[0].environment == {"LEVEL": "0755", "DEBUG": "yes"}
    assert pipelines[0].steps[1].environment.values == {"MODE": "010"}


def test_services_and_volumes_are_read(pipelines: tuple[Pipeline, ...]) -> None:
    assert [service.name for service in pipelines[0].services] == ["db"]
    assert pipelines[0].volumes == (Volume("sock", host="/var/run/docker.sock"), Volume("tmp"))


def test_host_volumes_need_a_trusted_repository(pipelines: tuple[Pipeline, ...]) -> None:
    lint(pipelines[0], trusted=True)
    with pytest.raises(PipelineError, match="untrusted repositories cannot mount host volumes"):
        lint(pipelines[0], trusted=False)


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ("[{name: a, image: x}, {name: a, image: x}]", "duplicate"),
        ("[{image: x}]", "without one"),
        ("[{name: clone, image: x}]", "clone"),
        ("[{name: a}]", "missing image"),
        ("[{name: a, image: x, depends_on: [b]}]", "unknown step dependency"),
        ("[{name: a, image: x, privileged: true}]", "privileged"),
    ],
)
def test_the_linter_refuses(steps: str, message: str) -> None:
    with pytest.raises(PipelineError, match=message):
        lint(parse(f"{{kind: pipeline, steps: {steps}}}", {})[0], trusted=False)


@pytest.mark.parametrize(
    "step", ["{name: a, network_mode: host}", "{name: a, failure: retry}", "{when: {paths: [x]}}"]
)
def test_what_the_kit_cannot_run_is_refused_rather_than_ignored(step: str) -> None:
    with pytest.raises(PipelineError, match="test kit"):
        parse(f"{{kind: pipeline, steps: [{step}]}}", {})


@pytest.mark.parametrize("step", ["text", "{commands: {a: b}}", "{detach: maybe}", "{settings: [a]}"])
def test_another_shape_is_a_parse_error(step: str) -> None:
    with pytest.raises(YamlParseError):
        parse(f"{{kind: pipeline, steps: [{step}]}}", {})


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("main", "main", True),
        ("main", "main2", False),
        ("release/*", "release/1", True),
        ("release/*", "release/1/2", False),
        ("release/**", "release/1/2", True),
        ("**", "a/b", True),
        ("*", "a/b", False),
        ("refs/tags/v[0-9]?", "refs/tags/v12", True),
        ("{main,dev*}", "develop", True),
        ("v1.0", "v1x0", False),
    ],
)
def test_patterns_are_globs_that_respect_slashes(pattern: str, text: str, *, matches: bool) -> None:
    assert glob(pattern, text) is matches


PUSH = build.push("c" * 40, "x")


@pytest.mark.parametrize(
    ("when", "matches"),
    [
        ("{}", True),
        ("{event: push}", True),
        ("{event: [tag, push]}", True),
        ("{event: {exclude: [pull_request]}}", True),
        ("{event: {exclude: [push]}}", False),
        ("{event: push, branch: develop}", False),
        ("{branch: {include: ['*'], exclude: [main]}}", False),
        ("{ref: [refs/heads/*]}", True),
        ("{ref: [refs/tags/*]}", False),
        ("{repo: octocat/*, instance: drone.example.com}", True),
        ("{target: production}", False),
        ("{status: failure}", True),
    ],
)
def test_a_step_runs_when_all_its_conditions_match(when: str, *, matches: bool) -> None:
    conditions = decode_conditions(documents(f"when: {when}")[0].value[0][1])

    assert conditions.match(PUSH, instance="drone.example.com") is matches


def test_a_target_is_that_of_a_promotion() -> None:
    conditions = decode_conditions(documents("target: prod*")[0])

    assert conditions.match(replace(PUSH, event="promote", deploy_to="production"), instance="")


@pytest.mark.parametrize(
    ("status", "on_success", "on_failure"),
    [
        ("", True, False),
        ("status: [failure]", False, True),
        ("status: [success, failure]", True, True),
        ("status: [success]", True, False),
        ("status: {exclude: [success]}", False, True),
    ],
)
def test_the_status_decides_when_the_turn_of_the_step_comes(
    status: str, *, on_success: bool, on_failure: bool
) -> None:
    parsed = documents(status)
    conditions = decode_conditions(parsed[0] if parsed else None)

    assert (conditions.runs_on(failing=False), conditions.runs_on(failing=True)) == (on_success, on_failure)
