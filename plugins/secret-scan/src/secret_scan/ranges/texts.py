"""Numbers and names as people read them."""

from __future__ import annotations


def counted(number: int, thing: str) -> str:
    """`1 commit`, `2 commits`."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def short(commit: str) -> str:
    """The first eight digits."""
    return commit[:8]
