"""The spellings under which a secret can appear: raw, quoted, and encoded as the programs of a build do."""

from __future__ import annotations

import base64
import html
import json
import re
from urllib.parse import quote, quote_plus

SHORTEST = 4
"""Shorter values are not masked: starring out every "a" or "42" makes a log unreadable and hides nothing."""

_BASE64_BITS = 6
_GO_ESCAPES = str.maketrans({"&": r"\u0026", "<": r"\u003c", ">": r"\u003e"})
"""What Go's encoder adds to JSON: Docker's engine and many servers write so."""
_BOTH_QUOTES = "'\""
"""With both in a text, Python's `repr` escapes one."""
_PERCENT = re.compile(r"%[0-9A-F]{2}")
_KEPT = (
    "",
    "/",
    "!'()*",
    "!'()*,/:;=?@&+$#",
    "!$%&'()*+,/:;=?@",
    "$&+,;=",
    "$&+=:@",
)
"""What stays as it is in addresses: of Python's and JavaScript's ways, of those that requests puts in order
without asking (its errors show them so), and of a login and a path as Go's programs write them."""
_SECRET_NAME = re.compile(r"key|secret|token|passw|credential", re.IGNORECASE)


def spellings(value: str) -> set[str]:
    """Every spelling under which `value` could appear; each is at least `SHORTEST` characters long.

    Quoted twice, too: an answer in JSON within a log line in JSON, a message within a traceback.
    """
    forms: set[str] = set()
    for text in parts(value):
        data = as_bytes(text)
        once = _quoted(text)
        forms |= once | {form for one in once for form in _quoted(one)}
        forms |= {data.hex(), data.hex().upper(), repr(data)[2:-1]}
        forms |= _in_addresses(data) | base64_spellings(data)
    return {form for form in forms if len(form) >= SHORTEST}


def _quoted(text: str) -> set[str]:
    """As it stands within quotes: of Python, JSON as several programs write it, HTML and a shell."""
    as_json, as_ascii = (json.dumps(text, ensure_ascii=plain)[1:-1] for plain in (False, True))
    beside_quotes = repr(f"{text}{_BOTH_QUOTES}")[1:-1].removesuffix(repr(_BOTH_QUOTES)[1:-1])
    return {
        text,
        repr(text)[1:-1],
        beside_quotes,
        as_json,
        as_ascii,
        as_json.translate(_GO_ESCAPES),
        as_json.replace("/", r"\/"),
        as_ascii.replace("/", r"\/"),
        html.escape(text),
        html.escape(text, quote=False),
        html.escape(text).replace("&#x27;", "&#39;"),  # Jinja, Django; Go also has &#34;
        html.escape(text).replace("&#x27;", "&#39;").replace("&quot;", "&#34;"),
        text.replace("'", """'"'"'"""),
        text.replace("'", r"'\''"),  # what bash shows of its commands
    }


def parts(value: str) -> set[str]:
    """What of `value` is searched for: the whole, and each line, because logs are masked line by line.

    Of JSON, as the key file of a service account is, also what it keeps under the names of secrets.
    """
    texts = [value, *_secrets_in_json(value)]
    return {part for text in texts for part in (text, text.strip(), *map(str.strip, text.splitlines()))}


def _secrets_in_json(value: str) -> list[str]:
    if not value.lstrip().startswith(("{", "[")):
        return []
    try:
        pending: list[tuple[str, object]] = [("", json.loads(value))]
    except (ValueError, RecursionError):
        return []
    found = []
    while pending:
        name, inner = pending.pop()
        if isinstance(inner, dict):
            pending += [(str(key), item) for key, item in inner.items()]
        elif isinstance(inner, list):
            pending += [(name, item) for item in inner]
        elif isinstance(inner, str) and _SECRET_NAME.search(name):
            found.append(inner)
    return found


def as_bytes(text: str) -> bytes:
    """The bytes behind `text`: those that are no UTF-8 came out of the environment as lone surrogates."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def base64_spellings(data: bytes) -> set[str]:
    """The part of every base64 text that holds `data` which `data` alone decides.

    In `user:password` the password may start at any of three offsets within a group of three bytes; the
    characters at both ends depend on the neighbours and are left out. Both alphabets, and as a query has it.
    """
    found = set()
    for offset in range(3):
        encoded = base64.b64encode(bytes(offset) + data).decode()
        start = -(-offset * 8 // _BASE64_BITS)
        end = (offset + len(data)) * 8 // _BASE64_BITS
        sure = encoded[start:end]
        found |= {sure, sure.replace("+", "-").replace("/", "_"), quote(sure, safe="")}
    return found


def _in_addresses(data: bytes) -> set[str]:
    """Percent-encoded, by whatever of `_KEPT` the writer keeps, in capitals and in small letters."""
    upper = {quote_plus(data), *(quote(data, safe=kept) for kept in _KEPT)}
    upper.add(quote(quote(data, safe=""), safe=""))  # an address in a query
    return upper | {_PERCENT.sub(lambda found: found[0].lower(), text) for text in upper}
