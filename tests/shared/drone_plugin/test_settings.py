"""Settings from declaration to error message."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Literal, Self

import pytest
from pydantic import BaseModel, JsonValue, SecretStr, model_validator

from drone_plugin import Settings, SettingsError, setting, spell


class Server(BaseModel):
    """An item of a list of maps."""

    name: str
    password: SecretStr = SecretStr("")
    port: int = 443


class Trained(Settings):
    """One setting of every type."""

    host: str = setting("", "the workspace", example="https://example.com", required=True)
    token: SecretStr = setting(SecretStr(""), "its token", example="databricks_token", required=True)
    timeout: timedelta = setting(timedelta(hours=2), "the limit", example="2h")
    workers: int = setting(1, "how many", example="4", ge=1, le=64)
    rate: float = setting(0.1, "the rate", example="0.01")
    dry_run: bool = setting(default=False, description="only say it", example="true")
    mode: Literal["fast", "slow"] = setting("fast", "the mode", example="slow")
    tags: list[str] = setting([], "tags", example="a, b")
    build_args: dict[str, str] = setting({}, "arguments", example="{A: b}")
    cluster: dict[str, JsonValue] = setting({}, "the spec", example="{a: 1}")
    logins: dict[str, SecretStr] = setting({}, "passwords by user", example="logins")
    keys: list[SecretStr] = setting([], "keys", example="keys")
    servers: list[Server] = setting([], "servers", example="[{name: a}]")
    image_repo: str = setting("", "where images are", example="r/x", pin=True)


def problems(environment: Mapping[str, str], kind: type[Settings] = Trained) -> list[str]:
    """What is wrong with the settings, a line each."""
    with pytest.raises(SettingsError) as caught:
        kind.load(environment)
    return caught.value.lines()


def missing(environment: Mapping[str, str]) -> list[str]:
    """What is said of required settings that are unset."""
    with pytest.raises(SettingsError) as caught:
        Trained.load(environment).require()
    return caught.value.lines()


def test_all_problems_are_reported_at_once_in_the_words_of_the_yaml() -> None:
    environment = {
        "PLUGIN_TIMEOUT": "5 parsecs",
        "PLUGIN_WORKERS": "99",
        "PLUGIN_RATE": "fast",
        "PLUGIN_DRY_RUN": "maybe",
        "PLUGIN_MODE": "medium",
        "PLUGIN_BUILD_ARGS": "novalue",
        "PLUGIN_CLUSTER": "nojson",
        "PLUGIN_SERVERS": '[{"port": "x"}]',
        "PLUGIN_TOKN": "dapi",
        "PLUGIN_LOG-LEVEL": "info",
        "PLUGIN_LOG_LEVEL": "debug",
    }

    assert problems(environment) == [
        "settings.log_level: given twice, as log-level and as log_level; keep one",
        'settings.build_args: "novalue" is not key=value; write a map, or key=value items',
        'settings.cluster: "nojson" is not a map',
        'settings.dry_run: "maybe" is neither true nor false; write one of the two',
        'settings.mode: "medium" is not one of fast, slow',
        'settings.rate: "fast" is not a number',
        'settings.timeout: "5 parsecs" is not a duration; write 90s, 15m or 2h',
        "settings.tokn: there is no such setting; did you mean token?",
        'settings.workers: "99" should be less than or equal to 64',
        "settings.servers.0.name: Field required",
        "settings.servers.0.port: should be a valid integer, unable to parse string as an integer",
    ]


def test_wrong_settings_exit_with_two() -> None:
    assert SettingsError.exit_code == 2


@pytest.mark.parametrize("name", list(Trained.model_fields))
def test_an_empty_setting_is_an_unset_one_for_every_type(name: str) -> None:
    assert Trained.load({f"PLUGIN_{name.upper()}": ""}).model_dump() == Trained.load({}).model_dump()


@pytest.mark.parametrize("name", ["timout", "tokne", "hots", "log_levl", "dry-runs", "image_repos"])
def test_a_misspelled_name_is_an_error_and_its_value_is_not_shown(name: str) -> None:
    (line,) = problems({f"PLUGIN_{name.upper()}": "topsecret"})

    assert line.startswith(f"settings.{name.replace('-', '_')}: there is no such setting; did you mean ")
    assert "topsecret" not in line


def test_an_unknown_name_is_a_warning_without_its_value() -> None:
    settings = Trained.load({"PLUGIN_REGISTRY_MIRROR": "topsecret"})

    assert settings.warnings == ("settings.registry_mirror is not a setting of this plugin and is ignored",)


def test_a_misspelled_name_that_was_given_empty_is_an_error_too() -> None:
    assert problems({"PLUGIN_TIMOUT": ""}) == [
        "settings.timout: there is no such setting; did you mean timeout?"
    ]


def test_a_pinned_setting_under_another_spelling_is_an_error() -> None:
    (line,) = problems({"PLUGIN_IMAGE-REPO": "evil.example.com/x"})

    assert line.startswith("settings.image_repo: comes from PLUGIN_IMAGE-REPO; write image_repo, because ")


@pytest.mark.parametrize(
    ("environment", "lines"),
    [
        (
            {},
            [
                "settings.host: is required; for example: host: https://example.com",
                "settings.token: is required; for example: token: {from_secret: databricks_token}",
            ],
        ),
        (
            {"PLUGIN_HOST": "https://x.invalid", "PLUGIN_TOKEN": ""},
            [
                (
                    "settings.token: set, but empty. If it comes from_secret: no secret of that name reaches "
                    "this build, or it is not exposed to pull requests"
                )
            ],
        ),
        (
            {"PLUGIN_HOST": "https://x.invalid", "PLUGIN_TOKEN": "\n"},
            [
                (
                    "settings.token: set, but empty. If it comes from_secret: no secret of that name reaches "
                    "this build, or it is not exposed to pull requests"
                )
            ],
        ),
    ],
)
def test_a_missing_required_setting_says_why_it_may_be_missing(
    environment: Mapping[str, str], lines: list[str]
) -> None:
    assert missing(environment) == lines


def test_required_settings_are_not_looked_at_before_there_is_work() -> None:
    Trained.load({})

    Trained.load({"PLUGIN_HOST": "https://x.invalid", "PLUGIN_TOKEN": "dapi123"}).require()


SECRET_VALUES: Mapping[str, str] = {
    "PLUGIN_LOGINS": "topsecret",
    "PLUGIN_KEYS": '[["topsecret"]]',
    "PLUGIN_SERVERS": '[{"name": "a", "password": ["topsecret"]}]',
}


@pytest.mark.parametrize("name", SECRET_VALUES)
@pytest.mark.parametrize("shape", ["{}", "{{{}", '{{"a": ["{}"]}}', '[{{"a": "{}"}}]', "a={},{}"])
def test_no_error_holds_the_value_of_a_secret(name: str, shape: str) -> None:
    for text in (SECRET_VALUES[name], shape.replace("{}", "topsecret")):
        try:
            settings = Trained.load({name: text})
        except SettingsError as error:
            assert "topsecret" not in str(error.lines())  # noqa: PT017 - reading it is a good end as well
        else:
            assert "topsecret" not in repr(settings)


def test_every_secret_is_known_to_the_redactor_wherever_it_stands() -> None:
    settings = Trained.load(
        {
            "PLUGIN_TOKEN": "dapi123\n",
            "PLUGIN_LOGINS": '{"bob": "hunter2", "eve": ""}',
            "PLUGIN_KEYS": "key-one,key-two",
            "PLUGIN_SERVERS": '[{"name": "a", "password": "passw0rd"}, {"name": "b"}]',
        }
    )

    assert list(settings.secrets()) == [
        ("token", "dapi123"),
        ("logins.bob", "hunter2"),
        ("keys.0", "key-one"),
        ("keys.1", "key-two"),
        ("servers.0.password", "passw0rd"),
    ]


def test_the_effective_settings_are_spelled_out_with_secrets_masked() -> None:
    settings = Trained.load(
        {
            "PLUGIN_TOKEN": "dapi123",
            "PLUGIN_TIMEOUT": "90m",
            "PLUGIN_DRY_RUN": "yes",
            "PLUGIN_TAGS": "a,b",
            "PLUGIN_LOGINS": '{"bob": "hunter2"}',
            "PLUGIN_KEYS": "key-one",
            "PLUGIN_BUILD_ARGS": json.dumps({"A": "x\ny", "evil\nname": "z"}),
        }
    )

    shown = {name: text for name, text, given in settings.effective() if given}

    assert shown == {
        "token": "******",
        "timeout": "1h30m",
        "dry_run": "true",
        "tags": "a, b",
        "logins": "bob=******",
        "keys": "******",
        "build_args": r'A="x\ny", "evil\nname"=z',
    }


def test_what_holds_by_default_is_told_from_what_is_given() -> None:
    settings = Trained.load({"PLUGIN_WORKERS": "4", "PLUGIN_MODE": ""})

    assert {(name, text): given for name, text, given in settings.effective()} == {
        ("log_level", "info"): False,
        ("log_format", "text"): False,
        ("timeout", "2h"): False,
        ("workers", "4"): True,
        ("rate", "0.1"): False,
        ("dry_run", "false"): False,
        ("mode", "fast"): False,
    }


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (SecretStr("x"), "******"),
        (SecretStr(""), "******"),
        ([SecretStr("x"), "y"], "******, y"),
        ({"a": {"b": SecretStr("x")}}, "a=b=******"),
        (True, "true"),
        (7, "7"),
        (timedelta(seconds=90), "1m30s"),
        (timedelta(hours=2), "2h"),
        (timedelta(days=1, minutes=1), "24h1m"),
        (timedelta(milliseconds=250), "0.25s"),
        (timedelta(0), "0s"),
        ("plain", "plain"),
        ("two\nlines", r'"two\nlines"'),
        ("\x1b[31mred", r'"\u001b[31mred"'),
        (Server(name="a", password=SecretStr("x")), "name='a' password=SecretStr('**********') port=443"),
    ],
)
def test_a_value_is_spelled_on_one_line(value: object, text: str) -> None:
    assert spell(value) == text


def test_harness_spreads_json_over_several_lines() -> None:
    settings = Trained.load(
        {
            "PLUGIN_CLUSTER": '{\n  "num_workers" : 2,\n  "spark_conf" : {\n    "a" : "b"\n  }\n}',
            "PLUGIN_BUILD_ARGS": '{\n  "A" : "x,y",\n  "B" : 1.0\n}',
            "PLUGIN_SERVERS": '[ {\n  "name" : "a",\n  "port" : 1\n} ]',
        }
    )

    assert settings.cluster == {"num_workers": 2, "spark_conf": {"a": "b"}}
    assert settings.build_args == {"A": "x,y", "B": "1.0"}
    assert settings.servers == [Server(name="a", port=1)]


HOSTILE = {
    "control characters": "\x00\x01\x1b]1338;x\x07\r\n\x7f\x9b",
    "broken text": "a\udcffb",
    "deep list": "[" * 600 + "]" * 600,
    "deep map": '{"a":' * 600 + "1" + "}" * 600,
    "deep and secret": '{"from_secrets":' + "[" * 600 + "]" * 600 + "}",
    "huge number": "9" * 5000,
    "zeros": "0" * 5000,
    "huge exponent": "1e999999999",
    "numbers of other scripts": "٣٣",
    "not a number": '{"a": NaN, "b": Infinity}',
    "huge number in JSON": '{"a": ' + "9" * 5000 + "}",
    "double key": '{"a": 1, "a": {"b": 2}}',
    "template": "{0.__class__} %s ${IFS} {{7*7}}",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("name", Trained.model_fields)
def test_a_hostile_value_is_read_or_refused_in_printable_lines(name: str, text: str) -> None:
    try:
        settings = Trained.load({f"PLUGIN_{name.upper()}": text})
    except SettingsError as error:
        assert all(line.isprintable() and len(line) < 250 for line in error.lines())  # noqa: PT017 - reading it is a good end as well
    else:
        assert all(shown.isprintable() for _, shown, _ in settings.effective())


def test_the_log_level_is_a_setting_of_every_plugin() -> None:
    assert Settings.load({"PLUGIN_LOG_LEVEL": "Debug"}).log_level == "debug"
    assert problems({"PLUGIN_LOG_LEVEL": "loud"}, Settings) == [
        'settings.log_level: "loud" is not one of error, warning, info, debug'
    ]


class Checked(Settings):
    """Settings that must fit together."""

    low: int = setting(1, "from", example="1")
    high: int = setting(2, "to", example="2")
    token: SecretStr = setting(SecretStr(""), "a token", example="token", min_length=4)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.low > self.high:
            raise ValueError("low must not be above high")
        return self


class WithDefaults(Checked):
    """The same with a token."""

    token: SecretStr = setting(SecretStr("longenough"), "a token", example="token", min_length=4)


def test_a_rule_between_settings_is_reported_like_one_of_a_setting() -> None:
    assert problems({"PLUGIN_LOW": "3"}, WithDefaults) == ["settings: low must not be above high"]


def test_a_rule_about_a_secret_does_not_quote_it() -> None:
    (line,) = problems({"PLUGIN_TOKEN": "top"}, WithDefaults)

    assert line.startswith("settings.token: ")
    assert "top" not in line


def test_settings_are_values_that_nobody_changes() -> None:
    settings = Trained.load({})

    with pytest.raises(ValueError, match="frozen"):
        settings.workers = 2
