"""No spelling of a secret gets past the redactor."""

import base64
import json
import time
from urllib.parse import quote, quote_plus, urlencode

import pytest

from drone_plugin import Redactor
from drone_plugin.redact import MASK

SECRET = "s3cr3t/+&=?\"'ä\\ key"


def redactor(*secrets: str) -> Redactor:
    """One that knows `secrets`."""
    made = Redactor()
    for secret in secrets:
        made.learn(secret)
    return made


@pytest.mark.parametrize(
    "spelled",
    [
        SECRET,
        repr(SECRET)[1:-1],
        repr({"token": SECRET}),
        f"token={SECRET!r}",
        json.dumps(SECRET)[1:-1],
        json.dumps({"a": [SECRET]}),
        json.dumps(SECRET, ensure_ascii=False),
        json.dumps(SECRET, ensure_ascii=False).replace("&", r"\u0026"),  # as Go writes it
        quote(SECRET),
        quote(SECRET, safe=""),
        quote_plus(SECRET),
        urlencode({"token": SECRET}),
        f"https://user:{quote(SECRET, safe='')}@host/path",
    ],
)
def test_a_secret_is_masked_in_every_spelling(spelled: str) -> None:
    masked = redactor(SECRET)(f"before {spelled} after")

    assert "s3cr3t" not in masked
    assert MASK in masked
    assert masked.startswith("before ")
    assert masked.endswith(" after")


@pytest.mark.parametrize("user", ["", "a", "bo", "bob", "octo", "octocat"])
@pytest.mark.parametrize("secret", ["abcd", "s3cr3t", "dapi0123456789abcdef", "p>ss?w~rd>>>"])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_a_secret_is_masked_in_base64_behind_a_user_name_of_any_length(
    user: str, secret: str, encode: "type[bytes]"
) -> None:
    encoded = encode(f"{user}:{secret}:tail".encode()).decode()

    masked = redactor(secret)(encoded)

    assert MASK in masked
    kept = masked.replace(MASK, "")
    assert len(encoded) - len(kept) >= len(secret) * 8 // 6 - 1


def test_each_line_of_a_secret_of_several_lines_is_masked_and_the_whole() -> None:
    key = "-----BEGIN KEY-----\nMIIEvQIBADANBg\n  kqhkiG9w0BAQ\n-----END KEY-----\n"
    masked = redactor(key)

    assert masked("MIIEvQIBADANBg") == MASK
    assert masked("key kqhkiG9w0BAQ.") == f"key {MASK}."
    assert masked(f"<{key}>") == f"<{MASK}>"
    assert "MIIE" not in masked(json.dumps({"key": key}))
    assert "MIIE" not in masked(repr(key))
    assert "MIIE" not in masked(key.replace("\n", "\r\n"))


@pytest.mark.parametrize("order", [("abcdef", "abcdefghij"), ("abcdefghij", "abcdef")])
def test_a_secret_that_begins_like_another_leaves_no_end_behind(order: tuple[str, str]) -> None:
    assert redactor(*order)("x abcdefghij y abcdef z") == f"x {MASK} y {MASK} z"


def test_secrets_that_overlap_leave_nothing_but_what_is_no_secret() -> None:
    assert "cdef" not in redactor("abcdef", "cdefgh")("abcdef cdefgh")


@pytest.mark.parametrize("secret", ["", "a", "abc", "  abc  ", "\n", "ab\n"])
def test_a_value_too_short_is_not_learned_and_the_caller_is_told(secret: str) -> None:
    made = Redactor()

    assert not made.learn(secret)
    assert made("a abc ab \n") == "a abc ab \n"


@pytest.mark.parametrize("secret", ["abcd", "a\nbcdef"])
def test_a_value_long_enough_is_learned(secret: str) -> None:
    assert Redactor().learn(secret)


def test_short_lines_of_a_long_secret_do_not_star_out_a_log() -> None:
    assert redactor("long line here\nok\n")("all is ok") == "all is ok"


def test_a_redactor_that_knows_nothing_changes_nothing() -> None:
    assert Redactor()("a text") == "a text"


def test_a_secret_is_a_text_and_no_pattern() -> None:
    masked = redactor("a.*b(c|d)[e]")

    assert masked("axxxbc") == "axxxbc"
    assert masked("a.*b(c|d)[e]") == MASK


def test_case_matters_as_it_does_in_secrets() -> None:
    assert redactor("TopSecret")("topsecret") == "topsecret"


@pytest.mark.parametrize("secret", ["bytes\udcff\udcfe", "\ud800half"])
def test_a_secret_of_bytes_that_are_no_text_is_masked_too(secret: str) -> None:
    """Python hands such bytes of an environment on as lone surrogates."""
    assert redactor(secret)(f"<{secret}>") == f"<{MASK}>"


def test_many_long_secrets_are_found_in_a_megabyte_in_no_time() -> None:
    made = redactor(*(f"secret-{number:04d}-" + "x" * 200 for number in range(50)))
    text = ("secret-0001-" + "x" * 199 + "\n") * 5000
    start = time.process_time()

    assert made(text) == text
    assert time.process_time() - start < 5
