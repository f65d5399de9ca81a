"""Passwords and keys that only the name before them gives away: `db_password = "…"`.

In the place of detect-secrets' keyword plugin. That one takes any name that has the word in it and any value,
so that two of three of its findings are none; its expressions go back and forth on long lines (its
issue 868).
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from secret_scan.detectors.base import Detector, Form, Line, Match
from secret_scan.detectors.strength import is_strong_key, is_strong_password
from secret_scan.detectors.words import sort_of
from secret_scan.filters import is_from_secret
from secret_scan.filters.examples import is_published

if TYPE_CHECKING:
    from collections.abc import Iterator

KEYWORDS = ("pass", "pwd", "psw", "pword", "secret", "token", "key", "credential", "auth", "bearer",
            "contrase", "senha", "salt", "pat", "hmac")  # fmt: skip

_NAME = rf"(?<![\w.-])(?P<name>[\w.-]{{0,80}}?(?i:{'|'.join(KEYWORDS)})[\w-]{{0,40}})"
_SIGN = r"""\\?["'`]?(?:\]|\[\d{0,4}\])?\s{0,40}(?:=>|:=|!==?|={1,3}|:(?!:)|>)\s{0,40}"""
# Between may be a type (`password: str = "…"`), a call (`SecretStr("…")`), what goes first (`given or "…"`).
_DETOUR = (
    r"(?:[A-Za-z][\w.\[\]| ]{0,40}\s{0,4}=\s{0,4}|[A-Za-z][\w.:]{0,60}\(\s{0,4}"
    r"""|[\w.()\[\]"']{1,60}\s?(?:\|\||\?\?|or)\s?)?"""
)
_QUOTED = re.compile(
    _NAME
    + _SIGN
    + _DETOUR
    + r"""(?:[@bBrRfFuUL]{0,2})(?P<quote>\\?["'`])(?P<value>[^"'`\s\\]{6,400})(?P=quote)"""
)
_UNQUOTED = re.compile(_NAME + _SIGN + r"""(?P<value>[^\s"'`<>\\,;{}\[\]()]{6,400})(?=[\s,;}<]|$)""")
# `os.environ.get("DB_PASSWORD", "…")`, `setdefault("DB_PASSWORD", "…")`
_SECOND = re.compile(
    r"""\(\s{0,9}["'](?P<name>[\w.-]{1,80})["']\s{0,9},\s{0,9}(?P<quote>["'])(?P<value>[^"'`\s\\]{6,400})(?P=quote)"""
)
_OPTION = re.compile(
    r"(?<![\w-])--?(?P<name>[a-z-]{0,30}(?:pass|secret|token|key)[a-z-]{0,20})"
    r"""[= ]["']?(?P<value>[^\s"'`]{6,200})"""
)
# <password>…</password> and <add key="Password" value="…"/>
_XML = re.compile(
    r"""(?:key|name)=["'](?P<name>[\w.:-]{1,80})["']\s{1,9}value=["'](?P<value>[^"'<>]{6,400})["']""",
    re.IGNORECASE,
)

_CODE = frozenset(
    {".py", ".pyi", ".ipynb", ".js", ".jsx", ".ts", ".tsx", ".mjs", ".cjs", ".go", ".java", ".kt",
     ".kts", ".scala", ".c", ".h", ".cc", ".cpp", ".hpp", ".cs", ".rs", ".rb", ".php", ".swift",
     ".m", ".pl", ".lua", ".r", ".jl", ".dart", ".ex", ".exs", ".erl", ".clj", ".groovy", ".vue",
     ".svelte", ".html", ".htm", ".css", ".scss", ".sql", ".vb", ".ps1", ".tf", ".hcl", ".gradle",
     ".proto", ".rst", ".md", ".tex", ".svg", ".log", ".lock"}
)  # fmt: skip


class AssignmentDetector(Detector):
    """Finds values behind the name of a password or a key."""

    generic = True

    def find(self, line: Line) -> Iterator[Match]:
        """The values that are strong enough to be secrets."""
        seen: set[int] = set()
        for text, shift in line.views():
            for expression in self._expressions(line.path):
                for found in expression.finditer(text):
                    start, end = found.span("value")
                    sort = sort_of(found["name"])
                    if not sort or start < shift or start - shift in seen or is_published(found["value"]):
                        continue
                    strong = is_strong_password if sort == "password" else is_strong_key
                    quoted = "quote" in found.re.groupindex
                    if strong(found["value"], quoted=quoted) and not is_from_secret(text, found["value"]):
                        seen.add(start - shift)
                        yield Match(
                            found["value"], start - shift, end - shift, f"the value of {found['name'][-60:]}"
                        )

    @staticmethod
    def _expressions(path: str) -> tuple[re.Pattern[str], ...]:
        """In code an unquoted word is a variable."""
        quoted = (_QUOTED, _SECOND, _XML, _OPTION)
        return quoted if PurePosixPath(path).suffix.lower() in _CODE else (*quoted, _UNQUOTED)


ASSIGNMENT = AssignmentDetector(Form("assigned-secret", "Password or Key", "=", KEYWORDS, begin="", end=""))
