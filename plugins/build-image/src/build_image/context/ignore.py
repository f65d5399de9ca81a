"""The ignore file, in the dialect of the docker CLI and BuildKit (moby/patternmatcher, `ignorefile`)."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from build_image.context.patterns import Match, PatternError, compiled
from drone_plugin import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ByPattern: TypeAlias = tuple[bool, ...]
"""Which patterns a folder matched, itself or by a folder above it; empty above the first level."""

LONGEST_LINE: Final = 64 * 1024
"""Bytes: Go's scanner, which the builder reads the file with, gives up there."""

_GO_SPACE: Final = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)
_SPECIAL: Final = frozenset("*[]?^\\")
_PLAIN: Final = re.compile(r"[^*\[\]?^\\{}\ufffd\udc80-\udcff]*")


@dataclass(frozen=True, slots=True)
class Pattern:
    """A line of an ignore file: `text` is cleaned, `exception` says that it had a `!`."""

    text: str
    exception: bool
    matches: Match

    @property
    def stem(self) -> str:
        """The text without a `/**` or `/*` at its end."""
        return self.text.removesuffix("/**").removesuffix("/*")


class Ignore:
    """What an ignore file leaves out of the context."""

    def __init__(self, patterns: Iterable[Pattern] = ()) -> None:
        """`patterns` in the order of the file; the last one that matches decides."""
        self.patterns = tuple(patterns)
        self._exceptions = [pattern.stem for pattern in self.patterns if pattern.exception]
        self._everywhere = any(not _SPECIAL.isdisjoint(stem) for stem in self._exceptions)

    def look(self, path: str, above: ByPattern = ()) -> tuple[bool, ByPattern]:
        """Whether `path` is left out, and what its children need to be told in `above`.

        A path whose folder matches a pattern matches it as well.
        """
        if not self.patterns:
            return False, ()
        out = False
        results: list[bool] = []
        for number, pattern in enumerate(self.patterns):
            match = bool(above) and above[number]
            if not match and pattern.exception == out:
                match = pattern.matches(path)
            results.append(match)
            if match:
                out = not pattern.exception
        return out, tuple(results)

    def may_return_below(self, folder: str) -> bool:
        """Whether an exception can bring something back that is below a folder that is left out.

        Where no exception has a wildcard before its end the builder goes by the letters of its text, and by
        nothing else (tonistiigi/fsutil `filter.go`).
        """
        if not self._exceptions:
            return False
        start = f"{folder}/"
        if not self._everywhere:
            return any(f"{stem}/".startswith(start) for stem in self._exceptions)
        return any(_overlap(_fixed(stem), start) for stem in self._exceptions)


def read_ignore(text: str, name: str) -> Ignore:
    """The ignore file `name`, which holds `text`.

    Raises SettingsError with the line of each pattern that the builder would not take.
    """
    patterns: list[Pattern] = []
    problems: list[str] = []
    for number, line in _lines(text):
        try:
            patterns.append(_pattern(line))
        except PatternError as error:
            shown = line if len(line) <= 80 else f"{line[:79]}…"  # noqa: PLR2004 - a line of a log
            problems.append(f'{name}, line {number}: "{shown}" {error}')
    if problems:
        raise SettingsError(
            problems, hint="each line is a path or a pattern; `!` in front of one makes an exception"
        )
    return Ignore(patterns)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines that count, without their margins."""
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        if not line.startswith("#") and (stripped := line.strip(_GO_SPACE)):
            yield number, stripped


def _pattern(line: str) -> Pattern:
    """One line, cleaned as the builder does it: once when it reads the file and once when it compiles."""
    if len(line.encode("utf-8", "surrogateescape")) >= LONGEST_LINE:
        raise PatternError(f"is longer than the {LONGEST_LINE} bytes that a line may have")
    exception = line.startswith("!")
    text = line[exception:].strip(_GO_SPACE)
    if not text:
        raise PatternError("is an exception without a pattern")
    text = _clean(text)
    text = text[1:] if len(text) > 1 and text.startswith("/") else text
    text = _clean(f"{'!' * exception}{text}".strip(_GO_SPACE))
    exception = text.startswith("!")
    text = text[exception:]
    if not text:
        raise PatternError("is an exception without a pattern")
    return Pattern(text, exception, compiled(text))


def _clean(path: str) -> str:
    """Go's `filepath.Clean`, which unlike Python's function knows no meaning of two slashes in front."""
    cleaned = posixpath.normpath(path)
    return cleaned[1:] if cleaned.startswith("//") else cleaned


def _fixed(stem: str) -> str:
    """The folders in front of the first component that has a wildcard, with a slash at the end."""
    if "|" in stem:
        return ""  # to the builder it means two patterns
    parts = stem.split("/")
    wild = next((at for at, part in enumerate(parts) if not _PLAIN.fullmatch(part)), len(parts))
    return "".join(f"{part}/" for part in parts[:wild])


def _overlap(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)
