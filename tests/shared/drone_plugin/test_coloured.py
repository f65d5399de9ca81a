"""The quick look at colours says the same as taking them out."""

import base64
import random
import re
from collections.abc import Iterator

import pytest

from drone_plugin import Redactor
from drone_plugin.cleaning import clean
from drone_plugin.redact import MASK

CHARACTERS = 'abm0[;AB=/+ \n\t\\n"-_'
PEM = f"-----BEGIN KEY-----\n{base64.encodebytes(bytes(range(90))).decode()}-----END KEY-----"
CHOSEN = ("correct horse", "tok3n12mxyz", "12345678", "[32mabc", "m0m0m0", PEM)
SEQUENCES = ("\x1b[0m", "\x1b[m", "\x1b[1;32m", "\x1b[2", "\x1b[1m\x1b[0m", "\r", "\x07")


# The sequences of ECMA-48 one by one, which is slow: a colour, a string such as a title, any other, a control.
BY_THE_BOOK = re.compile(
    r"(\x1b\[[0-9;]*m)"
    r"|\x1b\][^\x07\x1b\n]*(?:\x07|\x1b\\)?"
    r"|\x1b\[[0-?]*[ -/]*[@-~]"
    r"|[\x00-\x08\x0b-\x1f\x7f-\x9f]"
)


def test_of_all_sequences_colours_alone_are_left() -> None:
    chance = random.Random(11)  # noqa: S311 - no secret that protects anything
    pieces = (
        "\x1b",
        "\x1b[",
        "\x1b]",
        "[",
        "]",
        *"31;mK?\\a\n ",
        "\x07",
        "\x9b",
        "\x7f",
        "\0",
        "é",
        *SEQUENCES,
    )
    for _ in range(20_000):
        text = "".join(chance.choices(pieces, k=chance.randint(1, 12)))
        assert clean(text, Redactor()) == BY_THE_BOOK.sub(r"\1", text), repr(text)


def _coloured_secrets(chance: random.Random) -> Iterator[tuple[str, str]]:
    """Pairs of a secret and a text that may hold it in some spelling, with sequences anywhere."""
    for _ in range(6000):
        made = "".join(chance.choice(CHARACTERS) for _ in range(chance.randint(4, 9)))
        secret = chance.choice((made, chance.choice(CHOSEN)))
        wrapped = base64.encodebytes(b"ab:" + secret.encode() * 3).decode()
        text = chance.choice(
            (secret, base64.b64encode(f"u:{secret}".encode()).decode(), wrapped, wrapped.replace("\n", "\\n"))
        )
        text = chance.choice(("", "x ", "ok\n", "\n")) + text + chance.choice(("", " y", "\n", "\nz"))
        for _ in range(chance.randint(1, 3)):
            place = chance.randint(0, len(text))
            text = text[:place] + chance.choice(SEQUENCES) + text[place:]
        yield secret, text


def test_the_quick_look_never_lets_a_secret_pass_that_the_plain_text_shows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    quick = []
    masked = 0
    pairs = list(_coloured_secrets(random.Random(7)))  # noqa: S311 - no secret that protects anything
    for secret, text in pairs:
        redactor = Redactor()
        redactor.learn(secret)
        quick.append((redactor, text, clean(text, redactor)))
    monkeypatch.setattr(Redactor, "surely_uncut", lambda *_: False)  # the slow way, for all
    for redactor, text, cleaned in quick:
        assert cleaned == clean(text, redactor), repr(text)
        masked += MASK in cleaned
    assert masked > len(pairs) / 3


@pytest.mark.parametrize(
    "text",
    [
        "\x1b[32mok\x1b[0m 0000001 \x1b[2mtests/unit/test_model.py::test_fit\x1b[0m\n\x1b[1mE  x\x1b[0m",
        "plain text\n\nnothing but text\n",
    ],
)
def test_colours_beside_blanks_need_no_second_look(text: str) -> None:
    redactor = Redactor()
    for secret in ("dapi0123456789abcdef", "hunter2-hunter2", PEM):
        redactor.learn(secret)

    assert redactor.surely_uncut(text)


def test_a_colour_within_a_word_is_looked_at() -> None:
    redactor = Redactor()
    redactor.learn("hunter2-hunter2")

    assert not redactor.surely_uncut("hun\x1b[0mter2-hunter2")
    assert not redactor.surely_uncut("a cursor \x1b[2K moves")


@pytest.mark.parametrize(
    "line",
    [
        "\x1b[32maHVudGVyMi1odW50\x1b[0m",
        " \t\x1b[1m \x1b[0m aHVudGVyMi1odW50 \x1b[0m ",
        "aHVud\x1b[4mGVyMi1odW50==\x1b[0m",
        "123\x1b[1mm45\x1b[0m6=\x1b[0m= ",
        "12 \x1b[0m",
    ],
)
def test_a_line_that_may_be_base64_is_looked_at(line: str) -> None:
    redactor = Redactor()
    redactor.learn("0 0 0 hunter2")

    for around in ("{}", "\n{}\n", "x y\r\n{}\r\nz"):
        assert not redactor.surely_uncut(around.format(line)), around
