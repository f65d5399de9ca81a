"""What an unknown name may have meant."""

import pytest

from drone_plugin import Settings, setting
from drone_plugin.resembling import resembling

KNOWN = (
    "arguments",
    "cache_from",
    "cache_to",
    "command",
    "environment",
    "build_args",
    "log_format",
    "log_level",
    "name",
    "repo",
    "token",
    "mlflow_username",
    "registry",
)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("args", ["arguments"]),
        ("params", ["arguments"]),
        ("cmd", ["command"]),
        ("env", ["environment"]),
        ("env_vars", ["environment"]),
        ("build_arguments", ["build_args"]),
        ("args_build", ["build_args"]),
        ("repo_name", ["repo"]),
        ("repository", ["repo"]),
        ("access_token", ["token"]),
        ("cache", ["cache_from", "cache_to"]),
        ("debug", ["log_level"]),
        ("mlflow_user", ["mlflow_username"]),
        ("registry_mirror", ["registry"]),
        ("s", []),
        ("na", []),
        ("_", []),
        ("nonsense", []),
        ("password", []),
    ],
)
def test_another_word_or_a_part_of_a_name_means_that_setting(name: str, meant: list[str]) -> None:
    assert resembling(name, KNOWN) == meant


def test_many_that_may_be_meant_are_no_help() -> None:
    assert resembling("cache", ["cache_a", "cache_b", "cache_c", "cache_d"]) == []


class Cached(Settings):
    """Settings with long names."""

    cache_from: str = setting("", "where to read", example="x")
    cache_to: str = setting("", "where to write", example="x")
    environment: dict[str, str] = setting({}, "variables", example="{A: b}")


def test_a_warning_of_an_unknown_name_asks_whether_another_was_meant() -> None:
    settings = Cached.load({"PLUGIN_ENV": "topsecret", "PLUGIN_CACHE": "yes", "PLUGIN_MIRROR": "x"})

    ignored = "is not a setting of this plugin and is ignored"
    assert settings.warnings == (
        f"settings.cache {ignored}; did you mean cache_from or cache_to?",
        f"settings.env {ignored}; did you mean environment?",
        f"settings.mirror {ignored}",
    )
