"""Words of a Dockerfile's line, as BuildKit takes it apart (`parser/split_command.go`, `shell/lex.go`)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEREDOC = re.compile(r"\d*<<(-?)\s*([^<]+)", re.ASCII)
_SPACE = re.compile(r"\s*")


class WordsError(ValueError):
    """A line that has no words: a quotation mark or a brace in it is not closed."""


class Heredoc(NamedTuple):
    """A text that begins in the next line and ends with a line that is `name`, tabs aside if it `chomps`."""

    name: str
    chomps: bool


def flags_of(text: str, escape: str) -> tuple[tuple[str, ...], str]:
    """The flags in front of an instruction's arguments, and the rest."""
    flags: list[str] = []
    at = 0
    while True:
        at = _SPACE.match(text, at).end()  # type: ignore[union-attr] # it matches nothing, too
        if not text.startswith("--", at):
            return tuple(flags), text[at:]
        word, at = _flag(text, at, escape)
        if word == "--":
            return tuple(flags), text[at:]
        flags.append(word)


def _flag(text: str, at: int, escape: str) -> tuple[str, int]:
    """The word at `at` without its quotation marks, and the index behind it."""
    word: list[str] = []
    quote = ""
    while at < len(text):
        char = text[at]
        at += 1
        if char == escape:
            word.append(text[at : at + 1])
            at += 1
        elif quote or char in "'\"":
            if quote and char != quote:
                word.append(char)
            else:
                quote = "" if quote else char
        elif char.isspace():
            return "".join(word), at
        else:
            word.append(char)
    return "".join(word), at


def words(text: str, escape: str) -> list[str]:
    """The words of a text, with their quotation marks and escapes (`parser/line_parsers.go`, parseWords)."""
    found: list[str] = []
    word: list[str] = []
    quote = ""
    at = 0
    while at < len(text):
        char = text[at]
        at += 1
        if char == escape and quote != "'":
            if at == len(text):
                break
            word.append(char + text[at])
            at += 1
        elif char.isspace() and not quote:
            if word:
                found.append("".join(word))
                word = []
        else:
            if quote or char in "'\"":
                quote = "" if char == quote else quote or char
            word.append(char)
    return [*found, "".join(word)] if word else found


def heredocs_of(line: str) -> list[Heredoc]:
    """What a line announces. Raises WordsError where the line cannot be taken apart."""
    found = []
    for word in _shell_words(line):
        match = _HEREDOC.fullmatch(word)
        if match:
            name = _unquoted(match[2])
            if name:
                found.append(Heredoc(name, match[1] == "-"))
    return found


def _shell_words(line: str) -> Iterator[str]:
    """The words of a shell's line, raw. `<<` and the word after it are one, whatever space is between."""
    word: list[str] = []
    at = 0
    while at < len(line):
        char = line[at]
        if char in "'\"":
            end = _end_of_quotation(line, at)
            word.append(line[at:end])
            at = end
        elif char == "\\":
            word.append(line[at : at + 2])
            at += 2
        elif line.startswith("<<", at):
            end = at + 2
            while line[end : end + 1] in {" ", "\t"}:
                end += 1
            word.append(line[at:end])
            at = end
        elif char.isspace():
            if word:
                yield "".join(word)
                word = []
            at += 1
        else:
            word.append(char)
            at += 1
    if word:
        yield "".join(word)


def _end_of_quotation(line: str, at: int) -> int:
    """The index behind the quotation that begins at `at`."""
    quote = line[at]
    at += 1
    while at < len(line):
        if line[at] == quote:
            return at + 1
        at += 2 if line[at] == "\\" and quote == '"' else 1
    raise WordsError(f"a {quote} is not closed")


def _unquoted(word: str) -> str:
    """A heredoc's name: one word, its quotation marks aside."""
    parts = list(_shell_words(word))
    return re.sub(r"""['"]|\\(?=.)""", "", parts[0]) if len(parts) == 1 else ""
