"""Errors are part of a plugin's interface."""

import signal

import pytest

from drone_plugin import (
    FindingsError,
    Interrupted,
    JobFailedError,
    PluginError,
    RefusedError,
    SettingsError,
    TimeLimitError,
    UnreachableError,
)


def test_the_documented_exit_codes_stay_as_they_are() -> None:
    errors = (JobFailedError, SettingsError, FindingsError, UnreachableError, TimeLimitError, RefusedError)

    assert [error.exit_code for error in errors] == [1, 2, 3, 4, 5, 6]
    assert all(issubclass(error, PluginError) for error in errors)


def test_an_error_says_what_happened_and_then_what_to_do() -> None:
    error = UnreachableError("no answer\nfrom x", hint="check the host")

    assert str(error) == error.message == "no answer\nfrom x"
    assert error.lines() == ["no answer", "from x", "check the host"]


@pytest.mark.parametrize("problems", ["one\ntwo", ["one", "two"], ("one", "two"), iter(["one", "two"])])
def test_problems_of_settings_are_a_line_each(problems: str | list[str]) -> None:
    assert SettingsError(problems).lines() == ["one", "two"]


def test_an_interruption_ends_with_the_code_of_a_shell() -> None:
    assert Interrupted("SIGTERM", signal.SIGTERM).exit_code == 143
    assert Interrupted("SIGINT", signal.SIGINT).exit_code == 130
