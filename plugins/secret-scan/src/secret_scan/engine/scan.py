"""The scan of one text: candidate lines, then the detectors whose triggers these hold."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from secret_scan.detectors import LOOK_AHEAD, Line, find_in_line
from secret_scan.engine.lines import OVERLAP, Lines, pieces
from secret_scan.engine.prefilter import HyperscanPrefilter, PlainPrefilter
from secret_scan.engine.rules import VALUE, VIEWED, triggers_of
from secret_scan.engine.triggers import folded
from secret_scan.values import Found

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from secret_scan.detectors import Detector, Match
    from secret_scan.engine.prefilter import Prefilter

WORTH_HYPERSCAN = 2_000_000
"""Bytes after which Hyperscan has paid for the time that it takes to prepare."""

_EACH = 2000
"""Bytes that take Python's own engine as long as it takes to find that no trigger is in a text."""


class TextScanner:
    """Scans texts, one after the other, in this process. Not for two threads."""

    def __init__(
        self,
        detectors: Sequence[Detector],
        *,
        accelerated: bool = True,
        worth_hyperscan: int = WORTH_HYPERSCAN,
    ) -> None:
        """Without acceleration every detector is tried on every line: the same findings, some other time."""
        self._detectors = tuple(detectors)
        self._accelerated = accelerated
        self._triggers = [*map(triggers_of, detectors), VALUE]
        self._prefilter: Prefilter = PlainPrefilter(self._triggers)
        self._worth = worth_hyperscan
        self._value = 1 << len(self._detectors)
        self._all = self._value - 1
        self._everywhere = _bits(not triggers for triggers in self._triggers)
        self._viewed = _bits(isinstance(detector, VIEWED) for detector in detectors)
        self._chosen: dict[int, tuple[Detector, ...]] = {}

    def prepare(self) -> None:
        """Prepare for much text; processes that are forked from this one need not do it again."""
        self._worth = -1
        if not isinstance(self._prefilter, HyperscanPrefilter):
            with contextlib.suppress(ImportError):
                self._prefilter = HyperscanPrefilter(self._triggers)

    def scan(self, text: str, path: str, *, first: int = 1, column: int = 0) -> list[Found]:
        r"""The findings in a text whose lines end in `\n`, in order, each once.

        `first` is the number of its first line, `column` what was before that line's beginning here.
        """
        lines = Lines(text)
        found: dict[tuple[str, str, int], Found] = {}
        for one in (*self._short(lines, path), *self._long(lines, path)):
            found.setdefault((one.rule, one.value, one.line), one)
        moved = (_moved(one, first, column) for one in found.values())
        return sorted(moved, key=lambda one: (one.line, one.column, one.rule, one.value))

    def _masks(self, lines: Lines) -> dict[int, int]:
        """By the number of a line, from 0: the detectors to try on it."""
        if not self._accelerated:
            return dict.fromkeys(range(len(lines)), self._all)
        masks = dict.fromkeys(range(len(lines)), self._everywhere) if self._everywhere else {}
        number = place = 0
        for start, mask in sorted(self._prefiltered(lines.data).items()):
            number += lines.data.count(b"\n", place, start)
            place = start
            masks[number] = masks.get(number, 0) | mask
        return masks

    def _short(self, lines: Lines, path: str) -> Iterator[Found]:
        for number, mask in self._masks(lines).items():
            detectors = self._choose(mask)
            line = Line(
                lines[number].rstrip(),
                path,
                lines[number - 1] if number else "",
                lines.after(number, LOOK_AHEAD) if any(each.blocks for each in detectors) else (),
            )
            for detector, match in find_in_line(line, detectors):
                yield _found(detector, match, number, match.start, line.text)

    def _long(self, lines: Lines, path: str) -> Iterator[Found]:
        """The findings in lines that are too long to be looked at whole."""
        for number, whole in lines.long.items():
            for start, piece in pieces(whole):
                mask = self._all
                if self._accelerated:
                    data = folded(piece).encode("utf-8", "surrogatepass")
                    mask = self._prefiltered(data).get(0, 0) | self._everywhere
                low = OVERLAP // 2 if start else 0
                high = len(piece) - (OVERLAP // 2 if start + len(piece) < len(whole) else 0)
                for detector, match in find_in_line(Line(piece, path), self._choose(mask)):
                    if low <= match.start < high:
                        near = piece[max(match.start - _SHOWN, 0) : match.end + _SHOWN]
                        yield _found(detector, match, number, start + match.start, near)

    def _choose(self, mask: int) -> tuple[Detector, ...]:
        chosen = self._chosen.get(mask)
        if chosen is None:
            bits = mask | self._viewed if mask & self._value else mask
            chosen = tuple(each for number, each in enumerate(self._detectors) if bits >> number & 1)
            if len(self._chosen) < _REMEMBERED:
                self._chosen[mask] = chosen
        return chosen

    def _prefiltered(self, data: bytes) -> dict[int, int]:
        """By Python's own engine the first texts; it needs no preparation."""
        if self._worth >= 0:
            self._worth -= len(data) + _EACH
            if self._worth < 0:
                self.prepare()
        return self._prefilter.lines(data)


_REMEMBERED = 4096
_SHOWN = 200
"""Characters of an endless line that are kept on both sides of a finding."""


def _bits(chosen: Iterable[bool]) -> int:
    return sum(1 << number for number, each in enumerate(chosen) if each)


def _found(detector: Detector, match: Match, number: int, start: int, text: str) -> Found:
    return Found(
        rule=detector.rule,
        kind=detector.kind,
        value=match.value,
        line=number + 1,
        column=start + 1,
        text=text,
        why=match.why,
    )


def _moved(one: Found, first: int, column: int) -> Found:
    if first == 1 and not column:
        return one
    return Found(
        one.rule,
        one.kind,
        one.value,
        one.line + first - 1,
        one.column + (column if one.line == 1 else 0),
        one.text,
        one.why,
    )
