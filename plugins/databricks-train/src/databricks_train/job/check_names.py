"""The fields of a request, against what Databricks' SDK knows of them.

Databricks drops a field that it does not know without a word, and its SDK does too: a `docker_imag` would be
a cluster without the image. The names are not listed here: they are those of the SDK's own types, read when
they are needed.
"""

from __future__ import annotations

import dataclasses
import enum
import keyword
import math
import re
import typing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, cast

from databricks_train.asking.nearest import did_you_mean
from databricks_train.job.substitute import as_text, beneath
from drone_plugin import spell
from drone_plugin.scalars import quoted

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from pydantic import JsonValue

    from databricks_train.job.body import Body

_NUMBER = re.compile(r"-?\d{1,18}(\.\d+)?", re.ASCII)
_INSTEAD = {
    "job_clusters": "write new_cluster in each task; an anchor of YAML shares one",
    "job_cluster_key": "write new_cluster in the task; an anchor of YAML shares one",
    "name": "write run_name",
    "parameters": "write the values where they are used",
    "tags": "write custom_tags in new_cluster",
}
_SET_BY_STEP = {"idempotency_token": "it makes sure that nothing is trained twice"}


@dataclass
class Checked:
    """The body with every value in the kind that its field has, and what is wrong or doubtful about it."""

    body: Body
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def check_names(
    body: Body, endpoint: Literal["submit", "run-now"], place: str, unknown_fields: Collection[str] = ()
) -> Checked:
    """Numbers and truth values become text where that is asked for, and the other way round.

    Fields of `unknown_fields` pass, with a warning.
    """
    # A second to import, which only a step that trains pays for.
    from databricks.sdk.service import jobs  # noqa: PLC0415 - see above

    method = jobs.JobsAPI.submit if endpoint == "submit" else jobs.JobsAPI.run_now
    saved = {**_hints(jobs.JobSettings), **_hints(jobs.Task)} if endpoint == "submit" else {}
    walk = _Walk(Checked(body), saved, frozenset(unknown_fields))
    walk.checked.body = walk.map(body, _hints(method), place)
    taken = (name for name in _SET_BY_STEP if name in body)
    walk.checked.problems += [
        f"{beneath(place, name)}: is set by the step; {_SET_BY_STEP[name]}" for name in taken
    ]
    return walk.checked


def task_fields() -> frozenset[str]:
    """The fields that a task of a one-time run has and the run itself has not."""
    from databricks.sdk.service import jobs  # noqa: PLC0415 - as above

    return frozenset(_hints(jobs.SubmitTask)) - frozenset(_hints(jobs.JobsAPI.submit))


class _Walk:
    """Goes through value and type side by side, and collects."""

    def __init__(self, checked: Checked, saved: Mapping[str, object], unknown: frozenset[str]) -> None:
        self.checked = checked
        self._saved = saved
        self._unknown = unknown

    def map(self, value: Mapping[str, JsonValue], hints: Mapping[str, object], at: str) -> Body:
        """An object of the API."""
        made: Body = {}
        for name, inner in value.items():
            where = beneath(at, name if name.isprintable() and len(name) < 80 else quoted(name))  # noqa: PLR2004 - one line
            if name in hints:
                made[name] = self.value(inner, hints[name], where)
                continue
            made[name] = inner
            if name in self._unknown:
                self.checked.warnings.append(f"{where}: is not known here, and is sent unchecked")
            else:
                self.checked.problems.append(f"{where}: {self._why(name, hints)}")
        return made

    def _why(self, name: str, hints: Mapping[str, object]) -> str:
        if name in self._saved:
            instead = f"; {_INSTEAD[name]}, or use job_id" if name in _INSTEAD else "; use job_id"
            return f"is a field of a saved job, which a one-time run does not have{instead}"
        return f"there is no such field{did_you_mean(name, hints)}"

    def value(self, value: JsonValue, hint: object, at: str) -> JsonValue:
        """A value of any type. An explicit null counts as unset."""
        origin, arguments = typing.get_origin(hint), typing.get_args(hint)
        if origin is typing.Union:
            kinds = [kind for kind in arguments if kind is not type(None)]
            return None if value is None else self.value(value, kinds[0], at)
        if origin is list:
            return self._list(value, arguments[0], at)
        if origin is dict:
            return self._texts(value, arguments[1], at)
        if isinstance(hint, type) and dataclasses.is_dataclass(hint):
            if isinstance(value, dict):
                return self.map(value, _hints(hint), at)
            return self._wrong(value, f"a map ({', '.join(list(_hints(hint))[:4])}, …)", at)
        return self._scalar(value, hint, at)

    def _list(self, value: JsonValue, kind: object, at: str) -> JsonValue:
        if not isinstance(value, list):
            return self._wrong(value, "a list", at)
        return [self.value(item, kind, f"{at}[{number}]") for number, item in enumerate(value)]

    def _texts(self, value: JsonValue, kind: object, at: str) -> JsonValue:
        if not isinstance(value, dict):
            return self._wrong(value, "a map", at)
        return {name: self.value(item, kind, f"{at}.{name}") for name, item in value.items()}

    def _scalar(self, value: JsonValue, hint: object, at: str) -> JsonValue:
        if isinstance(value, dict | list) or value is None:
            words = {str: "text", bool: "true or false", int: "a whole number", float: "a number"}
            return self._wrong(value, words.get(cast("type", hint), "text"), at)
        if hint is bool:
            if isinstance(value, bool) or value in ("true", "false"):
                return value in (True, "true")
            return self._wrong(value, "true or false", at)
        if hint in (int, float):
            return self._number(value, hint, at)
        if isinstance(hint, type) and issubclass(hint, enum.Enum):
            known = [str(one.value) for one in hint]
            if value not in known:
                meant = did_you_mean(str(value), known)
                self.checked.warnings.append(f"{at}: {quoted(spell(value))} is not known here{meant}")
            return as_text(value)
        return as_text(value)

    def _number(self, value: str | float, hint: object, at: str) -> JsonValue:
        if isinstance(value, str) and _NUMBER.fullmatch(value):
            value = float(value) if "." in value else int(value)
        whole = hint is not int or (not isinstance(value, str) and float(value).is_integer())
        if isinstance(value, str | bool) or not math.isfinite(value) or not whole:
            return self._wrong(value, "a whole number" if hint is int else "a number", at)
        return int(value) if hint is int else value

    def _wrong(self, value: JsonValue, wanted: str, at: str) -> JsonValue:
        shown = {dict: "a map", list: "a list", type(None): "nothing"}.get(type(value))
        self.checked.problems.append(f"{at}: is {shown or quoted(spell(value))} where {wanted} is needed")
        return value


def _hints(owner: object) -> dict[str, object]:
    """Names and types of an SDK type's fields, or of a method's arguments: they are the names of the API.

    One that is a word of Python's has an underscore more there (`global_`).
    """
    hints: dict[str, object] = typing.get_type_hints(owner)
    return {
        name[:-1] if keyword.iskeyword(name.removesuffix("_")) else name: hint
        for name, hint in hints.items()
        if name != "return"
    }
