"""A search for many literal texts at once, quick where none of them stands: the usual case of a log."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_Code = Literal["Q", "I", "H"]
"""Numbers of 8, 4 and 2 bytes, in memoryview's words."""

_SIZES: tuple[tuple[int, _Code], ...] = ((8, "Q"), (4, "I"), (2, "H"))

DIRECT = 16
"""So many texts are looked for one by one, which takes 0.2 ns a byte and text; with more, words are."""

_PIECE = 1 << 12
"""Words that are made into numbers at a time: few enough to stay in the processor's cache."""


class Literals:
    """Finds which of the texts that it knows stand in another one.

    Python's own ways are slow for hundreds of texts: a pattern of alternatives tries them at every character,
    and `in` reads the whole text once for each. So the text is read as a row of words of 2, 4 or 8 bytes.
    Wherever a literal of 15 bytes or more stands, it fills one of the 8-byte words, whatever its alignment;
    which words those may be is known beforehand, and one set operation finds out whether there is any.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self._direct: list[str] = []
        self._indexes: list[_Words] = []
        left = set(texts)
        for size, code in _SIZES:
            fit = {text for text in left if len(_encoded(text)) >= 2 * size - 1}
            left -= fit
            if len(fit) > DIRECT:
                self._indexes.append(_Words(fit, size, code))
            else:
                self._direct += fit
        self._direct += left

    def within(self, text: str) -> set[str]:
        """Those that stand in `text`."""
        found = {literal for literal in self._direct if literal in text}
        if self._indexes:
            data = _encoded(text)
            for index in self._indexes:
                found |= {literal for literal in index.candidates(data) if literal in text}
        return found


class _Words:
    """The words that texts of a length fill, and which texts those are."""

    def __init__(self, texts: Iterable[str], size: int, code: _Code) -> None:
        encoded = {text: _encoded(text) for text in texts}
        self._size, self._code = size, code
        # The longer the shortest text is, the fewer words need to be looked at to meet each.
        self._stride = (min(map(len, encoded.values())) - size + 1) // size
        self._texts: defaultdict[int, list[str]] = defaultdict(list)
        for text, data in encoded.items():
            for start in range(self._stride * size):
                word = memoryview(data[start : start + size]).cast(code)[0]
                self._texts[word].append(text)
        self._known = frozenset(self._texts)

    def candidates(self, data: bytes) -> Iterator[str]:
        """The texts of which a word stands in `data`."""
        words = memoryview(data)[: len(data) // self._size * self._size].cast(self._code)[:: self._stride]
        hits: set[int] = set()
        for start in range(0, len(words), _PIECE):
            hits |= self._known.intersection(words[start : start + _PIECE].tolist())
        for word in hits:
            yield from self._texts[word]


def _encoded(text: str) -> bytes:
    """As bytes: any text has some here, so that equal texts have equal bytes."""
    return text.encode("utf-8", "surrogatepass")
