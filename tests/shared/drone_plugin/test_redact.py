"""No spelling of a secret gets past the redactor."""

import base64
import html
import json
import re
import secrets
import shlex
import textwrap
import threading
import time
from urllib.parse import quote, quote_plus, urlencode

import pytest

from drone_plugin import Redactor
from drone_plugin.redact import MASK
from drone_plugin.wrapped import PIECE

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
        re.sub("%..", lambda found: found[0].lower(), quote(SECRET, safe="")),
        f"https://user:{quote(SECRET, safe='')}@host/path",
        html.escape(SECRET),
        html.escape(SECRET, quote=False),
        shlex.quote(SECRET),
        json.dumps(SECRET).replace("/", r"\/"),  # as PHP writes it
        SECRET.encode().hex(),
        SECRET.encode().hex().upper(),
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


@pytest.mark.parametrize("text", ["abcdefgh", "abcdefghefabcd"])
def test_secrets_that_overlap_leave_no_end_of_either_behind(text: str) -> None:
    assert redactor("abcdef", "cdefgh", "efabcd")(text) in {MASK, f"{MASK}{MASK}"}


def test_a_secret_that_overlaps_itself_leaves_no_end_behind() -> None:
    assert redactor("abcabc")("x abcabcabc y") == f"x {MASK} y"


@pytest.mark.parametrize("width", [16, 60, 64, 76])
@pytest.mark.parametrize("before", range(0, 90, 7))
@pytest.mark.parametrize("end", ["\n", "\r\n", "\n    "])
def test_a_secret_in_base64_that_was_broken_into_lines_is_masked(width: int, before: int, end: str) -> None:
    secret = "dapi" + secrets.token_hex(20)
    encoded = base64.b64encode(b"x" * before + secret.encode() + b"y" * 50).decode()
    wrapped = f"before it:\n{end.join(textwrap.wrap(encoded, width))}\nafter"
    first, last = before * 8 // 6 + 1, (before + len(secret)) * 8 // 6 - 1
    secret_part = encoded[first:last]

    masked = redactor(secret)(wrapped)

    pieces = {secret_part[at : at + PIECE] for at in range(len(secret_part) - PIECE)}
    assert not [piece for piece in pieces if piece in masked]
    assert masked.startswith("before it:\n")
    assert masked.endswith("\nafter")


def test_lines_that_look_like_base64_stay() -> None:
    text = "dockerfile\nrequirements\n" + "\n".join(secrets.token_urlsafe(57) for _ in range(1000))

    assert redactor(secrets.token_urlsafe(30))(text) == text


@pytest.mark.parametrize("count", [1, 3, 20, 200])
@pytest.mark.parametrize("length", [4, 6, 7, 14, 15, 16, 22, 23, 24, 40, 400])
def test_each_of_many_secrets_is_found_at_each_offset(count: int, length: int) -> None:
    """Many are searched for in another way than few, in words whose size depends on their length."""
    known = [secrets.token_hex(length)[:length] for _ in range(count)]
    masked = redactor(*known)
    for offset in range(33):
        secret = secrets.choice(known)
        assert masked("-" * offset + secret) == "-" * offset + MASK
        assert masked(f"{'ä' * offset}{secret}\n") == f"{'ä' * offset}{MASK}\n"


def test_secrets_of_all_lengths_are_found_beside_one_another() -> None:
    known = [secrets.token_urlsafe(60)[:length] for length in range(8, 70) for _ in range(3)]
    masked = redactor(*known)

    assert masked(" ".join(known)) == " ".join([MASK] * len(known))


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


def test_secrets_may_be_learned_while_other_threads_print() -> None:
    made = redactor("first-secret")
    leaked: list[str] = []
    end = threading.Event()

    def mask() -> None:
        while not end.is_set():
            if "first-secret" in made("a line with first-secret in it"):
                leaked.append("first-secret")

    threads = [threading.Thread(target=mask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(200):
        secret = f"secret-number-{number:04d}"
        made.learn(secret)
        if secret in made(secret):
            leaked.append(secret)
    end.set()
    for thread in threads:
        thread.join()

    assert leaked == []


def test_many_long_secrets_are_found_in_a_megabyte_in_no_time() -> None:
    made = redactor(*(f"secret-{number:04d}-" + "x" * 200 for number in range(50)))
    text = ("secret-0001-" + "x" * 199 + "\n") * 5000
    start = time.process_time()

    assert made(text) == text
    assert time.process_time() - start < 5
