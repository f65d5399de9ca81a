"""The readings beyond the contract's cases: what people write, and what hostile texts must not do."""

import time
from datetime import timedelta
from typing import Annotated, Literal

import pytest
from pydantic import Field, JsonValue, SecretStr

from drone_plugin.decode import DecodeError, decode

UNRESOLVED = "Drone resolves from_secret only at the top level of a setting, not inside of a map or list"
JSON_MAP = dict[str, JsonValue]


def refusal(text: str, kind: object) -> str:
    """What the error says."""
    with pytest.raises(DecodeError) as caught:
        decode(text, kind)
    return str(caught.value)


@pytest.mark.parametrize("word", ["true", "True", "TRUE", "yes", "Yes", "on", "ON", "1", "y", "t", " true "])
def test_words_for_true(word: str) -> None:
    assert decode(word, bool) is True


@pytest.mark.parametrize("word", ["false", "False", "no", "NO", "off", "Off", "0", "n", "f", "false\n"])
def test_words_for_false(word: str) -> None:
    assert decode(word, bool) is False


@pytest.mark.parametrize("word", ["2", "ja", "truee", "null", "-"])
def test_any_other_word_is_neither(word: str) -> None:
    assert refusal(word, bool) == f'"{word}" is neither true nor false; write one of the two'


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("7", 7),
        ("+7", 7),
        ("-7", -7),
        ("007", 7),
        (" 7 ", 7),
        ("7.0", 7),
        ("7.", 7),
        ("1e+06", 1_000_000),
        ("1E3", 1000),
        ("9007199254740993", 9007199254740993),
        ("123456789012345678901234567890", 123456789012345678901234567890),
        ("0" * 5000 + "7", 7),
        ("-" + "0" * 5000, 0),
    ],
)
def test_whole_numbers_in_every_notation_of_the_encoders(text: str, value: int) -> None:
    assert decode(text, int) == value


@pytest.mark.parametrize(
    "text", ["x", "1.5", "1_000", "0x1f", "nan", "inf", "--1", "1e", "1 2", "³", "[1]", "{}"]
)
def test_what_is_no_whole_number_is_refused(text: str) -> None:
    assert refusal(text, int) == f'"{text}" is not a whole number'


@pytest.mark.parametrize("text", ["nan", "inf", "Infinity", "1_0", "1,5", ".", "e5", "-", "1e5e5"])
def test_what_is_no_number_is_refused(text: str) -> None:
    assert refusal(text, float) == f'"{text}" is not a number'


@pytest.mark.parametrize("text", ["1e400", "9" * 400])
@pytest.mark.parametrize("kind", [int, float])
def test_a_number_beyond_all_bounds_is_too_large(kind: type, text: str) -> None:
    assert refusal(text, kind).endswith(" is too large")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("90s", timedelta(seconds=90)),
        ("15m", timedelta(minutes=15)),
        ("2h", timedelta(hours=2)),
        ("1d", timedelta(days=1)),
        ("250ms", timedelta(milliseconds=250)),
        ("1h30m", timedelta(minutes=90)),
        ("1h 30m", timedelta(minutes=90)),
        ("1.5h", timedelta(minutes=90)),
        ("0s", timedelta(0)),
    ],
)
def test_durations_are_sums_of_numbers_with_units(text: str, value: timedelta) -> None:
    assert decode(text, timedelta) == value


@pytest.mark.parametrize(
    "text", ["90", "5 parsecs", "soon", "-5m", "m", "1m30", "1:30", "5M", "PT5M", "1h-", "٣h"]
)
def test_what_is_no_duration_is_refused_with_examples(text: str) -> None:
    assert refusal(text, timedelta) == f'"{text}" is not a duration; write 90s, 15m or 2h'


@pytest.mark.parametrize("text", ["9" * 400 + "d", "9999999999d"])
def test_a_duration_beyond_all_bounds_is_too_long(text: str) -> None:
    assert refusal(text, timedelta).endswith(" is too long")


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("a", ["a"]),
        (" a , b ,, c ", ["a", "b", "c"]),
        (r"a\,b,c", ["a,b", "c"]),
        ("a,b\nc,d\n", ["a,b", "c,d"]),
        ("a\r\nb\r\n", ["a", "b"]),
        ("a\n", ["a"]),
        ("a,b\n", ["a", "b"]),
        ('["a,b", "c"]', ["a,b", "c"]),
        ('["1.10", 1.10, true, null, ""]', ["1.10", "1.10", "true"]),
        ('[\n  "a",\n  "b"\n]', ["a", "b"]),
        ("[a-z]*.py,[!x]", ["[a-z]*.py", "[!x]"]),
        ("[train]", ["[train]"]),
        ("[]", []),
        (",", []),
        ("ä,🚀", ["ä", "🚀"]),
    ],
)
def test_lists_in_every_form(text: str, items: list[str]) -> None:
    assert decode(text, list[str]) == items


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("a=1", {"a": "1"}),
        ("a=1,b=2", {"a": "1", "b": "2"}),
        ("a=1\nb=x,y", {"a": "1", "b": "x,y"}),
        (r"a=x\,y,b=2", {"a": "x,y", "b": "2"}),
        ("a=", {"a": ""}),
        ("a=b=c", {"a": "b=c"}),
        ('["a=1", "b=x,y"]', {"a": "1", "b": "x,y"}),
        ('{"a": 1.10, "b": null, "c": false, "d": "x"}', {"a": "1.10", "b": "", "c": "false", "d": "x"}),
        ('{\n  "a" : "1",\n  "b" : "x,y"\n}', {"a": "1", "b": "x,y"}),
    ],
)
def test_maps_of_texts_in_every_form(text: str, pairs: dict[str, str]) -> None:
    assert decode(text, dict[str, str]) == pairs


@pytest.mark.parametrize("text", ["a", "=1", "a=1,b", "{", '{"a": 1', "{a: 1}"])
def test_what_is_no_map_of_texts_is_refused(text: str) -> None:
    assert refusal(text, dict[str, str]).endswith(
        (" is not key=value; write a map, or key=value items", " is not a map")
    )


@pytest.mark.parametrize("text", ["x", "[1]", "1", "null", '"a"', "{'a': 1}", '{"a": 1} x'])
def test_what_is_no_json_object_is_no_map(text: str) -> None:
    assert refusal(text, JSON_MAP).endswith(" is not a map")


def test_one_of_several_words_is_found_whatever_its_case() -> None:
    assert decode(" Always ", Literal["keyword", "always"]) == "always"
    assert decode("8", Literal[4, 8]) == 8
    assert refusal("maybe", Literal["keyword", "always"]) == '"maybe" is not one of keyword, always'


def test_an_optional_or_annotated_type_is_read_as_the_type_itself() -> None:
    assert decode("7", int | None) == 7
    assert decode("7", Annotated[int, Field(gt=1)]) == 7
    assert decode("7", Annotated[int | None, Field(gt=1)]) == 7


@pytest.mark.parametrize("kind", [bytes, int | str, set[str], complex])
def test_a_type_without_a_reading_is_the_declarations_mistake(kind: object) -> None:
    with pytest.raises(TypeError, match="no reading for settings of type"):
        decode("x", kind)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('"2024-01-02T00:00:00Z"', "2024-01-02"),
        ('"2024-01-02T03:04:05Z"', "2024-01-02T03:04:05Z"),
        ('"2024-01-02T03:04:05.678+01:00"', "2024-01-02T03:04:05.678+01:00"),
        ('{"since":"2024-01-02T00:00:00Z"}', '{"since":"2024-01-02T00:00:00Z"}'),
        ('"quoted"', '"quoted"'),
    ],
)
def test_the_quotes_of_woodpeckers_timestamps_are_undone_and_no_others(text: str, value: str) -> None:
    assert decode(text, str) == value


@pytest.mark.parametrize("text", ["dapi123\n", "dapi123\r\n", "dapi123"])
def test_a_secret_does_not_end_in_a_newline(text: str) -> None:
    assert decode(text, SecretStr) == SecretStr("dapi123")


@pytest.mark.parametrize(
    "text",
    [
        '{"a":{"from_secret":"x"}}',
        '{"from_secret":"x"}',
        '[{"from_secret":"x"}]',
        '[["a",{"b":{"from_secret":"x"}}]]',
        '{\n  "a" : {\n    "from_secret" : "x"\n  }\n}',
    ],
)
@pytest.mark.parametrize(
    "kind", [str, int, SecretStr, list[str], dict[str, str], dict[str, SecretStr], JSON_MAP]
)
def test_a_reference_to_a_secret_that_arrives_is_refused_for_every_type(kind: object, text: str) -> None:
    assert refusal(text, kind) == UNRESOLVED


@pytest.mark.parametrize(
    "text", ["from_secret", "set from_secret: x", "[from_secret]", '{"a": "from_secret"}']
)
def test_a_text_that_only_speaks_of_from_secret_is_a_text(text: str) -> None:
    assert decode(text, str) == text


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("topsecret", dict[str, SecretStr]),
        ("{topsecret", dict[str, SecretStr]),
        ('{"a": ["topsecret"]}', dict[str, SecretStr]),
        ("a=1,topsecret", dict[str, SecretStr]),
        ('[["topsecret"]]', list[SecretStr]),
        ('[{"a": "topsecret"}]', list[SecretStr]),
        ('[["topsecret"]]', tuple[SecretStr, ...]),
    ],
)
def test_the_error_about_a_secret_does_not_hold_it(text: str, kind: object) -> None:
    assert "topsecret" not in refusal(text, kind)


def test_an_error_quotes_on_one_line_and_not_without_end() -> None:
    assert refusal("a\nb\x1b[31m", int) == r'"a\nb\u001b[31m" is not a whole number'
    assert refusal("x" * 1000, int) == f'"{"x" * 59}…" is not a whole number'


DEEP = [100, 500, 600, 900, 1_000, 5_000, 50_000]


@pytest.mark.parametrize("depth", DEEP)
@pytest.mark.parametrize("kind", [str, SecretStr, int, list[str], dict[str, str], JSON_MAP, list[JSON_MAP]])
@pytest.mark.parametrize("start", ['{"from_secrets":', '["from_secrets",'])
def test_json_of_any_depth_is_read_or_refused_but_crashes_nothing(
    start: str, kind: object, depth: int
) -> None:
    text = start + "[" * depth + "]" * depth + ("}" if start[0] == "{" else "]")

    try:
        decode(text, kind)
    except DecodeError as error:
        assert len(str(error)) < 200  # noqa: PT017 - both ends are good ones


MEGABYTE = 1 << 20


@pytest.mark.parametrize(
    "text",
    [
        "1" * MEGABYTE + "x",
        "1." * MEGABYTE,
        "1h" * (MEGABYTE // 4) + "x",
        "," * MEGABYTE,
        "\\," * MEGABYTE,
        "\n" * MEGABYTE,
        '"' * MEGABYTE,
        "[" * MEGABYTE,
        '{"a":' * MEGABYTE,
        "=" * MEGABYTE,
        '"2024-01-02T00:00:00' * (MEGABYTE // 20),
        "1e" + "9" * MEGABYTE,
    ],
    ids=lambda text: text[:8],
)
@pytest.mark.parametrize(
    "kind", [bool, int, float, timedelta, str, SecretStr, list[str], dict[str, str], JSON_MAP, Literal["a"]]
)
def test_no_text_keeps_a_step_busy(kind: object, text: str) -> None:
    """An environment holds 128 KiB a variable at most; a megabyte is well beyond."""
    start = time.process_time()

    try:
        decode(text, kind)
    except DecodeError as error:
        assert len(str(error)) < 200  # noqa: PT017 - both ends are good ones

    assert time.process_time() - start < 3


@pytest.mark.parametrize(
    ("text", "kind", "items"),
    [
        ('[1,1.5,true,null,[2],{"a":3}]', list[JsonValue], [1, 1.5, True, None, [2], {"a": 3}]),
        ('[{"a":1},{"a":[2]}]', list[dict[str, JsonValue]], [{"a": 1}, {"a": [2]}]),
        ('[{"a":1.10}]', list[dict[str, str]], [{"a": "1.10"}]),
        ("[[1],[2,3]]", list[list[int]], [["1"], ["2", "3"]]),
    ],
)
def test_items_that_are_no_texts_are_what_json_says_of_them(
    text: str, kind: object, items: list[JsonValue]
) -> None:
    """Numbers keep their spelling where the type does not say that they are numbers."""
    assert decode(text, kind) == items
