"""Secrets are replaced in everything that is printed or written, also where they were encoded on the way."""

from __future__ import annotations

import base64
import json
import re
from urllib.parse import quote, quote_plus

MASK = "******"
"""Drone's own mask, so that a log shows one kind of hole."""

SHORTEST = 4
"""Shorter values are not masked: starring out every "a" or "42" makes a log unreadable and hides nothing."""

_BASE64_BITS = 6
_GO_ESCAPES = str.maketrans({"&": r"\u0026", "<": r"\u003c", ">": r"\u003e"})
"""What Go's encoder adds to JSON: Docker's engine and many servers write so."""


class Redactor:
    """Knows secret values and removes each from a text: raw, by line, base64, URL- and JSON-encoded."""

    def __init__(self) -> None:
        self._forms: set[str] = set()
        self._pattern: re.Pattern[str] | None = None

    def learn(self, value: str) -> bool:
        """From now on mask `value`; False when it is too short for that (see `SHORTEST`).

        Learn a secret as soon as it is known, also one that a server handed out at run time.
        """
        if len(value.strip()) < SHORTEST:
            return False
        known = len(self._forms)
        self._forms |= spellings(value)
        if len(self._forms) != known:
            # The longest first: otherwise a secret that begins like another one leaves its end behind.
            longest_first = sorted(self._forms, key=len, reverse=True)
            self._pattern = re.compile("|".join(map(re.escape, longest_first)))
        return True

    def __call__(self, text: str) -> str:
        """`text` without any of the secrets."""
        return self._pattern.sub(MASK, text) if self._pattern else text


def spellings(value: str) -> set[str]:
    """Every spelling under which `value` could appear; each is at least `SHORTEST` characters long."""
    plain = {value, value.strip(), *(line.strip() for line in value.splitlines())}
    forms: set[str] = set()
    for text in plain:
        data = _bytes(text)
        as_json = json.dumps(text, ensure_ascii=False)[1:-1]
        forms |= {text, repr(text)[1:-1]}
        forms |= {quote(data), quote(data, safe=""), quote_plus(data)}
        forms |= {as_json, json.dumps(text)[1:-1], as_json.translate(_GO_ESCAPES)}
        forms |= _base64_spellings(data)
    return {form for form in forms if len(form) >= SHORTEST}


def _bytes(text: str) -> bytes:
    """The bytes behind `text`: those that are no UTF-8 came out of the environment as lone surrogates."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def _base64_spellings(data: bytes) -> set[str]:
    """The part of every base64 text that holds `data` which `data` alone decides.

    In `user:password` the password may start at any of three offsets within a group of three bytes; the
    characters at both ends depend on the neighbours and are left out.
    """
    found = set()
    for offset in range(3):
        encoded = base64.b64encode(bytes(offset) + data).decode()
        start = -(-offset * 8 // _BASE64_BITS)
        end = (offset + len(data)) * 8 // _BASE64_BITS
        sure = encoded[start:end]
        found |= {sure, sure.replace("+", "-").replace("/", "_")}
    return found
