"""`${name}` in the texts of a job: named values are put in, and nothing is evaluated.

It happens in two passes. `prepare` puts in what a plan is made of and leaves a template, in which the names
of one run (`${mlflow.run_id}`) still stand; `finish` puts those in. What the first pass put in is written so
that the second never takes it for a name: a value is data, whatever it looks like.

`$${` stands for a `${` of one's own. Databricks' references, `{{secrets/…}}` and `{{job.…}}`, are left alone;
a value that would make one is refused, because Databricks would expand it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias, TypeGuard

from databricks_train.asking.nearest import did_you_mean
from drone_plugin import SettingsError
from drone_plugin.decode import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from pydantic import JsonValue

Scalar: TypeAlias = "str | int | float | bool"

_REFERENCE = re.compile(r"\$\$\{|\$\{([^{}]*)(\}?)")
_ESCAPE = "$${"
_DOLLAR = "$"
"""The name that stands for a dollar sign of a value in a template."""


class SubstitutionError(ValueError):
    """A text whose references cannot be followed; the message fits after the text's place."""


def prepare(
    value: JsonValue,
    known: Mapping[str, Scalar],
    later: Callable[[str], bool],
    place: str,
    examples: Collection[str] = (),
) -> JsonValue:
    """`value` as a template: the names of `known` are put in, those that `later` accepts are left.

    A text that is one reference and nothing else becomes the value itself, so that a number stays one.
    `examples` are names that `later` accepts, for messages. Raises SettingsError with every text that cannot
    be taken, each with its place.
    """

    def one(text: str) -> JsonValue:
        found = _REFERENCE.fullmatch(text)
        if found and found[0] != _ESCAPE and found[1] in known and not isinstance(known[found[1]], str):
            return known[found[1]]
        return _replaced(text, lambda name: _named(name, known, later, examples))

    return _mapped(value, one, (*known, *examples), place)


def finish(template: JsonValue, scoped: Mapping[str, str], place: str = "job") -> JsonValue:
    """The template with the names of one run put in. Raises SettingsError for one that `scoped` lacks."""

    def put(name: str) -> str:
        if name == _DOLLAR:
            return _DOLLAR
        if name not in scoped:
            raise SubstitutionError(f"${{{name}}} has no value in this run")
        return scoped[name]

    def one(text: str) -> JsonValue:
        return _replaced(text, put, keep_escapes=False)

    return _mapped(template, one, scoped, place)


def as_template(text: str) -> str:
    """A text that `finish` gives back as it is."""
    return text.replace(_DOLLAR, f"${{{_DOLLAR}}}")


def as_text(value: Scalar) -> str:
    """A value within a text: as JSON writes it, without quotes."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else repr(value)


def beneath(place: str, key: str) -> str:
    """How a message names the field `key` of a place; one that ends in `: ` is a file."""
    return f"{place}{key}" if place.endswith(": ") else f"{place}.{key}"


def is_scalar(value: JsonValue) -> TypeGuard[Scalar]:
    """Whether the value is neither a list nor a map nor nothing."""
    return isinstance(value, str | int | float)


def names_in(template: JsonValue) -> set[str]:
    """Every name that the template's texts still refer to."""
    if isinstance(template, dict):
        return {name for inner in template.values() for name in names_in(inner)}
    if isinstance(template, list):
        return {name for inner in template for name in names_in(inner)}
    if not isinstance(template, str):
        return set()
    return {found[1] for found in _REFERENCE.finditer(template) if found[0] != _ESCAPE} - {_DOLLAR}


def _named(
    name: str, known: Mapping[str, Scalar], later: Callable[[str], bool], examples: Collection[str]
) -> str:
    if name in known:
        return as_template(as_text(known[name]))
    if later(name) or name == _DOLLAR:
        return f"${{{name}}}"
    raise SubstitutionError(
        f"there is no ${{{quoted(name)[1:-1]}}}{did_you_mean(name, (*known, *examples), '${{{}}}')}"
    )


def _replaced(text: str, put: Callable[[str], str], *, keep_escapes: bool = True) -> str:
    """`text` with what `put` says for each name. The values are never looked at again.

    Raises SubstitutionError where a brace is not closed, and where a value makes a `{{` of Databricks'.
    """
    pieces: list[str] = []
    end = 0
    filled: list[tuple[int, int]] = []
    for found in _REFERENCE.finditer(text):
        pieces.append(text[end : found.start()])
        end = found.end()
        if found[0] == _ESCAPE:
            pieces.append(_ESCAPE if keep_escapes else _ESCAPE[1:])
            continue
        if not found[2]:
            raise SubstitutionError(f"{quoted(found[0], 30)} is not closed; write $${{ for a ${{ of your own")
        value = put(found[1])
        if value != found[0]:
            start = sum(map(len, pieces))
            filled.append((start, start + len(value)))
        pieces.append(value)
    made = "".join([*pieces, text[end:]])
    # One character to either side: a brace of the text and one of the value make a pair, too.
    if any("{{" in made[max(0, start - 1) : stop + 1] for start, stop in filled):
        raise SubstitutionError("a value puts {{ into it, which Databricks would expand")
    return made


def _mapped(
    value: JsonValue, one: Callable[[str], JsonValue], known: Collection[str], place: str
) -> JsonValue:
    """`value` with each of its texts replaced; keys stay. All problems are raised together."""
    problems: list[str] = []

    def walk(inner: JsonValue, at: str) -> JsonValue:
        if isinstance(inner, dict):
            problems.extend(
                f"{beneath(at, quoted(key))}: names are not substituted, only values"
                for key in inner
                if "${" in key
            )
            return {key: walk(item, beneath(at, key)) for key, item in inner.items()}
        if isinstance(inner, list):
            return [walk(item, f"{at}[{number}]") for number, item in enumerate(inner)]
        if not isinstance(inner, str):
            return inner
        try:
            return one(inner)
        except SubstitutionError as error:
            problems.append(f"{at}: {error}")
            return inner

    made = walk(value, place)
    if problems:
        listed = ", ".join(f"${{{name}}}" for name in sorted(known))
        raise SettingsError(problems, hint=f"known are {listed}; $${{ stands for a ${{ of your own")
    return made
