"""From names of environment variables to names of settings, and which of the unknown ones are typos."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from drone_plugin.environment import Environment

PREFIX = "PLUGIN_"
NEAR = 2
"""A name within this many edits of a setting is a typo, and a typo must not switch a gate off."""


def canonical(name: str) -> str:
    """The setting's name in lower case: Drone keeps `-` and `.` of a key, Woodpecker turns them into `_`."""
    return name.lower().replace("-", "_").replace(".", "_")


def given(environment: Environment, pinned: Collection[str] = ()) -> tuple[dict[str, str], list[str]]:
    """The settings of a step by canonical name, and the problems: names spelled twice with different values.

    An empty value is as good as none: Drone drops it, the Kubernetes runner and Woodpecker keep it. It is
    returned, so that a message can tell the two apart.

    A `pinned` setting counts under its own spelling alone. A pipeline shuts an injected value out by writing
    the setting, also as `''`; that overlays the variable of this very name, and no other spelling of it.
    """
    settings: dict[str, str] = {}
    spelled: dict[str, str] = {}
    problems = []
    for variable, value in sorted(environment.items()):
        if not variable.upper().startswith(PREFIX):
            continue
        key = variable[len(PREFIX) :]
        name = canonical(key)
        if value and name in pinned and variable != f"{PREFIX}{name.upper()}":
            problems.append(
                f"settings.{name}: comes from {variable}; write {name}, "
                "because under another spelling a build's parameter could bring it in"
            )
            continue
        if settings.get(name) and value and settings[name] != value:
            problems.append(
                f"settings.{name}: given twice, as {spelled[name].lower()} and as {key.lower()}; keep one"
            )
        if value or name not in settings:
            settings[name], spelled[name] = value, key
    return settings, problems


def renamed(
    settings: Mapping[str, str], old: Mapping[str, str], pinned: Collection[str] = ()
) -> tuple[dict[str, str], list[str], list[str]]:
    """The settings under their present names, with warnings and problems; `old` maps old names to new ones.

    Both names with different values are a problem, and so is any old name of a `pinned` setting: a pipeline
    that pins the new name by `''` would leave the old one open to a build's parameters.
    """
    present = {name: text for name, text in settings.items() if name not in old}
    warnings, problems = [], []
    for name, new in old.items():
        text = settings.get(name)
        if text is None:
            continue
        if new in pinned:
            problems.append(f"settings.{name}: is called {new} now; write that")
        elif text and present.get(new) and present[new] != text:
            problems.append(f"settings.{new}: given twice, also by its old name {name}; keep {new}")
        else:
            warnings.append(f"settings.{name} is called {new} now; the old name will not work for ever")
            present[new] = present.get(new) or text
    return present, warnings, problems


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that `name` was probably meant to be, or None."""
    distances = sorted((edits(name, other), other) for other in known)
    if not distances:
        return None
    distance, other = distances[0]
    return other if distance <= NEAR and distance < len(other) else None


def edits(one: str, other: str) -> int:
    """Insertions, deletions, replacements and swaps of neighbours between two names, up to `NEAR + 1`."""
    if abs(len(one) - len(other)) > NEAR:
        return NEAR + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, left in enumerate(one, 1):
        before, previous, row = row, before, [i]
        for j, right in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (left != right))
            if i > 1 and j > 1 and left == other[j - 2] and one[i - 2] == right:
                cost = min(cost, previous[j - 2] + 1)
            row.append(cost)
    return min(row[-1], NEAR + 1)
