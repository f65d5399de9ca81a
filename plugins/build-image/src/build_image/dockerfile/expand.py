"""Variables in a Dockerfile's words, expanded as BuildKit does it (`frontend/dockerfile/shell/lex.go`)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from build_image.dockerfile.substitution import substituted

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST: Final = 64 * 1024
"""Characters that a word may become: `ARG B=$A$A` after `ARG A=$Z$Z`, and so on, doubles with each line."""

DEEPEST: Final = 50
"""`${A:-${B:-…}}` in one another."""

_NAME = re.compile(r"\d+|[@*#?$!-]|\w+")


class ExpandError(ValueError):
    """A word that cannot be expanded; the message says what is wrong with it."""


def expand(word: str, values: Mapping[str, str], escape: str = "\\") -> str:
    """The word with its variables replaced and its quotation marks gone; an unset variable is empty.

    Raises ExpandError where the builder would refuse the word.
    """
    return _Word(word, values, escape).all()


class _Word:
    """One word, read once from left to right."""

    def __init__(self, word: str, values: Mapping[str, str], escape: str) -> None:
        self._word = word
        self._values = values
        self._escape = escape
        self._at = 0
        self._depth = 0
        self._left = LONGEST

    def all(self) -> str:
        return self._until("", raw=False)

    def _until(self, stop: str, *, raw: bool) -> str:
        """Up to `stop`, which is passed; to the end where it is empty. `raw` keeps the escapes."""
        found: list[str] = []
        while self._at < len(self._word):
            char = self._word[self._at]
            if char == stop:
                self._at += 1
                return "".join(found)
            if char == "'":
                found.append(self._single(raw=raw))
            elif char == '"':
                found.append(self._double(raw=raw))
            elif char == "$":
                found.append(self._dollar())
            else:
                self._at += 1
                if char == self._escape:
                    char = self._next()
                    char = f"{self._escape}{char}" if raw else char
                found.append(char)
        if stop:
            raise ExpandError(f"has a ${{ without its {stop}")
        return self._within_limit("".join(found))

    def _next(self) -> str:
        char = self._word[self._at : self._at + 1]
        self._at += 1
        return char

    def _single(self, *, raw: bool) -> str:
        end = self._word.find("'", self._at + 1)
        if end < 0:
            raise ExpandError("has a ' that is not closed")
        text = self._word[self._at + 1 : end]
        self._at = end + 1
        return text.replace(self._escape, self._escape * 2) if raw else text

    def _double(self, *, raw: bool) -> str:
        found: list[str] = []
        self._at += 1
        while self._at < len(self._word):
            char = self._word[self._at]
            if char == "$":
                found.append(self._dollar())
                continue
            self._at += 1
            if char == '"':
                return "".join(found)
            if char == self._escape:
                if self._at == len(self._word):
                    break
                if self._word[self._at] in {'"', "$", self._escape}:
                    char = f"{self._escape * raw}{self._next()}"
                else:
                    char = char * 2 if raw else char
            found.append(char)
        raise ExpandError('has a " that is not closed')

    def _dollar(self) -> str:
        self._at += 1
        if not self._word.startswith("{", self._at):
            name = self._name()
            return self._within_limit(self._values.get(name, "")) if name else "$"
        self._at += 1
        if self._word[self._at : self._at + 1] in {"", "{", "}", ":"}:
            raise ExpandError("has a ${ without a name")
        self._depth += 1
        if self._depth > DEEPEST:
            raise ExpandError(f"has more than {DEEPEST} ${{ in one another")
        result = self._within_limit(self._braced(self._name()))
        self._depth -= 1
        return result

    def _braced(self, name: str) -> str:
        """What `${name…}` stands for; what follows the name is next."""
        modifier = self._next()
        if modifier == "}":
            return self._values.get(name, "")
        if modifier == "/":
            every = self._word.startswith("/", self._at)
            self._at += every
            pattern = self._until("/", raw=True)
            replacement = self._until("}", raw=True)
            value = self._values.get(name, "")
            return substituted(value, "//" if every else "/", pattern, replacement, self._escape)
        colon = modifier == ":"
        modifier = self._next() if colon else modifier
        if modifier in {"#", "%"} and not colon:
            return self._trimmed(name, modifier)
        if modifier not in {"-", "+", "?"}:
            raise ExpandError(f"has ${{{name}{':' * colon}{modifier}, which no builder knows")
        word = self._until("}", raw=False)
        given = self._values.get(name, "")
        is_set = bool(given) if colon else name in self._values
        if modifier == "+":
            return word if is_set else ""
        if modifier == "?" and not is_set:
            raise ExpandError(f"wants {name}: {word or 'it must have a value'}")
        return given if is_set else word

    def _trimmed(self, name: str, modifier: str) -> str:
        word = self._until("}", raw=True)
        greedy = word.startswith(modifier)
        value = self._values.get(name, "")
        return substituted(value, modifier * (1 + greedy), word[greedy:], "", self._escape)

    def _name(self) -> str:
        """A name of letters, digits and `_`; digits alone, or one special character, are one, too."""
        start = self._at
        found = _NAME.match(self._word, self._at)
        self._at = found.end() if found else start
        return self._word[start : self._at]

    def _within_limit(self, text: str) -> str:
        self._left -= len(text)
        if self._left < 0:
            raise ExpandError(f"becomes longer than {LONGEST} characters")
        return text
