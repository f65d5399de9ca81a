"""What is handed to processes that scan."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGEST_BATCH = 200
"""Jobs of a batch: the place of one fits a byte."""


@dataclass(frozen=True)
class Job:
    """Content to scan."""

    number: int
    path: str
    content: bytes | Iterator[bytes] = field(repr=False)
    """In pieces where it is large: such a job is a batch of its own."""
