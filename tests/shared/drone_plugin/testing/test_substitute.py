import pytest

from drone_plugin.testing.errors import PipelineError
from drone_plugin.testing.substitute import go_quote, substitute

VALUES = {"A": "hello", "EMPTY": "", "LINES": 'x\n"y"', "SHA": "0123456789abcdef", "BACK": r"a\\b"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("${A}", "hello"),
        ("<${NOPE}>", "<>"),
        ("$A and $ and {A}", "$A and $ and {A}"),
        ("$${A}", "${A}"),
        ("$$$${A}", "$${A}"),
        ("$$${A}", "$hello"),
        (r"\\", "\\"),
        (r"\\\\", r"\\"),
        (r"\d\/", r"\d/"),
        (r"\${A}", r"\hello"),
        ("${LINES}", r'"x\n\"y\""'),
        ("${BACK}", r"a\\b"),
        ("${SHA:0:8}", "01234567"),
        ("${SHA:10}", "abcdef"),
        ("${EMPTY:-fall back}", "fall back"),
        ("${A=other}", "hello"),
        ("${A^^} ${A^} ${A,,}", "HELLO Hello hello"),
    ],
)
def test_text_is_substituted_as_by_envsubst(text: str, expected: str) -> None:
    assert substitute(text, VALUES) == expected


@pytest.mark.parametrize("text", ["${", "${A", "${A B}", "${A=${EMPTY}}", "${#A}"])
def test_a_form_that_is_bad_or_not_restated_is_refused(text: str) -> None:
    with pytest.raises(PipelineError, match="bad substitution"):
        substitute(text, VALUES)


def test_a_quoted_value_escapes_what_does_not_print() -> None:
    assert go_quote("é\t\x00\x7f\u200b") == r'"é\t\x00\x7f\u200b"'
