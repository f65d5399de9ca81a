"""The report as JSON, for whatever reads it after the step."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from secret_scan.output.blocks import shown_path
from secret_scan.output.fingerprints import fingerprints
from secret_scan.output.mask import masked_line, visible, without

if TYPE_CHECKING:
    from collections.abc import Iterable

    from drone_plugin import Build
    from secret_scan.output.groups import Secret
    from secret_scan.output.result import Result

VERSION: Final = 1


def report_json(result: Result, build: Build) -> str:
    """All secrets with their states; of each no more than the log shows."""
    scanned = result.scanned
    value = {
        "version": VERSION,
        "repository": build.repo.slug,
        "commit": build.commit.sha,
        "build": build.number,
        "scanned": {
            "range": scanned.words,
            "items": scanned.items,
            "bytes": scanned.size,
            "notes": list(scanned.notes),
            "not_scanned": list(scanned.failures),
        },
        "counts": {
            "new": len(result.new),
            "newly_suppressed": len(result.newly),
            "known": len(result.known),
            "suppressed": len(result.suppressed),
            "excluded": len(result.excluded),
        },
        "findings": [
            _finding(secret, mark, result.values(secret))
            for secret, mark in fingerprints(result.all(), result.baseline)
        ],
    }
    return json.dumps(value, indent=1) + "\n"


def _finding(secret: Secret, fingerprint: str, others: Iterable[str]) -> dict[str, str | int]:
    found, item = secret.finding.found, secret.finding.item
    values: dict[str, str | int] = {
        "state": secret.state,
        "note": secret.note,
        "rule": found.rule,
        "kind": found.kind,
        "origin": item.origin,
        "path": shown_path(secret.finding),
        "cell": found.cell,
        "line": found.line,
        "column": found.column,
        "commit": item.commit,
        "author_date": item.author_date,
        "blob": item.blob,
        "text": masked_line(found.text, found.value, found.column, others),
        "why": visible(without(found.why, [found.value])),
        "other_places": len(secret.places),
        "fingerprint": fingerprint,
    }
    return {name: value for name, value in values.items() if value not in {"", 0} or name == "line"}
