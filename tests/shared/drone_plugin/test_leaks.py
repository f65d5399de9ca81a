"""200 random secrets in 12 encodings through every way out of a step: none comes through."""

import base64
import html
import json
import logging
import random
import shlex
import string
import sys
import textwrap
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

from drone_plugin import Card, JobFailedError, Redactor, Step
from drone_plugin.card import encode as encode_card
from kit.step import HOST, StepSettings, run_step

_RANDOM = random.Random(4)  # noqa: S311 - secrets of a test, the same each time
_ALPHABETS = (
    string.ascii_letters + string.digits,
    string.ascii_letters + string.digits + "-_.~+/=",
    string.printable.strip(),
    string.ascii_letters + "äöüß€日本🚀'\"\\<>&/",
)
SECRETS = [
    "".join(_RANDOM.choices(_ALPHABETS[number % len(_ALPHABETS)], k=_RANDOM.randint(12, 72)))
    for number in range(200)
]
WINDOW = 8
"""No eight characters in a row of an encoded secret may be seen."""


def _base64(secret: str, before: str) -> str:
    """In the middle of a text: the characters at both ends depend on the neighbours and tell nothing."""
    return base64.b64encode(f"{before}{secret}:".encode()).decode()


def _sure(secret: str, before: str, *, urlsafe: bool = False) -> str:
    encoded = base64.b64encode(f"{before}{secret}".encode()).decode()
    if urlsafe:
        encoded = encoded.replace("+", "-").replace("/", "_")
    return encoded[len(before.encode()) * 8 // 6 + 1 : len(f"{before}{secret}".encode()) * 8 // 6]


ENCODINGS: dict[str, Callable[[str], tuple[str, str]]] = {
    # What is printed, and what of it is the secret.
    "raw": lambda s: (s, s),
    "repr": lambda s: (repr({"token": s}), repr(s)[1:-1]),
    "json": lambda s: (json.dumps({"token": s}), json.dumps(s)[1:-1]),
    "json in utf-8": lambda s: (json.dumps([s], ensure_ascii=False), json.dumps(s, ensure_ascii=False)[1:-1]),
    "url": lambda s: (f"https://bob:{quote(s, safe='')}@host/", quote(s, safe="")),
    "form": lambda s: (f"a=1&token={quote_plus(s)}", quote_plus(s)),
    "html": lambda s: (f"<b>{html.escape(s)}</b>", html.escape(s)),
    "shell": lambda s: (f"echo {shlex.quote(s)}", shlex.quote(s)),
    "hex": lambda s: (s.encode().hex(), s.encode().hex()),
    "basic auth": lambda s: (f"Basic {_base64(s, 'octocat:')}", _sure(s, "octocat:")),
    "base64 for urls": lambda s: (
        base64.urlsafe_b64encode(f"x:{s}:y".encode()).decode(),
        _sure(s, "x:", urlsafe=True),
    ),
    "base64 in lines": lambda s: ("\n".join(textwrap.wrap(_base64(s, "x" * 40), 64)), _sure(s, "x" * 40)),
}


def _everything(secrets: Sequence[str] = SECRETS) -> str:
    """Every secret in every encoding, each from the start of a line."""
    return "\n".join(encode(secret)[0] for secret in secrets for encode in ENCODINGS.values()) + "\n"


def _leaks(seen: str) -> Iterator[str]:
    """What of the secrets stands in `seen`."""
    shown = {line[at : at + WINDOW] for line in seen.splitlines() for at in range(len(line) - WINDOW + 1)}
    for secret in SECRETS:
        for name, encode in ENCODINGS.items():
            hidden = encode(secret)[1]
            windows = {hidden[at : at + WINDOW] for at in range(len(hidden) - WINDOW + 1)}
            if windows & shown:
                yield f"{name}: {secret!r}"


def _to_logging(step: Step[StepSettings], text: str) -> None:
    logger = logging.getLogger("a.library")
    logger.error("at once %s", text)
    handler = logging.StreamHandler()
    logger.addHandler(handler)
    logger.warning("by a handler %s", text)
    logger.removeHandler(handler)
    step.log.debug(text)


def _to_warnings(_step: Step[StepSettings], text: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        # pytest replaces the function that shows warnings; Python's own writes to stderr.
        warnings.showwarning = lambda message, *_rest: print(message, file=sys.stderr)
        warnings.warn(text, stacklevel=1)


def _to_a_traceback(_step: Step[StepSettings], text: str) -> None:
    raise RuntimeError(text) from KeyError(text)


def _to_a_thread(_step: Step[StepSettings], text: str) -> None:
    thread = threading.Thread(target=lambda: print(text))
    thread.start()
    thread.join()


def _to_an_error(_step: Step[StepSettings], text: str) -> None:
    raise JobFailedError(text, hint=text)


def _to_log(step: Step[StepSettings], text: str) -> None:
    step.log.info(text)
    step.log.warning(text)
    step.log.error([text], [text])
    step.log.fields([("all", text)])
    with step.log.section(text):
        pass


def _in_pieces(_step: Step[StepSettings], text: str) -> None:
    for start in range(0, len(text), 7):
        sys.stdout.write(text[start : start + 7])


CHANNELS: dict[str, Callable[[Step[StepSettings], str], None]] = {
    "log": _to_log,
    "print": lambda _step, text: print(text),
    "stderr": lambda _step, text: print(text, file=sys.stderr),
    "pieces": _in_pieces,
    "logging": _to_logging,
    "warnings": _to_warnings,
    "thread": _to_a_thread,
    "traceback": _to_a_traceback,
    "error": _to_an_error,
    "output": lambda step, text: step.output({"A": text, "B": json.dumps(text)}),
    "report": lambda step, text: step.write(Path(step.environment["REPORT"]), text),
}


def _ran(channel: str, folder: Path, log_format: str) -> str:
    """All that is seen of a step that knows the secrets and lets each out through `channel`."""
    environment = {
        **HOST,
        "PLUGIN_LOG_LEVEL": "debug",
        "PLUGIN_LOG_FORMAT": log_format,
        "PLUGIN_PASSWORDS": json.dumps({str(number): secret for number, secret in enumerate(SECRETS[:150])}),
        "PLUGIN_TOKEN": SECRETS[150],
        "DRONE_OUTPUT": str(folder / "output.env"),
        "REPORT": str(folder / "report.txt"),
    }

    def work(step: Step[StepSettings]) -> None:
        for secret in SECRETS[151:]:  # as a server would hand them out
            assert step.redactor.learn(secret)
        CHANNELS[channel](step, _everything())

    seen = [run_step(work, environment).raw_log]
    for file in folder.iterdir():
        for line in file.read_text().splitlines():
            _, _, encoded = line.partition("__B64__")
            seen.append(base64.b64decode(encoded).decode() if encoded else line)
    return "\n".join(seen)


@pytest.mark.parametrize("log_format", ["text", "json"])
@pytest.mark.parametrize("channel", CHANNELS)
def test_no_secret_comes_through(channel: str, log_format: str, tmp_path: Path) -> None:
    seen = _ran(channel, tmp_path, log_format)

    assert seen.count("******") > len(SECRETS) * len(ENCODINGS)
    assert list(_leaks(seen)) == []


def test_no_secret_comes_through_on_a_card() -> None:
    """A few secrets at a time, so that the card is one that Drone takes."""
    redactor = Redactor()
    for secret in SECRETS:
        redactor.learn(secret)

    seen = []
    for start in range(0, len(SECRETS), 5):
        text = _everything(SECRETS[start : start + 5])
        card = Card("https://ci.example.com/card.json", {"lines": text.split("\n"), "text": text, text: 1})
        seen.append(encode_card(card, redactor).decode())

    assert list(_leaks("\n".join(seen))) == []
    shown = json.loads(seen[0])["data"]
    assert list(_leaks("\n".join([*shown["lines"], shown["text"], *shown]))) == []


def test_what_is_not_masked_would_be_noticed() -> None:
    """The test of the test: every secret is seen in every encoding of the text that is let out."""
    assert len(list(_leaks(_everything()))) == len(SECRETS) * len(ENCODINGS)
