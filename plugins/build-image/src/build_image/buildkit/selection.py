"""The part of a tree that the engine asks for.

Source: tonistiigi/fsutil filter.go. A path that a pattern names is taken with all that is below it, and
with the folders that it is in, whether these are named or not.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING

from build_image.context.ignore import Ignore, Pattern
from build_image.context.patterns import PatternError, compiled

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from build_image.buildkit.tree import Stat
    from build_image.context.ignore import ByPattern


@dataclass(slots=True)
class _Folder:
    """A folder that the walk is in."""

    entry: Stat
    start: str
    included: ByPattern
    excluded: ByPattern
    is_told: bool


def select(entries: Iterable[Stat], includes: Sequence[str], excludes: Sequence[str]) -> Iterator[Stat]:
    """The entries that a pattern of `includes` names and none of `excludes` does; no includes are all.

    Raises PatternError for a pattern that the builder would not take.
    """
    including, excluding = _patterns(includes), _patterns(excludes)
    if not including.patterns and not excluding.patterns:
        return iter(entries)
    return _select(entries, including, excluding)


def _select(entries: Iterable[Stat], including: Ignore, excluding: Ignore) -> Iterator[Stat]:
    above: list[_Folder] = []
    for entry in entries:
        while above and not entry.path.startswith(above[-1].start):
            above.pop()
        parent = above[-1] if above else None
        is_in, included = including.look(entry.path, parent.included if parent else ())
        is_out, excluded = excluding.look(entry.path, parent.excluded if parent else ())
        is_taken = (is_in or not including.patterns) and not is_out
        if is_taken:
            for folder in above:
                if not folder.is_told:
                    folder.is_told = True
                    yield folder.entry
            yield entry
        if entry.is_folder:
            above.append(_Folder(entry, f"{entry.path}/", included, excluded, is_taken))


def _patterns(texts: Iterable[str]) -> Ignore:
    return Ignore(_pattern(text.strip()) for text in texts if text.strip())


def _pattern(text: str) -> Pattern:
    cleaned = posixpath.normpath(text).strip("/")
    is_exception = cleaned.startswith("!")
    cleaned = cleaned[is_exception:]
    if not cleaned:
        raise PatternError("is an exception without a pattern")
    return Pattern(cleaned, is_exception, compiled(cleaned))
