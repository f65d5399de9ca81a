"""A Dockerfile as instructions with their lines, as BuildKit reads it (`frontend/dockerfile/parser`)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

from build_image.dockerfile.words import WordsError, flags_of, heredocs_of
from drone_plugin import JobFailedError

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST_LINE: Final = 64 * 1024
"""Bytes: a builder's scanner gives up there."""

_DIRECTIVE = re.compile(r"#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*$")
_KNOWN_DIRECTIVES = frozenset({"syntax", "escape", "check"})
_WITH_HEREDOCS = frozenset({"ADD", "COPY", "RUN"})


@dataclass(frozen=True, slots=True)
class Instruction:
    """An instruction: `name` in upper case, its `flags` (`--from=build`), and the `text` behind them.

    `line` and `last` are its first and last line, counted from 1; `documents` are the texts of its heredocs.
    """

    line: int
    last: int
    name: str
    flags: tuple[str, ...]
    text: str
    documents: tuple[str, ...] = ()

    def flag(self, name: str) -> str:
        """The value of the last flag of this name; empty where there is none."""
        return next((value for value in reversed(self.flag_values(name))), "")

    def flag_values(self, name: str) -> tuple[str, ...]:
        """The values of all flags of this name."""
        start = f"--{name}="
        return tuple(flag.removeprefix(start) for flag in self.flags if flag.startswith(start))


class Header(NamedTuple):
    """What the comments in front of the first instruction tell the builder."""

    syntax: str = ""
    escape: str = "\\"
    syntax_line: int = 0


@dataclass(frozen=True)
class Dockerfile:
    """A Dockerfile: its `path`, relative to the workspace, and its `text` as it is."""

    path: str
    text: str = field(repr=False)

    @cached_property
    def header(self) -> Header:
        """Its directives. Raises JobFailedError where the builder would refuse them."""
        return _header(self)

    @cached_property
    def instructions(self) -> tuple[Instruction, ...]:
        """Its instructions. Raises JobFailedError, with the line, where it has none or cannot be read."""
        found = tuple(_Parser(self).instructions())
        if not found:
            raise JobFailedError(f"{self.path} has no instructions")
        return found

    @cached_property
    def lines(self) -> list[str]:
        """Its lines, without the mark that some editors put in front, and without their ends."""
        return [line.rstrip("\r") for line in self.text.removeprefix("\ufeff").split("\n")]

    def error(self, line: int, problem: str, *, hint: str = "") -> JobFailedError:
        """The error of a line."""
        return JobFailedError(f"{self.path}, line {line}: {problem}", hint=hint)


def _header(dockerfile: Dockerfile) -> Header:
    found: dict[str, tuple[str, int]] = {}
    for number, line in enumerate(dockerfile.lines, 1):
        directive = _DIRECTIVE.match(line.lstrip())
        if not directive and number == 1 and line.startswith("#!"):
            continue
        if not directive or (name := directive[1].lower()) not in _KNOWN_DIRECTIVES:
            break
        if name in found:
            raise dockerfile.error(number, f"a second `# {name}=`; keep one")
        found[name] = directive[2], number
    escape, line_of_escape = found.get("escape", ("\\", 0))
    if escape not in {"\\", "`"}:
        raise dockerfile.error(line_of_escape, r"`# escape=` takes a \ or a `")
    syntax, line_of_syntax = found.get("syntax", ("", 0))
    return Header(syntax.split()[0] if syntax else "", escape, line_of_syntax)


class _Parser:
    """Reads the lines once, from the first to the last."""

    def __init__(self, dockerfile: Dockerfile) -> None:
        self._dockerfile = dockerfile
        self._escape = dockerfile.header.escape
        self._lines = dockerfile.lines
        self._at = 0  # the number of lines that are read

    def instructions(self) -> Iterator[Instruction]:
        while self._at < len(self._lines):
            line = self._next().lstrip()
            if not line or line.startswith("#"):
                continue
            first = self._at
            text = self._joined(line)
            if text.strip():
                yield self._instruction(first, text)

    def _next(self) -> str:
        line = self._lines[self._at]
        self._at += 1
        if len(line) * 4 >= LONGEST_LINE and len(line.encode("utf-8", "surrogateescape")) >= LONGEST_LINE:
            raise self._dockerfile.error(
                self._at, f"is longer than the {LONGEST_LINE - 1} bytes that a builder takes"
            )
        return line

    def _joined(self, line: str) -> str:
        """The line with those that continue it; comments and empty lines among them do not end it."""
        parts = []
        while (continued := self._continued(line)) is not None:
            parts.append(continued)
            line = ""
            while self._at < len(self._lines):
                line = self._next()
                if line.strip() and not line.lstrip().startswith("#"):
                    break
                line = ""
            if not line:
                break
        return "".join((*parts, line))

    def _continued(self, line: str) -> str | None:
        """The line without the escape at its end; None where none is there, or it is escaped itself."""
        stripped = line.rstrip(" \t")
        if not stripped.endswith(self._escape) or stripped.endswith(self._escape * 2):
            return None
        return stripped[:-1]

    def _instruction(self, first: int, text: str) -> Instruction:
        name, _, rest = _partition(text.strip())
        flags, rest = flags_of(rest, self._escape)
        documents = tuple(self._documents(first, name.upper(), rest, text))
        return Instruction(first, self._at, name.upper(), flags, rest.strip(), documents)

    def _documents(self, first: int, name: str, rest: str, text: str) -> Iterator[str]:
        inner = _partition(rest.strip())[0].upper() if name == "ONBUILD" else name
        if inner not in _WITH_HEREDOCS or "<<" not in text or rest.lstrip().startswith("["):
            return
        try:
            wanted = heredocs_of(text)
        except WordsError:
            return  # the builder sees none in a line that it cannot take apart
        for heredoc in wanted:
            lines: list[str] = []
            while True:
                if self._at == len(self._lines):
                    raise self._dockerfile.error(
                        first,
                        f"the text that <<{heredoc.name} begins has no line `{heredoc.name}` at its end",
                    )
                line = self._next()
                if (line.lstrip("\t") if heredoc.chomps else line) == heredoc.name:
                    break
                lines.append(line)
            yield "\n".join(lines)


def _partition(text: str) -> tuple[str, str, str]:
    """A text before and after its first white space."""
    word, *rest = re.split(r"[\t\v\f\r ]+", text, maxsplit=1)
    return word, " ", rest[0] if rest else ""
