"""Settings from declaration to error message."""

import json
import types
from collections.abc import Mapping
from datetime import timedelta
from typing import ClassVar, Literal, Self

import pytest
from pydantic import BaseModel, JsonValue, SecretStr, model_validator

from drone_plugin import Settings, SettingsError, setting, spell
from drone_plugin.docs import settings_table
from drone_plugin.rules import Rule, any_of, needs, only_one, together


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


@pytest.mark.parametrize(
    ("event", "why"),
    [
        ("push", "no secret of that name reaches this build; see whether the repository or its organization"),
        ("promote", "no secret of that name reaches this build; see whether the repository or its organ"),
        ("pull_request", "secrets are withheld from pull requests, unless they are exposed to them"),
        ("", "no secret of that name reaches this build, or it is not exposed to pull requests"),
    ],
)
@pytest.mark.parametrize("platform", ["DRONE_BUILD_EVENT", "CI_PIPELINE_EVENT"])
def test_why_a_secret_is_empty_depends_on_the_event(event: str, why: str, platform: str) -> None:
    system = {"CI": "woodpecker"} if platform.startswith("CI") else {"DRONE": "true"}
    environment = {**system, platform: event, "PLUGIN_HOST": "https://x.invalid", "PLUGIN_TOKEN": ""}

    (line,) = missing(environment)

    assert line.startswith(f"settings.token: set, but empty. If it comes from_secret: {why}")


def test_what_is_missing_under_a_condition_of_one_s_own_is_explained_alike() -> None:
    settings = Trained.load({"DRONE": "true", "DRONE_BUILD_EVENT": "push", "PLUGIN_TOKEN": ""})

    assert settings.absence("keys", "is required with mode") == "settings.keys: is required with mode"
    assert settings.absence("token", "is required with mode").startswith("settings.token: set, but empty. ")


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

    assert list(settings.secret_values()) == [
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
        (Server(name="a", password=SecretStr("x")), "{name: a, password: ******, port: 443}"),
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


class Renamed(Settings):
    """Settings that had other names once."""

    token: SecretStr = setting(
        SecretStr(""), "a token", example="api_token", required=True, deprecated=("api_key", "key")
    )
    retries: int = setting(3, "How often.", example="5", deprecated="tries")
    server: str = setting("", "where to", example="https://x", pin=True, deprecated="hostname")


def test_an_old_name_works_and_warns_under_every_spelling() -> None:
    settings = Renamed.load({"PLUGIN_API-KEY": "topsecret", "PLUGIN_TRIES": "7"})

    assert (settings.token, settings.retries) == (SecretStr("topsecret"), 7)
    assert ("retries", "7", True) in list(settings.effective())
    assert settings.warnings == (
        "settings.api_key is called token now; the old name will not work for ever",
        "settings.tries is called retries now; the old name will not work for ever",
    )


def test_what_is_wrong_with_an_old_name_is_said_of_the_new_one_without_secrets() -> None:
    assert problems({"PLUGIN_TRIES": "x"}, Renamed) == ['settings.retries: "x" is not a whole number']
    assert problems({"PLUGIN_API_KEY": "topsecret", "PLUGIN_KEY": "other"}, Renamed) == [
        "settings.token: given twice, also by its old name key; keep token"
    ]
    assert problems({"PLUGIN_HOSTNAME": "https://evil.example"}, Renamed) == [
        "settings.hostname: is called server now; write that"
    ]


def test_a_missing_secret_under_an_old_name_says_why_it_may_be_missing() -> None:
    with pytest.raises(SettingsError, match=r"settings\.token: set, but empty\. If it comes from_secret"):
        Renamed.load({"PLUGIN_API_KEY": ""}).require()


def test_a_secret_under_an_old_name_is_masked_before_anything_is_read() -> None:
    environment = {"PLUGIN_KEY": "old-secret", "PLUGIN_TOKEN": "new-secret"}

    assert list(Renamed.secret_texts(environment)) == ["new-secret", "old-secret"]


class Ruled(Settings):
    """Settings with rules between them."""

    rules: ClassVar[tuple[Rule, ...]] = (
        together("username", "password"),
        together("low", "high"),
        only_one("image", "image_file", "password"),
        needs("role", "low", "username"),
    )

    username: str = setting("", "who", example="bob")
    password: SecretStr = setting(SecretStr(""), "the password", example="password")
    low: int = setting(0, "from", example="1")
    high: int = setting(10, "to", example="9")
    image: str = setting("", "the image", example="x")
    image_file: str = setting("", "a file that names it", example="x.json")
    role: str = setting("", "the role", example="reader")
    push: bool = setting(default=False, description="push it", example="true")


class More(Ruled):
    """Further settings, with further rules."""

    rules: ClassVar[tuple[Rule, ...]] = (
        any_of("image", "image_file"),
        together("a", "b", "c"),
        needs("push", "username"),
    )

    a: str = setting("", "a", example="a")
    b: str = setting("", "b", example="b")
    c: str = setting("", "c", example="c")


@pytest.mark.parametrize(
    ("environment", "lines"),
    [
        ({"PLUGIN_LOW": "1"}, ["settings.low and settings.high: one is set without the other"]),
        (
            {"PLUGIN_IMAGE": "x", "PLUGIN_IMAGE_FILE": "y"},
            ["settings.image and settings.image_file: only one of them may be set"],
        ),
        ({"PLUGIN_A": "1"}, ["settings.a, settings.b and settings.c: go together, but b and c are not set"]),
        (
            {"PLUGIN_A": "1", "PLUGIN_C": "1"},
            ["settings.a, settings.b and settings.c: go together, but b is not set"],
        ),
        (
            {"PLUGIN_ROLE": "x", "PLUGIN_USERNAME": "bob"},
            ["settings.role: needs low to be set, too"],
        ),
        ({"PLUGIN_ROLE": "x"}, ["settings.role: needs low and username to be set, too"]),
        ({"PLUGIN_PUSH": "true"}, ["settings.push: needs username to be set, too"]),
        (
            {"PLUGIN_LOW": "1", "PLUGIN_A": "1", "PLUGIN_HIGH": "x", "PLUGIN_IMAG": ""},
            [
                'settings.high: "x" is not a whole number',
                "settings.imag: there is no such setting; did you mean image?",
                "settings.a, settings.b and settings.c: go together, but b and c are not set",
            ],
        ),
    ],
)
def test_a_broken_rule_is_told_with_the_other_problems(
    environment: Mapping[str, str], lines: list[str]
) -> None:
    """A value that cannot be read counts as neither set nor unset."""
    assert problems(environment, More) == lines


def test_rules_that_hold_say_nothing() -> None:
    More.load({})
    More.load({"PLUGIN_LOW": "1", "PLUGIN_HIGH": "9", "PLUGIN_ROLE": "x", "PLUGIN_USERNAME": "bob"})


def test_two_secrets_that_exclude_one_another_are_a_mistake_at_once() -> None:
    assert problems({"PLUGIN_IMAGE": "x", "PLUGIN_PASSWORD": "topsecret"}, Ruled) == [
        "settings.image and settings.password: only one of them may be set"
    ]


@pytest.mark.parametrize(
    ("environment", "lines"),
    [
        (
            {"PLUGIN_USERNAME": "bob"},
            ["settings.username and settings.password: one is set without the other"],
        ),
        (
            {"PLUGIN_USERNAME": "bob", "PLUGIN_PASSWORD": ""},
            [
                (
                    "settings.username and settings.password: one is set without the other; password is set, "
                    "but empty. If it comes from_secret: no secret of that name reaches this build, or it is "
                    "not exposed to pull requests"
                )
            ],
        ),
    ],
)
def test_a_withheld_secret_breaks_a_rule_only_when_there_is_work(
    environment: Mapping[str, str], lines: list[str]
) -> None:
    settings = Ruled.load(environment)

    with pytest.raises(SettingsError) as raised:
        settings.require()

    assert raised.value.lines() == lines


def test_one_of_several_is_required_only_when_there_is_work() -> None:
    settings = More.load({})

    with pytest.raises(SettingsError) as raised:
        settings.require()

    assert raised.value.lines() == ["settings.image or settings.image_file: one of them is required"]


def test_the_reference_tells_old_names_and_rules() -> None:
    assert "| How often. Example: `5`. Formerly `tries`. |" in settings_table(Renamed)
    *_, blank, rules = settings_table(More).splitlines()
    assert blank == ""
    assert rules == (
        "`username` and `password` go together. `low` and `high` go together. Of `image`, `image_file` and "
        "`password` only one may be set. `role` needs `low` and `username`. One of `image` and `image_file` is "
        "required. `a`, `b` and `c` go together. `push` needs `username`."
    )


def test_a_rule_about_a_setting_that_is_none_is_the_declarations_mistake() -> None:
    with pytest.raises(TypeError, match="Wrong has a rule about an unknown setting: passwort"):

        class Wrong(Ruled):
            rules: ClassVar[tuple[Rule, ...]] = (together("username", "passwort"),)


def test_an_old_name_that_is_a_settings_name_is_the_declarations_mistake() -> None:
    with pytest.raises(TypeError, match="Wrong has a setting under another's old name: low"):

        class Wrong(Ruled):
            lowest: int = setting(0, "from", example="1", deprecated="low")


@pytest.mark.filterwarnings("ignore:Field name")  # pydantic's own remark on some of them
@pytest.mark.parametrize("name", ["rules", "warnings", "load", "require", "copy"])
def test_a_setting_that_would_hide_a_member_of_settings_is_refused_when_the_class_is_made(name: str) -> None:
    with pytest.raises(
        TypeError, match=f"Mine cannot have a setting called {name}: every Settings class has"
    ):
        types.new_class(
            "Mine",
            (Settings,),
            exec_body=lambda body: body.update(
                {
                    "__module__": __name__,
                    "__annotations__": {name: str},
                    name: setting("", "Text.", example="x"),
                }
            ),
        )
