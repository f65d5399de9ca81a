"""One secret, one finding: several detectors may see the same one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from secret_scan.detectors.base import Detector, Line, Match


def find_in_line(line: Line, detectors: Iterable[Detector]) -> list[tuple[Detector, Match]]:
    """The secrets of a line, by place, each once.

    Of findings that overlap, the one of a detector that knows the form goes before one that guesses; then the
    detector that comes first. Detectors whose keywords the line has not may be left out: they find nothing.
    """
    kept: list[tuple[Detector, Match]] = []
    lower = line.text.lower()
    if line.before:
        lower += line.before.lower()
    candidates = [
        detector
        for detector in detectors
        if not detector.keywords or any(keyword in lower for keyword in detector.keywords)
    ]
    for detector in sorted(candidates, key=lambda each: each.generic):
        for match in detector.find(line):
            if not any(match.start < other.end and other.start < match.end for _, other in kept):
                kept.append((match.by or detector, match))
    return sorted(kept, key=lambda pair: pair[1].start)
