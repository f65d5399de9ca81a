"""`.secrets.baseline` of detect-secrets, read for what it accepts, not for what it would load."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from drone_plugin.json_text import json_value
from secret_scan.accepted.baseline import BaselineError, path_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import JsonValue

    from secret_scan.values import Finding

THEIRS: Final = ".secrets.baseline"

_CONSTANTS: Final = (
    "",
    *("ghp", "gho", "ghu", "ghs", "ghr"),
    *("glpat", "gldt", "glft", "glsoat", "glrt"),
    *(f"{number:02x}_" for number in range(256)),  # a partition in GitLab's job tokens
    *(
        f"BEGIN {kind}PRIVATE KEY{end}"
        for kind in ("", "RSA ", "DSA ", "EC ", "OPENSSH ", "PGP ", "SSH2 ENCRYPTED ", "ENCRYPTED ")
        for end in ("", " BLOCK")
    ),
    "PuTTY-User-Key-File-2",
)
_SHA1 = re.compile(r"[0-9a-f]{40}")


def sha1(text: str) -> str:
    """How detect-secrets names a secret."""
    return hashlib.sha1(text.encode("utf-8", "surrogateescape")).hexdigest()  # noqa: S324 - its choice


_CONSTANT_HASHES: Final = frozenset(map(sha1, _CONSTANTS))
"""detect-secrets hashes a part of these that all of their kind have: of a GitHub token its `ghp`. An entry
with such a hash would let every other token of that file through (its issue 858)."""


@dataclass(frozen=True)
class TheirBaseline:
    """The pairs of path and hash that it accepts."""

    accepted: frozenset[tuple[str, str]] = frozenset()
    warnings: tuple[str, ...] = ()
    hashes: frozenset[str] = frozenset()
    """All that stand in it."""

    def covers(self, finding: Finding) -> bool:
        """Whether this very value is accepted at this path, whatever the plugin is called there."""
        return (path_of(finding.item), sha1(finding.found.value)) in self.accepted


def parse(text: str) -> TheirBaseline:
    """What the file accepts. Raises BaselineError."""
    value = json_value(text, as_text=False)
    results = value.get("results") if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(results, dict):
        raise BaselineError('it has no "results"')
    pairs = [(path, made) for path, entries in results.items() for made in _hashes(entries)]
    constant = [path for path, made in pairs if made in _CONSTANT_HASHES]
    warnings = []
    if constant:
        places = "1 entry" if len(constant) == 1 else f"{len(constant)} entries"
        warnings.append(
            f"{places} of it would let every token of a kind through, and cover nothing here "
            f"(the first is of {constant[0]!a}): accept the findings anew with `secret-scan audit`"
        )
    if _widens(value):
        warnings.append(
            "its plugins of files and its filters by pattern are not taken over: "
            "custom detectors and exclusions are settings of this step"
        )
    kept = frozenset(pair for pair in pairs if pair[1] not in _CONSTANT_HASHES)
    return TheirBaseline(kept, tuple(warnings), frozenset(made for _, made in pairs))


def _hashes(entries: JsonValue) -> Iterator[str]:
    for entry in entries if isinstance(entries, list) else ():
        made = entry.get("hashed_secret") if isinstance(entry, dict) else None
        if isinstance(made, str) and _SHA1.fullmatch(made):
            yield made


def _widens(value: dict[str, JsonValue]) -> bool:
    """Whether it names code to load, or paths and lines to leave out."""
    parts = [item for name in ("plugins_used", "filters_used") for item in _objects(value.get(name))]
    return any("pattern" in item or str(item.get("path", "")).startswith("file:") for item in parts)


def _objects(value: JsonValue) -> Iterator[dict[str, JsonValue]]:
    for item in value if isinstance(value, list) else ():
        if isinstance(item, dict):
            yield item
