"""Markdown that shows what it was given and does nothing else, on GitHub, Gitea and GitLab.

A value from outside (a branch, a file's name, a package's version) may hold what a forge acts on: structure,
HTML, `@somebody`, `#12`, `!12`, addresses, GitLab's `/close` at the start of a line. What makes it harmless:

- A character reference (`&#42;`) is never structure (CommonMark 0.31 §2.5), and no line starts with `/`.
- Forges look for mentions and references in the *rendered* text, where `&#64;` is an `@` again, but not
  within `<code>` and `<pre>`. Elsewhere an invisible space behind the sign keeps it from being one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias
from urllib.parse import quote, urlsplit

from drone_plugin.cleaning import uncoloured

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST_VALUE: Final = 500
"""Characters of one value; more of it is cut."""

_BREAK = "\u200b"
# The sign that a reference, mention, emoji, address or GitLab's marks of changes ({+ +}, [- -]) begins with.
_SIGNS = re.compile(
    r"(?<=[@#!$%~&^*:\[{])(?=\S)"
    r"|(?<=[A-Za-z])(?=-[0-9])"  # GH-12, and the keys of other trackers
    r"|(?<=[Ww]{3})(?=\.)"
)
_DIGITS = re.compile(r"[0-9A-Fa-f]{6}(?=[0-9A-Fa-f])")
"""Seven and more could be a commit."""
_PUNCTUATION = re.compile(r"[!-+\--/:-@\[-`{-~\u200b]")  # all of ASCII's but the comma
_MARKUP = re.compile(r"""[&<>"'/@#]""")
# Control characters, what turns the direction of writing round, what has no width, and halves of characters.
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\xad\u061c\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\ufeff\ud800-\udfff\U000e0000-\U000e007f]"
)
_LINE_ENDS = re.compile(r"\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_ADDRESS: Final = "/:?&=#%+,;~-._!$*"
"""What may stand in an address as it is."""


@dataclass(frozen=True)
class Code:
    """A name, a commit, a digest, in the font of code: what may be copied. The right form for most values."""

    value: str


@dataclass(frozen=True)
class Link:
    """Words that lead to an http or https address; with any other address, only the words."""

    label: str
    url: str


Value: TypeAlias = str | Code | Link


@dataclass(frozen=True)
class Markdown:
    """Writes Markdown. `mask` takes the secrets out of each value before anything else is done to it."""

    mask: Callable[[str], str]

    def text(self, value: str) -> str:
        """`value` in one line, as text."""
        line = _DIGITS.sub(lambda found: found[0] + _BREAK, self.line(value))
        return _encoded(_PUNCTUATION, _SIGNS.sub(_BREAK, line))

    def code(self, value: str) -> str:
        """`value` in one line, in the font of code; nothing for an empty one."""
        encoded = _encoded(_PUNCTUATION, self.line(value))
        return f"<code>{encoded}</code>" if encoded else ""

    def link(self, link: Link) -> str:
        """The words, leading to the address where that is one."""
        address = _address(self.mask(link.url))
        return f"[{self.text(link.label)}](<{address}>)" if address else self.text(link.label)

    def value(self, value: Value) -> str:
        """A value of any kind."""
        if isinstance(value, Code):
            return self.code(value.value)
        return self.link(value) if isinstance(value, Link) else self.text(value)

    def line(self, value: str, longest: int = LONGEST_VALUE) -> str:
        """`value` without secrets, line ends and unseen characters, and not too long; nothing is escaped."""
        return shortened(" ".join(self._plain(value).split()), longest)

    def preformatted(self, value: str, longest: int) -> list[str]:
        """The lines of `value`, to be put within `<pre>`; of each, `longest` characters."""
        lines = self._plain(value).strip("\n").split("\n")
        return [_encoded(_MARKUP, shortened(line, longest)) for line in lines]

    def _plain(self, value: str) -> str:
        # A secret may hold what is not seen, and what is not seen may stand inside of one.
        seen = _UNSEEN.sub("", _LINE_ENDS.sub("\n", uncoloured(self.mask(value))))
        return self.mask(seen)


def shortened(value: str, longest: int) -> str:
    """`value` in `longest` characters."""
    return value if len(value) <= longest else f"{value[: longest - 1]}…"


def _encoded(pattern: re.Pattern[str], value: str) -> str:
    return pattern.sub(lambda found: f"&#{ord(found[0])};", value)


def _address(url: str) -> str:
    """`url` as the target of a link; empty where it is none, or has a login in it."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    sound = url.isprintable() and " " not in url and parts.scheme in {"http", "https"}
    if not sound or not parts.hostname or "@" in parts.netloc:
        return ""
    return quote(url, safe=_ADDRESS).replace("&", "&amp;")
