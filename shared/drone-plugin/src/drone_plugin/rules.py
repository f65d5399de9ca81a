"""Which settings go together, exclude one another, or need one another.

A setting counts as set when its value is not its default.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection


@dataclass(frozen=True)
class Rule:
    """A rule between settings, declared in the `rules` of a Settings class."""

    names: tuple[str, ...]
    meaning: str
    """The sentence of the settings reference."""
    complaint: Callable[[Collection[str]], str]
    """What is wrong when the settings of this collection are set; empty where nothing is."""
    asks: bool = True
    """Whether more settings can mend it: one that is withheld then matters only where there is work to do."""
    late: bool = False
    """Whether it is looked at only once there is something to do, whatever its settings are."""


def together(*names: str, late: bool = False) -> Rule:
    """All of them or none: `together("username", "password")`. `late` waits until there is work to do."""

    def complaint(given: Collection[str]) -> str:
        if len(given) in {0, len(names)}:
            return ""
        missing = [name for name in names if name not in given]
        if len(names) == 2:  # noqa: PLR2004 - the usual pair
            return f"{_settings(names)}: one is set without the other"
        return f"{_settings(names)}: go together, but {_words(missing)} {_are(missing)} not set"

    return Rule(names, f"{_code(names)} go together.", complaint, late=late)


def only_one(*names: str) -> Rule:
    """At most one of them: `only_one("image", "image_file")`."""

    def complaint(given: Collection[str]) -> str:
        chosen = [name for name in names if name in given]
        return f"{_settings(chosen)}: only one of them may be set" if len(chosen) > 1 else ""

    return Rule(names, f"Of {_code(names)} only one may be set.", complaint, asks=False)


def needs(name: str, *others: str) -> Rule:
    """Where the first is set, the others must be: `needs("role", "account")`."""

    def complaint(given: Collection[str]) -> str:
        missing = [other for other in others if other not in given]
        return f"settings.{name}: needs {_words(missing)} to be set, too" if name in given and missing else ""

    return Rule((name, *others), f"{_code((name,))} needs {_code(others)}.", complaint)


def any_of(*names: str) -> Rule:
    """At least one of them, once there is something to do: `any_of("token", "password")`."""

    def complaint(given: Collection[str]) -> str:
        return "" if given else f"{_settings(names, 'or')}: one of them is required"

    return Rule(names, f"One of {_code(names)} is required.", complaint, late=True)


def _settings(names: Collection[str], word: str = "and") -> str:
    return _words([f"settings.{name}" for name in names], word)


def _code(names: Collection[str]) -> str:
    return _words([f"`{name}`" for name in names])


def _words(words: Collection[str], word: str = "and") -> str:
    *most, last = words
    return f"{', '.join(most)} {word} {last}" if most else last


def _are(words: Collection[str]) -> str:
    return "are" if len(words) > 1 else "is"
