"""The runners' own conformance cases, byte for byte."""

from collections.abc import Mapping

import pytest

from drone_plugin.testing.encode import Dialect, encode, encode_value, settings_from
from drone_plugin.testing.errors import YamlParseError
from drone_plugin.testing.goformat import Value
from drone_plugin.testing.vectors import DIALECTS, Vector, vectors

CASES = [(vector, dialect) for vector in vectors() for dialect in DIALECTS if dialect in vector.expected]


@pytest.mark.contract
@pytest.mark.parametrize(
    ("vector", "dialect"), CASES, ids=[f"{dialect}-{vector.id}" for vector, dialect in CASES]
)
def test_settings_become_the_variables_that_the_runner_makes_of_them(
    vector: Vector, dialect: Dialect
) -> None:
    expected = vector.expected[dialect]

    if isinstance(expected, Mapping):
        assert vector.encode(dialect) == expected
    else:
        with pytest.raises(expected):
            vector.encode(dialect)


@pytest.mark.contract
def test_no_case_of_the_contract_is_left_out() -> None:
    counts = {name: sum(dialect == name for _, dialect in CASES) for name in DIALECTS}

    assert counts == {"drone": 64, "kube": 56, "woodpecker": 56}


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("1234567.0", "1.234567e+06"),
        ("123456.0", "123456"),
        ("0.0001", "0.0001"),
        ("0.00001", "1e-05"),
        ("1.5e+3", "1500"),
        ("-0.0", "-0"),
        ("99999999999999999999", "1e+20"),
        ("18446744073709551615", "18446744073709551615"),
        ("0o17", "15"),
        ("0b101", "5"),
        (".5", "0.5"),
        ("1.", "1."),
        (".inf", "+Inf"),
        ("1:30", "1:30"),
        ("12e03", "12e03"),
        ("{1: a, yes: b}", '{"1":"a","true":"b"}'),
        ("{big: 1000000.0, bigger: 1e+21, small: 0.0000001}", '{"big":1000000,"bigger":1e+21,"small":1e-7}'),
        ("{<<: {a: 1, b: 2}, a: 3}", '{"a":3,"b":2}'),
    ],
)
def test_a_plain_word_means_what_go_makes_of_it(word: str, text: str) -> None:
    assert encode(f"v: {word}", "drone", secrets={}, substitutions={}) == {"PLUGIN_V": text}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("", None),
        ([], None),
        (None, None),
        (True, "true"),
        ([1, None, "x"], "1,,x"),
        ({"k": [1.0]}, '{"k":[1]}'),
    ],
)
def test_a_python_value_is_encoded_like_the_yaml_that_says_it(value: Value, text: str | None) -> None:
    assert encode_value(value, "drone") == text


def test_settings_can_be_given_as_python_values_with_references_to_secrets() -> None:
    settings = settings_from({"a-b": ["x", "y"], "token": {"from_secret": "t"}, "gone": None, "pinned": ""})

    assert settings.values == {"PLUGIN_A-B": "x,y", "PLUGIN_PINNED": ""}
    assert settings.secrets == {"PLUGIN_TOKEN": "t"}


@pytest.mark.parametrize("yaml_text", ["[a, b]", "v: [a", "v: !!timestamp 2024-01-02"])
def test_what_is_no_map_of_settings_is_a_parse_error(yaml_text: str) -> None:
    with pytest.raises(YamlParseError):
        encode(yaml_text, "drone", secrets={}, substitutions={})
