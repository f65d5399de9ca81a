"""Whether a commit message asks for something: `[train]`, `[train lr=0.01 epochs=20]`.

The request counts as the first or last word of the title (a trailing `(#12)` aside), or alone on a line
of the body. Inside quotes, backticks, code and quoted lines it is a mention only, and so it is in the title
of a revert, which repeats the title of what it reverts.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DRONE_CUT = 2000
"""Drone stores no more characters of a message than this (`build_message VARCHAR(2000)`)."""

_LINE_END = re.compile(r"\r\n?|\n")
_PULL_REQUEST_SUFFIX = re.compile(r"(\s*\([#!]\d+\))+\s*$")
# What follows a fence of backticks holds none: "```code``` is code" is a line of text.
_FENCE = re.compile(r" {0,3}(```+(?=[^`]*$)|~~~+)")
# Quoted or marked as code: a single quote only where it cannot be an apostrophe.
_QUOTED = re.compile(r"""`[^`]*`|"[^"]*"|“[^”]*”|«[^»]*»|(?<!\w)'[^']*'(?!\w)""")
_CODE_INDENT = 4


@dataclass(frozen=True)
class Request:
    """What a message asked for: the words after the keyword, and its parameters."""

    words: tuple[str, ...] = ()
    parameters: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


class MalformedRequestError(ValueError):
    """The keyword is there, but what stands beside it cannot be read."""


def find_request(message: str, keyword: str) -> Request | None:
    """The request in `message`, or None.

    Raises MalformedRequestError for an unclosed quote or a parameter given twice.
    """
    lines = _LINE_END.split(message.strip())
    request = _pattern(keyword)
    found = _in_title(lines[0].strip(), request)
    if found is None:
        for line in _plain_lines(lines[1:]):
            found = request.fullmatch(line)
            if found:
                break
    return _parsed(found["rest"] or "") if found else None


def mentions(message: str, keyword: str) -> bool:
    """Whether the keyword stands anywhere in `message`, also where it does not count."""
    return bool(re.search(rf"\[\s*{re.escape(keyword)}(?=[\s\]])", message, re.IGNORECASE))


def _pattern(keyword: str) -> re.Pattern[str]:
    """The keyword in brackets and the rest between it and the closing one, which may stand in quotes before.

    Where a quote is not closed, the rest ends at the first bracket, for `_parsed` to complain about. No two
    parts can match the same text, so that a hostile message takes no longer than another one.
    """
    quotes_closed = r"""(?:"[^"\n]*"|'[^'\n]*'|[^\[\]\n"'])*+(?=\])"""
    rest = rf"(?P<rest>(?=\s)(?:{quotes_closed}|[^\[\]\n]*+))"
    return re.compile(rf"\[\s*{re.escape(keyword)}{rest}?\]", re.IGNORECASE)


def _in_title(title: str, request: re.Pattern[str]) -> re.Match[str] | None:
    if len(title) > DRONE_CUT:  # no title, and the search below would take long
        return None
    title = _PULL_REQUEST_SUFFIX.sub("", title)
    if title.lower().startswith(('revert "', "revert '", "revert “")):
        return None
    quoted = [found.span() for found in _QUOTED.finditer(title)]
    for found in request.finditer(title):
        first = found.start() == 0 and title[found.end() :][:1] in {"", " ", "\t"}
        last = found.end() == len(title) and title[: found.start()][-1:] in {"", " ", "\t"}
        inside = any(start < found.start() and found.end() < end for start, end in quoted)
        if (first or last) and not inside:
            return found
    return None


def _plain_lines(lines: list[str]) -> Iterator[str]:
    """The lines of a body that are neither code nor quoted."""
    fence = ""
    for line in lines:
        opening = _FENCE.match(line)
        if fence:
            closes = opening is not None and opening[1].startswith(fence) and line.strip() == opening[1]
            fence = "" if closes else fence
        elif opening:
            fence = opening[1]
        elif len(line[: len(line) - len(line.lstrip())].expandtabs(_CODE_INDENT)) < _CODE_INDENT:
            yield line.strip()


def _parsed(text: str) -> Request:
    try:
        tokens = shlex.split(text.replace("\u00a0", " "), posix=True)
    except ValueError:
        raise MalformedRequestError(f"a quote is not closed in [{text.strip()}]") from None
    words = []
    parameters: dict[str, str] = {}
    for token in tokens:
        name, equals, value = token.partition("=")
        if not equals:
            words.append(token)
        elif not name or name in parameters:
            raise MalformedRequestError(
                f"{name or token} is given twice" if name else f"{token} has no name before ="
            )
        else:
            parameters[name] = value
    return Request(tuple(words), MappingProxyType(parameters))
