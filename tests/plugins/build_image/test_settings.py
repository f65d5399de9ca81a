"""What a build-image step may be asked for."""

import pytest

from build_image.settings import BuildSettings
from drone_plugin import SettingsError


def load(**settings: str) -> BuildSettings:
    """The settings of a step."""
    return BuildSettings.load({f"PLUGIN_{name.upper()}": value for name, value in settings.items()})


@pytest.mark.parametrize(
    "repo",
    [
        "model",
        "team/model",
        "registry.example.com/team/model",
        "registry.example.com:5000/team/sub-group/my__model.v2",
        "localhost/model",
        "a--b/c",
    ],
)
def test_a_repository_is_a_name_with_or_without_a_registry(repo: str) -> None:
    assert load(repo=repo).repo == repo


@pytest.mark.parametrize(
    "repo",
    [
        "Team/Model",
        "https://registry.example.com/team/model",
        "team/model:latest",
        "team/model@sha256:" + "0" * 64,
        "team//model",
        "team/model/",
        "-team/model",
        "a..b/c",
        "team/mo del",
        "registry:port/team",
        "registry:\uff15/team",
        "team/model\nother/model",
    ],
)
def test_what_is_no_repository_is_said_to_be_none_in_one_line(repo: str) -> None:
    with pytest.raises(SettingsError) as raised:
        load(repo=repo)
    (line,) = raised.value.lines()
    assert line.startswith("settings.repo: ")
    assert line.endswith("is not a repository; write registry/name in lower case, without scheme and tag")


def test_no_repository_is_a_problem_only_when_there_is_something_to_do() -> None:
    settings = load()
    with pytest.raises(SettingsError, match=r"settings\.repo: is required; for example: repo: registry"):
        settings.require()


@pytest.mark.parametrize("tag", ["bad tag", "-v1", "feature/x", "x" * 129, "ü"])
def test_a_tag_that_no_registry_takes_is_refused_before_anything_is_built(tag: str) -> None:
    with pytest.raises(SettingsError, match=r"^settings\.tags: .* is not a tag; "):
        load(repo="team/model", tags=f"latest,{tag}")


@pytest.mark.parametrize(
    ("repo", "registry"),
    [
        ("model", "https://index.docker.io/v1/"),
        ("team/model", "https://index.docker.io/v1/"),
        ("localhost/model", "localhost"),
        ("host:5000/model", "host:5000"),
        ("registry.example.com/team/model", "registry.example.com"),
    ],
)
def test_the_registry_is_the_one_that_the_engine_would_ask(repo: str, registry: str) -> None:
    assert load(repo=repo).registry == registry


def test_build_arguments_are_a_map_whose_values_may_hold_commas() -> None:
    settings = load(build_args='{"BASE":"python:3.11","WORDS":"a,b=c","N":3}')
    assert settings.build_args == {"BASE": "python:3.11", "WORDS": "a,b=c", "N": "3"}


def test_an_engine_is_a_socket_or_a_tcp_address() -> None:
    with pytest.raises(SettingsError, match=r"settings\.docker_host: "):
        load(docker_host="ssh://root@host")


def test_a_wait_of_less_than_nothing_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"settings\.docker_wait: "):
        load(docker_wait="-1s")
