"""A line without its secrets."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secret_scan.output.mask import MASK, masked, masked_line, visible, without

VALUE = "dapi" + "0123456789abcdef" * 2


@pytest.mark.parametrize(
    ("value", "shown"),
    [(VALUE, "dapi"), ("hunter2hunter2", "hun"), ("hunter2", "h"), ("abc", ""), ("", "")],
)
def test_of_a_secret_a_quarter_is_shown_and_at_most_four_characters(value: str, shown: str) -> None:
    assert masked(value) == shown + MASK


def test_the_line_is_shown_around_the_secret() -> None:
    line = f'    client = Client(token="{VALUE}")  # see the docs'
    assert masked_line(line, VALUE) == f'client = Client(token="dapi{MASK}")  # see the docs'


def test_a_long_line_is_cut_on_both_sides() -> None:
    shown = masked_line("a " * 10_000 + VALUE + " b" * 10_000, VALUE, 20_001)
    assert shown.startswith("…a a ")
    assert shown.endswith("b b…")
    assert len(shown) < 130


def test_other_secrets_of_the_line_are_masked_too() -> None:
    line = f"user:hunter2hunter2 {VALUE} {VALUE} more"
    assert masked_line(line, VALUE, 21, ["hunter2hunter2"]) == f"user:{MASK} dapi{MASK} {MASK} more"


@pytest.mark.parametrize(
    "context",
    [
        "password = 'tiger' ",
        "API_KEY: tiger; ",
        "https://scott:tiger@db.example.com/ ",
        "tiger1tiger2tiger3tiger4 ",
    ],
)
def test_what_only_looks_like_a_secret_is_masked_as_well(context: str) -> None:
    assert "tiger" not in masked_line(f"{context}{VALUE}", VALUE)


def test_the_rest_of_a_token_of_which_a_rule_saw_a_part_is_masked() -> None:
    assert masked_line(f"x = {VALUE}-and/the+rest", VALUE) == f"x = dapi{MASK}"


def test_an_encoded_secret_has_no_line_to_show() -> None:
    assert masked_line("x = ZGFwaTAxMjM0NTY3ODlhYmNkZWY=", VALUE) == ""


def test_of_a_key_of_many_lines_its_first_is_masked() -> None:
    begin = "-----BEGIN RSA PRIVATE KEY-----"
    key = f"{begin}\nMIIEowIBAAKCAQEAtigertiger\n-----END RSA PRIVATE KEY-----"
    assert masked_line(f'key = """{begin}', key) == f'key = """----{MASK}'


def test_nothing_steers_a_terminal() -> None:
    shown = masked_line(f"\x1b]0;title\x07\x1b[2J\u202e{VALUE}\r\x9b", VALUE)
    assert shown.isprintable()
    assert r"\u001b]0;title" in shown


def test_line_breaks_are_visible_in_one_line() -> None:
    assert visible("a\nb\tü") == r"a\nb\tü"


def test_a_name_that_holds_a_secret_is_masked() -> None:
    assert without(f"keys/{VALUE}.txt", [VALUE, ""]) == f"keys/dapi{MASK}.txt"


@given(st.text(), st.text(string.ascii_letters + "/+_-", min_size=20), st.text())
def test_a_shown_line_never_holds_the_secret(before: str, value: str, after: str) -> None:
    assert value[5:] not in masked_line(before + value + after, value, len(before) + 1)
