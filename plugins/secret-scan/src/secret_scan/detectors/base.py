"""What every detector is: a plugin of detect-secrets that also says where a secret stands, and why."""

from __future__ import annotations

import re
import string
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from secret_scan.detectors.offline import RegexBasedDetector
from secret_scan.filters.examples import is_published
from secret_scan.filters.placeholders import is_placeholder, is_stand_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_TEMPLATE = re.compile(
    r"(?:^|[./_-])(?:example|sample|template|tmpl|dist|defaults?)s?(?:[./_-]|$)", re.IGNORECASE
)

LOOK_AHEAD = 120
"""Lines after its first that a detector may look at: as many as a private key of 8192 bits has, and some."""

# A token begins after what cannot be a part of it: also after the `n` of an escaped newline, as every line of
# a notebook has one before it, and after a percent escape.
BEGIN = r"(?:(?<![0-9A-Za-z_])|(?<=\\[nrt])|(?<=%[0-9A-Fa-f][0-9A-Fa-f]))"
END = r"(?![0-9A-Za-z_])"


def small(text: str) -> str:
    """The text with its ASCII letters small, every character where it was."""
    return text.lower() if text.isascii() else text.translate(_SMALL)


_SMALL = {ord(letter): letter.lower() for letter in string.ascii_uppercase}


@dataclass(frozen=True)
class Line:
    """A line, and what a detector may see beside it."""

    text: str
    path: str = ""
    """Of the file, as its ending tells what an unquoted word is; empty for a commit message."""
    before: str = ""
    """The line before."""
    after: Sequence[str] = ()
    """The lines after it, `LOOK_AHEAD` at most; only a detector that `blocks` looks at them."""

    def views(self) -> Iterator[tuple[str, int]]:
        """The texts to look at, each with what to take from a place in it to have that in the line.

        Kubernetes, compose, Terraform's variables, Hadoop's and Apple's XML have a name and its value in two
        lines: they are also looked at as one.
        """
        yield self.text, 0
        value = _VALUE.match(self.text)
        name = _NAME.search(self.before) if value else None
        if value and name:
            joined = f"{name[1]}: "
            yield joined + self.text[value.end() :], len(joined) - value.end()


_VALUE = re.compile(
    r"""\s{0,99}(?:(?:-\s{1,9})?["']?value["']?\s{0,9}:|default\s{0,9}=|<(?:value|string)>)\s{0,9}""",
    re.IGNORECASE,
)
_NAME = re.compile(
    r"""(?:\b(?:name|key)["']?\s{0,9}:\s{0,9}["']?|\bvariable\s{1,9}["']|<(?:name|key)>)([\w.-]{1,80})"""
    r"""(?:["']?,?|["']\s{0,9}\{|</(?:name|key)>)\s*$""",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Match:
    """A secret in a line."""

    value: str = field(repr=False)
    """The whole secret, also what stands on the lines after."""
    start: int
    """Where it begins, from 0."""
    end: int
    """Where its part on this line ends."""
    why: str
    by: Detector | None = None
    """Whose it is, where that is another detector than the one that has looked: what it found was encoded."""


@dataclass(frozen=True)
class Form:
    """How the tokens of one kind look."""

    rule: str
    """Its id, for good: it is written into baselines."""
    kind: str
    """Its name for people."""
    body: str
    """A regular expression without groups and without looking around, as Hyperscan takes it."""
    keywords: tuple[str, ...]
    """In lower case; a line without any of them has no such token."""
    check: Callable[[str], bool] | None = None
    """Whether what the token says of itself is right: a checksum, a header."""
    strict: bool = False
    """Whether what fails the check is no token. Else it is only told: a mistyped token still leaks most."""
    end: str = END
    """What must follow."""
    begin: str = BEGIN
    """What must precede."""
    where: str = ""
    """A regular expression of the paths of the files that have it, from the beginning or a slash on."""


class Detector(RegexBasedDetector):
    """Finds the tokens of one form."""

    secret_type = ""  # detect-secrets asks for it on the class
    generic = False
    """Whether it guesses from a name or from chance: a detector that knows the form goes before it."""
    chance = False
    """Whether it goes by entropy alone."""
    blocks = False
    """Whether it looks at the lines after."""

    def __init__(self, form: Form, look: Callable[[Line, re.Match[str]], Match | None] | None = None) -> None:
        """`look` makes a secret of what matches; without it, `judge` says whether it is one."""
        self.form = form
        self.rule = form.rule
        self.kind = self.secret_type = form.kind
        self.keywords = form.keywords
        self.trigger = form.body
        """What every line with a match matches, without regard to case where `keywords` are."""
        self._look = look or self._judged

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """What is looked for. Compiled when it first is: most never are in a small scan."""
        return re.compile(f"{self.form.begin}{self.form.body}{self.form.end}")

    @property
    def denylist(self) -> tuple[re.Pattern[str], ...]:
        """The same, as detect-secrets asks for it."""
        return (self.pattern,)

    @cached_property
    def _where(self) -> re.Pattern[str] | None:
        where = self.form.where
        return re.compile(f"(?:.*/)?(?:{where})", re.IGNORECASE) if where else None

    def is_in(self, path: str) -> bool:
        """Whether a file of that path may have such a token. A template of one has none."""
        return not self._where or bool(self._where.fullmatch(path) and not _TEMPLATE.search(path))

    def find(self, line: Line) -> Iterator[Match]:
        """The secrets of this kind in the line, by place."""
        if self.is_in(line.path):
            for found in self.pattern.finditer(line.text):
                match = self._look(line, found)
                if match:
                    yield match

    def _judged(self, _line: Line, found: re.Match[str]) -> Match | None:
        why = self.judge(found[0])
        return Match(found[0], found.start(), found.end(), why) if why else None

    def judge(self, value: str) -> str:
        """Why the value is a secret; empty if it is none.

        A right checksum says that a token was issued: nothing that it looks like counts against it, but for
        the examples that its vendor has published.
        """
        if is_published(value):
            return ""
        right = self.form.check(value) if self.form.check else None
        if right:
            return f"has the form of a {self.kind}, and its checksum or header is right"
        unreal = is_stand_in if self._where else is_placeholder
        if (right is False and self.form.strict) or unreal(value):
            return ""
        if self._where:
            return f"such a line of such a file is a {self.kind}"
        doubt = ", though its checksum is not right" if right is False else ""
        return f"has the form of a {self.kind}{doubt}"
