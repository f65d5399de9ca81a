"""Which setting may be meant by a name that is no typo: it has other words for the same, or more or fewer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST: Final = 3
"""More candidates than this are no help."""
_SHORTEST: Final = 3
"""Letters that the beginning of a name must have to stand for the whole."""

_SAME: Final = (
    "argument arg param parameter",
    "command cmd",
    "config cfg conf configuration",
    "destination dest target",
    "directory dir folder",
    "environment env variable var",
    "exclude ignore skip",
    "host address server uri url",
    "image img",
    "level debug verbose verbosity",
    "message msg",
    "password pass passwd pwd",
    "repository repo",
    "source src",
    "user login username",
)
_WORDS: Final = {word: words.split()[0] for words in _SAME for word in words.split()}


def resembling(name: str, known: Iterable[str]) -> list[str]:
    """The names of `known` that `name` may mean, of the likeliest kind alone; none where they are many.

    Same words (`build_env`, `build_environment`), then the same beginning (`repo_name`, `repo`), then words
    of which the other name has more (`access_token`, `token`).
    """
    settings = sorted(known)
    words = _words(name)
    likenesses = (
        [other for other in settings if _words(other) == words],
        [other for other in settings if _begins(name, other) or _begins(other, name)],
        [other for other in settings if _words(other) < words or words < _words(other)],
    )
    found: list[str] = next(filter(None, likenesses), [])
    return found if len(found) <= MOST else []


def _begins(beginning: str, whole: str) -> bool:
    return len(beginning) >= _SHORTEST and whole.startswith(beginning)


def _words(name: str) -> frozenset[str]:
    singular = (word if word.endswith("ss") else word.removesuffix("s") for word in name.split("_") if word)
    return frozenset(_WORDS.get(word, word) for word in singular)
