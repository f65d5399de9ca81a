"""Secrets taken out of what will be JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

Json: TypeAlias = "str | int | float | bool | Sequence[Json] | Mapping[str, Json] | None"


def masked(value: Json, mask: Callable[[str], str]) -> Json:
    """`value` with every text in it, keys too, as `mask` leaves it.

    Each text by itself: within JSON, a secret with quotes in it would be spelled differently.
    """
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, Mapping):
        return {mask(name): masked(item, mask) for name, item in value.items()}
    if isinstance(value, Sequence):
        return [masked(item, mask) for item in value]
    return value
