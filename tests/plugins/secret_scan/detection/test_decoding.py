"""Secrets that are written in another way."""

import base64
from collections.abc import Callable
from urllib.parse import quote

import pytest

from kit.secrets.draw import seeded
from kit.secrets.look import look, rules

draw = seeded(5)


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


WAYS: dict[str, Callable[[str], str]] = {
    "base64": b64,
    "base64 for addresses": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
    "base64 twice": lambda text: b64(b64(text)),
    "base64 of a file": lambda text: b64(f"[login]\nTOKEN={text}\nhost=a\n"),
    "base64 of UTF-16": lambda text: base64.b64encode(text.encode("utf-16-le")).decode(),
    "hex": lambda text: text.encode().hex(),
    "percent escapes": lambda text: "".join(f"%{ord(letter):02X}" for letter in text),
    "after an escape": lambda text: quote("token=") + text,
    "JSON escapes": lambda text: "".join(f"\\u{ord(letter):04x}" for letter in text),
    "one escape": lambda text: f"{text[:2]}\\x{ord(text[2]):02x}{text[3:]}",
}


@pytest.mark.parametrize("way", WAYS)
def test_a_token_is_found_however_it_is_written(way: str) -> None:
    token = draw.crc62("ghp_")
    assert rules(f'x = "{WAYS[way](token)}"') == ["github-token"]


def test_the_value_is_what_stands_in_the_line_so_that_it_can_be_masked() -> None:
    text = b64(draw.crc62("ghp_"))
    (seen,) = look(f"  data: {text}", "secret.yml")
    assert (seen.value, seen.column) == (text, 9)
    assert seen.why.startswith("in base64 or hex: ")


def test_a_private_key_in_base64_is_found() -> None:
    text = b64(draw.pem("RSA PRIVATE KEY"))
    assert rules(f"client-key-data: {text}", "config") == ["private-key"]


def test_a_token_after_an_escaped_line_break_is_found() -> None:
    assert rules(f'"a\\n{draw.crc62("ghp_")}"', "a.json") == ["github-token"]


@pytest.mark.parametrize(
    "text", ["Hello, this is a text of some length", "x" * 60, "<svg><path d='M0 0'/></svg>" * 9]
)
def test_what_is_text_without_a_secret_is_none(text: str) -> None:
    assert rules(f'x = "{b64(text)}"') == []


def test_an_image_is_not_looked_into_for_long() -> None:
    image = base64.b64encode(draw.random.randbytes(3_000_000)).decode()
    assert rules(f"![](data:image/png;base64,{image})", "a.md") == []
