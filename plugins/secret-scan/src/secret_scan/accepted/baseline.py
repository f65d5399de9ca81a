"""Our baseline: findings that somebody has looked at, told apart by a salted hash and by nothing that moves.

No line number and no time: the file changes only when somebody accepts a finding, and a squash or a rebase
changes nothing in it. An entry is a line that means the same wherever it stands, and their order is that of
the hashes, which scatters what two branches add. A `null` ends the list, so that every entry ends in a comma:
with `merge=union` two baselines, each begun on its own, merge into one that has the entries of both.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Literal, cast, get_args

from drone_plugin.json_text import json_value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import JsonValue

    from secret_scan.values import Finding, Item

BASELINE: Final = ".secret-scan.json"
LARGEST: Final = 16 * 2**20
"""Bytes of a baseline: with more, it is no baseline."""
MOST_SALTS: Final = 16
"""Each costs a hash per finding. More than one comes of merging branches that each began a baseline."""

Label = Literal["false", "revoked", "accepted"]
"""No secret at all; one that opens nothing any more; one that is meant to be there."""
LABELS: Final[tuple[Label, ...]] = get_args(Label)

_HEX = re.compile(r"[0-9a-f]{32,64}")
_ABOUT = "findings of secret-scan that were looked at; written by `secret-scan audit`"


class BaselineError(Exception):
    """The file is no baseline of this kind; the message says why."""


@dataclass(frozen=True)
class Entry:
    """An accepted finding. Rule and path are for people: they are part of the hash."""

    hash: str
    rule: str
    path: str
    label: Label
    reason: str


@dataclass(frozen=True)
class Baseline:
    """The accepted findings of a repository."""

    salts: tuple[str, ...] = ()
    entries: Mapping[str, Entry] = field(default_factory=dict)

    def entry(self, finding: Finding) -> Entry | None:
        """The entry of this finding: of this value, at this path, found by this rule."""
        hashes = (hashed(salt, finding) for salt in self.salts)
        return next((self.entries[made] for made in hashes if made in self.entries), None)

    def with_salt(self) -> Baseline:
        """The same, able to take entries."""
        return self if self.salts else replace(self, salts=(secrets.token_hex(16),))

    def accept(self, finding: Finding, label: Label, reason: str, *, path: str) -> Baseline:
        """The same with an entry for `finding`; `path` is what people see of its path."""
        salted = self.with_salt()
        entry = Entry(hashed(salted.salts[0], finding), finding.found.rule, path, label, reason)
        return replace(salted, entries={**salted.entries, entry.hash: entry})

    def text(self) -> str:
        """The file: the same for the same entries, whatever their history."""
        lines = [json.dumps({"about": _ABOUT}), *(json.dumps({"salt": salt}) for salt in self.salts)]
        lines += [line(self.entries[key]) for key in sorted(self.entries)]
        return "".join(["[\n", *(f"{one},\n" for one in lines), "null\n]\n"])


def line(entry: Entry) -> str:
    """The entry as it stands in the file."""
    return json.dumps(
        {
            "hash": entry.hash,
            "rule": entry.rule,
            "path": entry.path,
            "label": entry.label,
            "reason": entry.reason,
        }
    )


def path_of(item: Item) -> str:
    """The path that a finding is known by. Messages and refs have none that would survive a rebase."""
    return item.path if item.origin in {"file", "blob", "name"} else f"({item.origin})"


def hashed(salt: str, finding: Finding) -> str:
    """What a finding is told from all others by, in hexadecimal."""
    of = [finding.found.value, path_of(finding.item), finding.found.rule]
    return hmac.new(salt.encode(), json.dumps(of).encode(), hashlib.sha256).hexdigest()


def parse(text: str) -> Baseline:
    """The baseline that a file holds. Raises BaselineError."""
    value = json_value(text, as_text=False)
    if not isinstance(value, list):
        raise BaselineError("it is no list in JSON")
    items = [_texts(item) for item in value if item is not None]
    salts = tuple(dict.fromkeys(item["salt"] for item in items if _HEX.fullmatch(item.get("salt", ""))))
    if len(salts) > MOST_SALTS:
        raise BaselineError(f"it has more than {MOST_SALTS} salts")
    entries = [_entry(item) for item in items if "hash" in item]
    return Baseline(salts, {entry.hash: entry for entry in entries})


def _texts(item: JsonValue) -> dict[str, str]:
    if not isinstance(item, dict) or not all(isinstance(text, str) for text in item.values()):
        raise BaselineError("an item of the list is no object of texts")
    return cast("dict[str, str]", item)


def _entry(texts: Mapping[str, str]) -> Entry:
    label = next((label for label in LABELS if label == texts.get("label")), None)
    if not _HEX.fullmatch(texts["hash"]) or label is None:
        raise BaselineError(f"an entry lacks its hash, or a label of {', '.join(LABELS)}")
    return Entry(texts["hash"], texts.get("rule", ""), texts.get("path", ""), label, texts.get("reason", ""))
