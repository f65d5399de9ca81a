"""Spellings of secrets as programs beside Python's own write them, none of which gets past the redactor."""

import html
import json
import random
import re
import string
from collections.abc import Callable
from urllib.parse import quote

import pytest
import requests

from drone_plugin import Redactor

_RANDOM = random.Random(40)  # noqa: S311 - secrets of a test, the same each time
SECRETS = [
    "".join(_RANDOM.choices(string.printable.strip() + "äé日🚀 ", k=_RANDOM.randint(12, 40))).strip()
    for _ in range(200)
]
WINDOW = 8


def _by_requests(secret: str) -> str:
    """As an error of requests shows an address that somebody put together by hand."""
    url = requests.Request("GET", f"https://host/?token={secret}").prepare().url or ""
    return url.partition("token=")[2]


def _small(text: str) -> str:
    return re.sub("%..", lambda found: found[0].lower(), text)


ENCODINGS: dict[str, Callable[[str], str]] = {
    "encodeURIComponent": lambda s: quote(s, safe="!'()*"),
    "encodeURIComponent in small letters": lambda s: _small(quote(s, safe="!'()*")),
    "encodeURI": lambda s: quote(s, safe="!'()*,/:;=?@&+$#"),
    "requests": _by_requests,
    "a login by Go": lambda s: quote(s, safe="$&+,;="),
    "a path by Go": lambda s: quote(s, safe="$&+=:@"),
    "an address in a query": lambda s: quote(quote(s, safe=""), safe=""),
    "HTML by Jinja": lambda s: html.escape(s).replace("&#x27;", "&#39;").replace("&quot;", "&#34;"),
    "HTML by Django": lambda s: html.escape(s).replace("&#x27;", "&#39;"),
    "bash -x": lambda s: s.replace("'", r"'\''"),
    "bytes": lambda s: repr(s.encode())[2:-1],
}


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_secret_is_masked_as_other_programs_spell_it(encoding: str) -> None:
    leaked = []
    for secret in SECRETS:
        redactor = Redactor()
        redactor.learn(secret)
        if encoding == "requests" and set("#%") & set(secret):
            continue  # there, an address ends or is encoded already
        spelled = ENCODINGS[encoding](secret)
        masked = redactor(f"<{spelled}>")
        if any(spelled[at : at + WINDOW] in masked for at in range(len(spelled) - WINDOW + 1)):
            leaked.append(spelled)

    assert leaked == []


def test_a_secret_of_letters_and_digits_costs_no_more_for_that() -> None:
    """Its spellings are the same everywhere, so the search has little to look for."""
    redactor = Redactor()
    redactor.learn("dapi0123456789abcdef")

    assert len(redactor._forms) < 16


def test_what_a_key_file_keeps_is_masked_where_it_stands_alone() -> None:
    key = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0B\nAQEFAASCBKcwggSjAgEA\n-----END PRIVATE KEY-----\n"
    account = json.dumps({"type": "service_account", "private_key": key, "client_email": "train@example.com"})
    redactor = Redactor()
    redactor.learn(account)
    masked = redactor(f"{key} by train@example.com, a service_account")
    assert "MIIEvQ" not in masked
    assert "AQEFAA" not in masked
    assert masked.endswith("by train@example.com, a service_account")
