"""Passwords and keys that only the name before them gives away: `db_password = "…"`.

In the place of detect-secrets' keyword plugin. That one takes any name that has the word in it and any value,
so that two of three of its findings are none; its expressions go back and forth on long lines (its
issue 868).
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from secret_scan.detectors.base import Detector, Form, Line, Match, small
from secret_scan.detectors.places import KEYWORD, KEYWORDS, PAIR, Strings, elsewhere, has_keyword
from secret_scan.detectors.strength import is_strong_key, is_strong_password
from secret_scan.detectors.words import sort_of
from secret_scan.filters import is_from_secret
from secret_scan.filters.examples import is_published

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEAD = re.compile(r"[\w.-]{0,80}\Z")
_TAIL = re.compile(
    r"""(?P<name>[\w-]{1,60})\\?["'`]?(?:\]|\)|\[\d{0,4}\])?\s{0,40}"""
    r"""(?:=>|[:?]=|\|\|=|\?\?=|!==?|={1,3}|:(?![:=?+-])|>)\s{0,40}"""
)
# Between may be a type (`password: str = "…"`), a call (`SecretStr("…")`), what goes first (`given or "…"`).
_QUOTED = re.compile(
    r"(?:(?:&(?:'static )?)?[A-Za-z][\w.\[\]|? ]{0,40}\s{0,4}=\s{0,4}|[A-Za-z][\w.:]{0,60}\(\s{0,4}"
    r"""|[\w.()\[\]"']{1,60}\s?(?:\|\||\?\?|or)\s?)?"""
    r"""(?:[@bBrRfFuUL]{0,2})(?P<quote>\\?["'`])(?P<value>[^"'`\s\\]{6,400})(?P=quote)"""
)
_BARE = re.compile(r"""(?P<value>[^\s"'`<>\\,;{}\[\]()]{6,400})(?=[\s,;}<]|$)""")
# In a string that goes on, or ends just there.
_WITHIN = re.compile(r"""(?P<value>[^\s"'`<>\\,;&{}\[\]()]{6,400})(?=[\s,;&]|\\?["'`])""")
# What is no code in a file of code: a comment, and what a notebook gives to a shell.
_NO_CODE = re.compile(r"\s*(?:#|//|/?\*|--|;|<!--|%|!)")
# A line of a text in several lines: a statement has spaces around its sign, and something after it.
_LINE = re.compile(
    r"""\s*(?:export\s)?(?P<name>[\w.-]{1,80})(?:=|:\s?)(?P<value>[^\s"'`<>\\,;{}\[\]()]{20,400})\s*"""
)

_CODE = frozenset(
    {".py", ".pyi", ".ipynb", ".js", ".jsx", ".ts", ".tsx", ".mjs", ".cjs", ".go", ".java", ".kt",
     ".kts", ".scala", ".c", ".h", ".cc", ".cpp", ".hpp", ".cs", ".rs", ".rb", ".php", ".swift",
     ".m", ".pl", ".lua", ".r", ".jl", ".dart", ".ex", ".exs", ".erl", ".clj", ".groovy", ".vue",
     ".svelte", ".html", ".htm", ".css", ".scss", ".sql", ".vb", ".ps1", ".tf", ".hcl", ".gradle",
     ".proto", ".rst", ".md", ".tex", ".svg", ".lock"}
)  # fmt: skip


class AssignmentDetector(Detector):
    """Finds values behind the name of a password or a key."""

    generic = True

    def find(self, line: Line) -> Iterator[Match]:
        """The values that are strong enough to be secrets."""
        bare = PurePosixPath(line.path).suffix.lower() not in _CODE
        seen: set[int] = set()
        for text, shift in line.views():
            for name, found in (*_assigned(text, bare=bare), *_in_place(text)):
                value, start = found["value"], found.start("value") - shift
                if 0 <= start not in seen and _is_secret(name, found) and not is_from_secret(text, value):
                    seen.add(start)
                    yield Match(value, start, start + len(value), f"the value of {name[-60:]}")


def _assigned(text: str, *, bare: bool) -> Iterator[tuple[str, re.Match[str]]]:
    """The names and the values after them; in code a value without quotes is a variable."""
    bare = bare or bool(_NO_CODE.match(text))
    strings = Strings(text)
    for keyword in KEYWORD.finditer(small(text)):
        tail = _TAIL.match(text, keyword.start())
        if not tail:
            continue
        head = _HEAD.search(text[max(0, tail.start() - 80) : tail.start()])
        name = (head[0] if head else "") + tail["name"]
        found = _QUOTED.match(text, tail.end()) or (_BARE.match(text, tail.end()) if bare else None)
        if found:
            yield name, found
            continue
        found = _WITHIN.match(text, tail.end())
        if found and _is_secret(name, found) and strings.hold(tail.start()):
            yield name, found
    if not bare and (row := _LINE.fullmatch(text)) and has_keyword(row["name"]):
        yield row["name"], row


def _in_place(text: str) -> Iterator[tuple[str, re.Match[str]]]:
    """The same where no sign is between."""
    for found in elsewhere(text):
        yield found["name"], found


def _is_secret(name: str, found: re.Match[str]) -> bool:
    value = found["value"]
    sort = "password" if found.re is PAIR.expression else sort_of(name)
    if not sort or is_published(value):
        return False
    quoted = "quote" in found.re.groupindex
    strong = is_strong_password if sort == "password" else is_strong_key
    return strong(value, quoted=quoted)


ASSIGNMENT = AssignmentDetector(Form("assigned-secret", "Password or Key", "=", KEYWORDS, begin="", end=""))
