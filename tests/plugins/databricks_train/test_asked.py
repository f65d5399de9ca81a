"""What a build asks for: parameters from the commit message or the build, profiles, and what is refused."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from databricks_train.asking.asked import Asked, AskedSettings, ask
from drone_plugin import Build, SettingsError, read_build
from drone_plugin.message import Request, find_request
from drone_plugin.testing import build
from drone_plugin.testing.encode import settings_from
from drone_plugin.testing.environment import Context, step_environment
from drone_plugin.testing.goformat import Value

PUSH = build.push("c0ffee" + "0" * 34, "Retune", number=7)
PARAMETERS: Mapping[str, Value] = {
    "lr": {"type": "float", "default": 0.01, "min": 0, "max": 1},
    "epochs": 20,
    "optimiser": {"choices": ["adam", "sgd"], "default": "adam"},
    "note": "",
    "fast": False,
}
PROFILES: Mapping[str, Value] = {
    "gpu": {"node_type": "g5.xlarge", "workers": 2, "parameters": {"epochs": 50}},
    "small": {"workers": 0},
}


def asked(
    message: str = "[train]",
    variables: Mapping[str, str] | None = None,
    event: str = "push",
    **settings: Value,
) -> Asked:
    """What comes of a message and build parameters, the settings as Drone encodes them."""
    given_settings = settings_from({"parameters": PARAMETERS, "profiles": PROFILES, **settings})
    environment = step_environment(Context(PUSH), name="train", number=3, now=0, settings=given_settings)
    environment |= {"DRONE_BUILD_EVENT": event}
    loaded = AskedSettings.load(environment)
    request = find_request(message, loaded.keyword)
    assert request is not None
    return ask(loaded, request, {**environment, **(variables or {})}, read_build(environment))


def refused(*arguments: object, **settings: object) -> list[str]:
    """The problems that a build's asking meets."""
    with pytest.raises(SettingsError) as error:
        asked(*arguments, **settings)  # type: ignore[arg-type] # passed on
    return error.value.message.splitlines()


def test_without_a_word_the_defaults_hold_and_one_line_says_so() -> None:
    found = asked()
    assert found.parameters == {"lr": 0.01, "epochs": 20, "optimiser": "adam", "note": "", "fast": False}
    assert found.lines == (
        'parameters by default: epochs = 20, fast = false, lr = 0.01, note = "", optimiser = adam',
    )


def test_the_commit_message_sets_parameters_in_their_types() -> None:
    found = asked("[train lr=1 epochs=1e3 fast=yes optimiser=sgd note='two words']")
    assert found.parameters == {
        "lr": 1.0,
        "epochs": 1000,
        "optimiser": "sgd",
        "note": "two words",
        "fast": True,
    }
    assert 'parameter note = "two words" (commit message)' in found.lines


def test_a_profile_brings_overrides_and_defaults_which_the_message_may_change() -> None:
    found = asked("[train gpu]")
    assert (found.profile, found.parameters["epochs"]) == ("gpu", 50)
    assert found.overrides == {"node_type": "g5.xlarge", "workers": 2}
    assert found.lines[:2] == ("profile gpu (commit message)", "parameter epochs = 50 (profile gpu)")
    assert asked("[train gpu epochs=3]").parameters["epochs"] == 3


@pytest.mark.parametrize("event", ["custom", "promote", "rollback"])
def test_build_parameters_come_before_the_message_in_any_case_of_their_names(event: str) -> None:
    found = asked(
        "[train epochs=3]", {"train_EPOCHS": "5", "TRAIN_LR": "0.5", "TRAIN_REPEAT": "retrain"}, event
    )
    assert (found.parameters["epochs"], found.parameters["lr"]) == (5, 0.5)
    assert "parameter epochs = 5 (build parameter train_EPOCHS)" in found.lines


def test_variables_of_another_event_are_ignored_and_named() -> None:
    found = asked("[train]", {"TRAIN_EPOCHS": "5"})
    assert found.parameters["epochs"] == 20
    assert found.lines[0] == (
        "ignored: TRAIN_EPOCHS; build parameters count on custom, promoted and restarted builds"
    )


def test_a_restarted_build_has_parameters() -> None:
    settings = AskedSettings.load({"PLUGIN_PARAMETERS": '{"epochs":20}'})
    restarted: Build = read_build({"DRONE": "true", "DRONE_BUILD_EVENT": "push", "DRONE_BUILD_PARENT": "6"})
    assert ask(settings, Request(), {"TRAIN_EPOCHS": "5"}, restarted).parameters == {"epochs": 5}


MISTAKES = {
    "lr=abc": '[train lr=abc]: "abc" is not a number from 0 to 1',
    "lr=nan": '[train lr=nan]: "nan" is not a number from 0 to 1',
    "lr=1.5": '[train lr=1.5]: "1.5" is not a number from 0 to 1',
    "lr=1e999": '[train lr=1e999]: "1e999" is not a number from 0 to 1',
    "epochs=2.5": '[train epochs=2.5]: "2.5" is not a whole number',
    "epochs=": '[train epochs=""]: "" is not a whole number',
    "epochs=99999999999999999999": '[train epochs=99999999999999999999]: "99999999999999999999" is too large',
    "optimiser=adma": '[train optimiser=adma]: "adma" is not one of "adam", "sgd"',
    "fast=perhaps": '[train fast=perhaps]: "perhaps" is not true or false',
    "LR=0.1": "[train LR=0.1]: this step declares no such parameter; did you mean lr?",
    "note={{secrets/a/b}}": (
        '[train note={{secrets/a/b}}]: "{{secrets/a/b}}" holds {{, which Databricks would expand'
    ),
    "gpuu": "[train gpuu]: there is no such profile; did you mean gpu?",
    "gpu small": "[train gpu small]: only one profile can be chosen",
}


@pytest.mark.parametrize("words", MISTAKES)
def test_a_mistake_in_the_message_is_named_with_its_source(words: str) -> None:
    assert refused(f"[train {words}]") == [f"commit message: {MISTAKES[words]}"]


def test_all_mistakes_are_reported_at_once_with_what_is_declared() -> None:
    with pytest.raises(SettingsError) as error:
        asked("[train lr=x epoch=3 tiny]", {"TRAIN_FAST": "no way", "TRAIN_SPEED": "9"}, "custom")
    assert error.value.lines() == [
        "commit message: [train tiny]: there is no such profile",
        "build parameter TRAIN_SPEED: this step declares no such parameter",
        "commit message: [train epoch=3]: this step declares no such parameter; did you mean epochs?",
        'build parameter TRAIN_FAST: "no way" is not true or false',
        'commit message: [train lr=x]: "x" is not a number from 0 to 1',
        (
            "declared parameters: epochs: a whole number; fast: true or false; lr: a number from 0 to 1; "
            'note: text; optimiser: one of "adam", "sgd"'
        ),
        "profiles: gpu, small",
    ]


def test_the_same_parameter_in_two_spellings_with_two_values_is_refused() -> None:
    problems = refused("[train]", {"TRAIN_LR": "0.1", "train_lr": "0.2"}, "custom")
    assert problems == ["build parameter train_lr: given twice, also as TRAIN_LR"]


def test_a_parameter_without_default_has_to_be_given() -> None:
    declared: Value = {"date": {"type": "str"}}
    assert asked("[train date=today]", parameters=declared, profiles={}).parameters == {"date": "today"}
    assert refused(parameters=declared, profiles={}) == [
        "settings.parameters.date: has no default, and nothing sets it; write [train date=…]"
    ]


DECLARATIONS: dict[str, tuple[Value, str]] = {
    "type": ({"type": "integer"}, '.type: "integer" is not one of int, float, str, bool'),
    "field": ({"maximum": 3}, ".maximum: there is no such field (type, default, min, max, choices)"),
    "typo": (
        {"defualt": 3},
        ".defualt: there is no such field; did you mean default? (type, default, min, max, choices)",
    ),
    "default": ({"type": "int", "default": "x"}, '.default: "x" is not a whole number'),
    "out of bounds": ({"default": 5, "max": 3}, '.default: "5" is not a whole number of at most 3'),
    "no choice": ({"default": 5, "choices": [1, 2]}, '.default: "5" is not one of 1, 2'),
    "empty choices": ({"choices": []}, ".choices: is not a list of values"),
    "bounds of text": ({"type": "str", "min": 3}, ".min: text has no bounds"),
    "bounds crossed": ({"type": "int", "min": 3, "max": 2}, ".min: 3 is more than max, 2"),
    "list": ([1, 2], ": 1, 2 is no value; write a number, text, or a map such as {type: int}"),
}


@pytest.mark.parametrize("case", DECLARATIONS)
def test_a_declaration_that_means_nothing_is_refused(case: str) -> None:
    declared, problem = DECLARATIONS[case]
    assert refused(parameters={"p": declared}, profiles={}) == [f"settings.parameters.p{problem}"]


@pytest.mark.parametrize(
    ("names", "problem"),
    [
        (
            {"repeat": 1},
            "settings.parameters.repeat: is taken: TRAIN_REPEAT says what becomes of a training that was done before",
        ),
        ({"a-b": 1, "a_b": 2}, "settings.parameters.a_b: a build's parameter cannot tell it from a-b"),
        ({"a b": 1}, 'settings.parameters: "a b" is no name: letters, digits, _ and -'),
    ],
)
def test_names_of_parameters(names: Value, problem: str) -> None:
    assert refused(parameters=names, profiles={}) == [problem]


FORBIDDEN: dict[str, tuple[Value, str]] = {
    "host": (
        {"host": "https://evil"},
        ".host: a profile cannot set it (node_type, workers, spark_version, timeout, cluster, parameters)",
    ),
    "typo": (
        {"worker": 3},
        ".worker: a profile cannot set it; did you mean workers? (node_type, workers, spark_version, timeout, cluster, parameters)",
    ),
    "image": (
        {"cluster": {"docker_image": {"url": "x"}}},
        ".cluster.docker_image: a profile says how large a cluster is, not what it holds or who it is",
    ),
    "variables": (
        {"cluster": {"spark_env_vars": {}}},
        ".cluster.spark_env_vars: a profile says how large a cluster is, not what it holds or who it is",
    ),
    "role": (
        {"cluster": {"aws_attributes": {"instance_profile_arn": "a"}}},
        ".cluster.aws_attributes.instance_profile_arn: a profile changes no credentials",
    ),
    "secret": (
        {"cluster": {"spark_conf": {"a": "{{secrets/a/b}}"}}},
        ".cluster.spark_conf: a profile reads no secrets",
    ),
    "parameter": (
        {"parameters": {"epoch": 3}},
        ".parameters.epoch: is not declared in settings.parameters; did you mean epochs?",
    ),
    "value": ({"parameters": {"epochs": "x"}}, '.parameters.epochs: "x" is not a whole number'),
    "shape": (
        3,
        ": is not a map of overrides (node_type, workers, spark_version, timeout, cluster, parameters)",
    ),
}


@pytest.mark.parametrize("case", FORBIDDEN)
def test_a_profile_touches_sizes_and_defaults_only(case: str) -> None:
    profile, problem = FORBIDDEN[case]
    assert refused(profiles={"p": profile}) == [f"settings.profiles.p{problem}"]


@given(st.text(max_size=2000))
def test_any_text_is_data_or_an_error_and_never_another_value(text: str) -> None:
    """Quotes, newlines, `${…}`: as it was written."""
    settings = AskedSettings.load({"PLUGIN_PARAMETERS": '{"note":""}'})
    custom = read_build({"DRONE": "true", "DRONE_BUILD_EVENT": "custom"})
    try:
        found = ask(settings, Request(), {"TRAIN_NOTE": text}, custom)
    except SettingsError:
        assert "{{" in text or "\0" in text
        return
    assert found.parameters["note"] == text
    assert all(line.isprintable() for line in found.lines)


@given(st.text(max_size=30))
def test_a_number_is_finite_and_within_its_bounds_or_an_error(text: str) -> None:
    settings = AskedSettings.load(
        {"PLUGIN_PARAMETERS": '{"lr":{"type":"float","min":0,"max":1,"default":0.5}}'}
    )
    custom = read_build({"DRONE": "true", "DRONE_BUILD_EVENT": "custom"})
    try:
        found = ask(settings, Request(), {"TRAIN_LR": text}, custom).parameters["lr"]
    except SettingsError:
        return
    assert isinstance(found, float)
    assert 0 <= found <= 1
