"""Where a name and its value stand, if not as `name = "value"`: in an address, a call, a command, XML."""

from __future__ import annotations

import re
from bisect import bisect
from dataclasses import dataclass
from typing import TYPE_CHECKING

from secret_scan.detectors.base import small

if TYPE_CHECKING:
    from collections.abc import Iterator

# The words that the name of a password or key has one of, in small letters.
KEYWORDS = ("pass", "pwd", "pw", "psw", "pword", "secret", "token", "key", "credential", "auth", "bearer",
            "contrase", "senha", "salt", "pat", "hmac", "psk", "pepper")  # fmt: skip


@dataclass(frozen=True)
class Place:
    """A way to write a name and its value; the expression has groups of these two names."""

    sign: str
    """What is in every line with one."""
    expression: re.Pattern[str]
    keyed: bool = True
    """Whether the name must have one of the keywords as it is written, for the prefilter's sake."""


def _place(sign: str, expression: str, *, flags: re.RegexFlag = re.NOFLAG, keyed: bool = True) -> Place:
    return Place(sign, re.compile(expression, flags), keyed)


_NAME = r"(?P<name>[\w.-]{1,80})"
_QUOTED = r"""(?P<quote>["'])(?P<value>[^"'`\s\\]{6,400})(?P=quote)"""

PAIR = _place(
    "auth",
    r"""(?P<name>auth)\s?=\s?\(\s?["'][^"']{1,80}["'],\s?(?P<quote>["'])(?P<value>[^"'\s]{6,200})(?P=quote)""",
)
"""`auth=("joe", "…")`, as requests and httpx have it."""

PLACES = (
    PAIR,
    # `os.environ.get("DB_PASSWORD", "…")`, `setdefault("DB_PASSWORD", "…")`
    _place("(", rf"""\(["']{_NAME}["']\s{{0,9}},\s{{0,9}}{_QUOTED}""", keyed=False),
    # `add_argument("--password", help=…, default="…")`, `getenv("DB_PASSWORD", default="…")`
    _place(
        "default=",
        rf"""["'](?:--?)?{_NAME}["']\s{{0,9}},[^\n]{{0,300}}?\bdefault=\s{{0,9}}{_QUOTED}""",
    ),
    # `{name: DB_PASSWORD, value: …}`
    _place(
        "value",
        r"""\b(?:name|key)["']?\s{0,9}[:=]\s{0,9}["']?(?P<name>[\w.-]{1,80})["']?\s{0,9},\s{0,9}["']?value["']?"""
        r"""\s{0,9}[:=]\s{0,9}["']?(?P<value>[^\s"'`\\,{}\[\]()]{6,400})""",
        flags=re.IGNORECASE,
    ),
    # `<add key="Password" value="…"/>`
    _place(
        "value=",
        r"""(?:key|name)=["'](?P<name>[\w.:-]{1,80})["']\s{1,9}value=["'](?P<value>[^"'<>]{6,400})["']""",
        flags=re.IGNORECASE,
        keyed=False,
    ),
    # `?api_key=…&x=1` in any file, as an address is the same everywhere
    _place("=", rf"""[?&](?:amp;)?{_NAME}=(?P<value>[^\s"'`<>\\&;#{{}}()\[\]]{{6,400}})(?![{{(\[])"""),
    # `${DB_PASSWORD:-…}` of a shell and compose, `${db.password:…}` of Spring
    _place("${", rf"""\$\{{{_NAME}:[-=]?(?P<value>[^\s"'`{{}}$\\]{{6,200}})\}}"""),
    # `--password …`
    _place(
        "-",
        r"(?<![\w-])--?(?P<name>[a-z-]{0,30}(?:pass|secret|token|key)[a-z-]{0,20})"
        r"""[= ]["']?(?P<value>[^\s"'`]{6,200})""",
    ),
    # `ENV DB_PASSWORD …`, `setenv …`, `set -gx …`, `setx …`, `config set …`
    _place("ENV", rf"""ENV\s{{1,9}}{_NAME}\s{{1,9}}["']?(?P<value>[^\s"'`]{{6,400}})"""),
    _place(
        "set", rf"""set(?:env|x|\s-\w{{1,9}})?\s{{1,9}}{_NAME}\s{{1,9}}["']?(?P<value>[^\s"'`]{{6,400}})"""
    ),
)


def elsewhere(text: str) -> Iterator[re.Match[str]]:
    """The names and values in such places of a line."""
    for place in PLACES:
        if place.sign in text:
            for found in place.expression.finditer(text):
                if not place.keyed or has_keyword(found["name"]):
                    yield found


KEYWORD = re.compile("|".join(KEYWORDS))
"""In small letters, where Python's engine jumps from one first letter to the next."""


def has_keyword(name: str) -> bool:
    """Whether a name has one of the keywords as it is written."""
    return bool(KEYWORD.search(small(name)))


class Strings:
    """The strings of a line of code, looked for when they are first asked for."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._ends: list[tuple[int, int]] | None = None

    def hold(self, at: int) -> bool:
        """Whether that place is in one that ends on this line: `"host=db password=…"`, `'X-Api-Key: …'`."""
        if self._ends is None:
            self._ends = [found.span() for found in _STRING.finditer(self._text)]
        number = bisect(self._ends, (at, 0))
        return number > 0 and at < self._ends[number - 1][1]


_STRING = re.compile(r""""[^"\\]*(?:\\.[^"\\]*)*"|'[^'\\]*(?:\\.[^'\\]*)*'|`[^`\\]*(?:\\.[^`\\]*)*`""")
