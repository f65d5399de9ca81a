"""What is a secret: every detector, and how their findings on a line are settled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secret_scan.detectors.assignment import ASSIGNMENT
from secret_scan.detectors.base import LOOK_AHEAD, Detector, Form, Line, Match
from secret_scan.detectors.blocks import BLOCKS
from secret_scan.detectors.chance import CHANCE
from secret_scan.detectors.decoding import decoding_detectors
from secret_scan.detectors.forms import FORMS
from secret_scan.detectors.named import NAMED, NamedDetector
from secret_scan.detectors.settle import find_in_line
from secret_scan.detectors.structured import STRUCTURED
from secret_scan.detectors.urls import URLS

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["LOOK_AHEAD", "Detector", "Form", "Line", "Match", "all_detectors", "find_in_line"]

_OWN: tuple[Detector, ...] = (
    *BLOCKS,
    *map(Detector, FORMS),
    *STRUCTURED,
    *map(NamedDetector, NAMED),
    *URLS,
    ASSIGNMENT,
    *CHANCE,
)


def all_detectors(custom: Sequence[Detector] = ()) -> tuple[Detector, ...]:
    """Every detector, those of the settings first: of two findings at one place the first one's counts."""
    plain = (*custom, *_OWN)
    return (*plain, *decoding_detectors(plain))
