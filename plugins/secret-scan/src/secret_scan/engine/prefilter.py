"""Which lines of a text can hold a finding of which rules: one pass, by Hyperscan or by `re`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from secret_scan.engine.triggers import Trigger


class Prefilter(Protocol):
    """Looks for triggers."""

    def lines(self, data: bytes) -> dict[int, int]:
        """By where a line with a trigger begins: its rules, a bit each, the first rule in the lowest bit."""


class PlainPrefilter:
    """With Python's `re`: the literals of a trigger say quickly that it is in no line of a text."""

    def __init__(self, triggers: Sequence[Sequence[Trigger]]) -> None:
        self._triggers = [
            (1 << number, trigger) for number, of_rule in enumerate(triggers) for trigger in of_rule
        ]

    def lines(self, data: bytes) -> dict[int, int]:
        """See Prefilter."""
        lower = data.lower()
        found: dict[int, int] = {}
        for bit, trigger in self._triggers:
            if trigger.literals and not any(text in lower for text in trigger.literals):
                continue
            search = trigger.compiled.search
            place = 0
            while match := search(data, place):
                start = data.rfind(b"\n", 0, match.start()) + 1
                found[start] = found.get(start, 0) | bit
                place = data.find(b"\n", match.end())
                if place < 0:
                    break
        return found


class HyperscanPrefilter:
    """With Hyperscan: all triggers in one pass. Raises ImportError where it is not installed."""

    def __init__(self, triggers: Sequence[Sequence[Trigger]]) -> None:
        import hyperscan  # type: ignore[import-not-found, unused-ignore]  # noqa: PLC0415 - see above

        self._database = hyperscan.Database()
        entries = [
            (
                trigger.pattern,
                hyperscan.HS_FLAG_MULTILINE | (0 if trigger.cased else hyperscan.HS_FLAG_CASELESS),
                1 << number,
            )
            for number, of_rule in enumerate(triggers)
            for trigger in of_rule
        ]
        self._bits = [bit for _, _, bit in entries]
        self._database.compile(
            expressions=[expression for expression, _, _ in entries],
            ids=list(range(len(entries))),
            elements=len(entries),
            flags=[flags for _, flags, _ in entries],
        )

    def lines(self, data: bytes) -> dict[int, int]:
        """See Prefilter."""
        found: dict[int, int] = {}
        bits = self._bits
        start, end = 0, -1  # of the line of the match before this one

        def matched(number: int, _start: int, to: int, _flags: int, _context: object) -> None:
            nonlocal start, end
            if not start < to <= end:
                start = data.rfind(b"\n", 0, to) + 1
                end = data.find(b"\n", to)
                if end < 0:
                    end = len(data)
            found[start] = found.get(start, 0) | bits[number]

        if data:
            self._database.scan(data, match_event_handler=matched)
        return found
