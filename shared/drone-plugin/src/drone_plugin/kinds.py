"""What a setting's type is called in the reference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, get_args, get_origin


@dataclass(frozen=True)
class Kind:
    """Metadata of an `Annotated` type: its name in the reference, for one value and for a list of them."""

    one: str
    many: str
    maps: bool = False
    """Whether the text may also be written as a map, which runners encode as JSON."""


def kind_of(annotation: object) -> Kind | None:
    """The kind that an annotation names, also where it is optional."""
    if get_origin(annotation) is Annotated:
        named = [extra for extra in get_args(annotation)[1:] if isinstance(extra, Kind)]
        if named:
            return named[-1]
    return next(filter(None, map(kind_of, get_args(annotation))), None)
