"""Detectors of one's own, from a setting: an expression, and what narrows it. Never code.

An expression is tried on every line of a hostile repository, so that one that can explode is refused: by its
shape, and by trying it on lines that such expressions have trouble with.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from secret_scan.detectors.base import Detector, Form, Line, Match
from secret_scan.explosions import why_it_may_explode
from secret_scan.filters.placeholders import entropy

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+){0,9}")
LONGEST = 1000
"""Characters of an expression."""


class CustomDetector(BaseModel):
    """One detector, as it is asked for."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    name: str
    """The id of its rule, as `acme-token`."""
    regex: str
    """What its tokens look like, in Python's words. A group, if there is one, is the secret."""
    keywords: tuple[str, ...] = ()
    """One of them is in every line with such a token, in any case: it makes the scan quicker."""
    entropy: float = Field(default=0.0, ge=0.0, le=8.0)
    """In bits a character; what has less is none."""
    example: str = ""
    """Text in which it finds something: what shows that the expression is the one that was meant."""

    @field_validator("name")
    @classmethod
    def _check_name(cls, name: str) -> str:
        if not _NAME.fullmatch(name):
            raise ValueError("write the name in small letters, digits and dashes: acme-token")
        return name

    @field_validator("regex")
    @classmethod
    def _check_regex(cls, regex: str) -> str:
        if len(regex) > LONGEST:
            raise ValueError(f"the expression is longer than {LONGEST} characters")
        try:
            compiled = re.compile(regex)
        except (re.error, RecursionError, OverflowError) as error:
            raise ValueError(f"the expression does not compile: {error}") from None
        if compiled.match(""):
            raise ValueError("the expression matches where there is nothing")
        if compiled.groups > 1:
            raise ValueError("the expression has several groups; make all but the secret's own (?:…)")
        if reason := why_it_may_explode(regex):
            raise ValueError(f"the expression can take very long: {reason}")
        return regex

    @model_validator(mode="after")
    def _check_example(self) -> Self:
        if self.example and not any(CustomRule(self).find(Line(self.example))):
            raise ValueError(f"the detector {self.name} finds nothing in its own example")
        return self


class CustomRule(Detector):
    """Finds what an expression of the settings matches. What looks like a placeholder is let through, too."""

    def __init__(self, asked: CustomDetector) -> None:
        keywords = tuple(keyword.lower() for keyword in asked.keywords if keyword)
        super().__init__(Form(asked.name, asked.name, asked.regex, keywords, begin="", end=""))
        self._entropy = asked.entropy

    def find(self, line: Line) -> Iterator[Match]:
        """The matches, or their group's part, that have enough entropy."""
        lower = line.text.lower()
        if self.keywords and not any(keyword in lower for keyword in self.keywords):
            return
        for found in self.pattern.finditer(line.text):
            group = found.re.groups
            if value := found[group] or "":
                start, end = found.span(group)
                measured = entropy(value)
                if measured >= self._entropy:
                    yield Match(value, start, end, f"matches the detector {self.rule} of the settings")


def custom_detectors(asked: tuple[CustomDetector, ...]) -> tuple[Detector, ...]:
    """The detectors that are asked for, in order.

    Raises ValueError when two have one name.
    """
    names = [each.name for each in asked]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"there are two detectors with the name {twice[0]}")
    return tuple(map(CustomRule, asked))
