"""Triggers: what must be in a text for a rule to find something there, quicker to look for than the thing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True)
class Trigger:
    r"""A regular expression of bytes, implied by what it stands for, that no line break is part of.

    It is looked for in text with every letter and digit folded to ASCII (see `folded`), so that it may speak
    of ASCII alone where `str` patterns that ignore case, or `\d`, mean more.
    """

    pattern: bytes
    literals: tuple[bytes, ...] = ()
    """One of them, in lower case, is in every match; looked for first where there is no Hyperscan."""
    cased: bool = False
    """Whether the case of letters counts."""

    @cached_property
    def compiled(self) -> re.Pattern[bytes]:
        """For Python's own engine, when it is first looked for: most never are in a small scan."""
        return re.compile(self.pattern, re.MULTILINE | (0 if self.cased else re.IGNORECASE))


def literals(texts: Iterable[str]) -> tuple[Trigger, ...]:
    """A trigger per text, in any case, otherwise taken as it is written."""
    return tuple(Trigger(re.escape(text.encode()), (text.lower().encode(),)) for text in texts)


def pattern(expression: str, *literals: str, cased: bool = False) -> tuple[Trigger, ...]:
    """One trigger."""
    return (Trigger(expression.encode(), tuple(text.encode() for text in literals), cased),)


# What `re.IGNORECASE` takes for an ASCII letter although it is none: long s, Kelvin, and the two Turkish i.
_FOLDED = {"\u017f": "s", "\u212a": "k", "\u0130": "i", "\u0131": "i"}


def folded(text: str) -> str:
    """The text with the letters that Python's `re` takes for ASCII ones, and every digit, in ASCII.

    No line break comes or goes. Most text is returned as it is.
    """
    if text.isascii():
        return text
    for character in {found for found in _NOT_ASCII.findall(text) if found in _FOLDED or found.isdecimal()}:
        text = text.replace(character, _FOLDED.get(character, "0"))
    return text


_NOT_ASCII = re.compile(r"[\u0130\u0131\u017f\u212a]|(?![\x00-\x7f])\d")
