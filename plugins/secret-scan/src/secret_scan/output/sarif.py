"""The report as SARIF 2.1.0, which code-scanning pages and editors show. No secret is in it."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Final, TypeAlias
from urllib.parse import quote

from secret_scan.output.blocks import origin, shown_path
from secret_scan.output.fingerprints import fingerprints
from secret_scan.output.mask import masked_line, visible, without

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from drone_plugin import Build
    from secret_scan.output.groups import Secret
    from secret_scan.output.result import Result
    from secret_scan.values import Finding

Json: TypeAlias = "str | int | bool | Sequence[Json] | Mapping[str, Json]"

SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
FINGERPRINT: Final = "secretScan/v1"
_ADVICE: Final = (
    "Revoke the secret now. Removing the line is not enough: it stays in the history, and in every clone."
)
_IN_SOURCE: Final = {"suppressed", "newly suppressed"}


def report_sarif(result: Result, build: Build, version: str) -> str:
    """One run. What is excluded by a setting was not asked for, and is left out."""
    secrets = [pair for pair in fingerprints(result.all(), result.baseline) if pair[0].state != "excluded"]
    kinds = dict(sorted((one.finding.found.rule, one.finding.found.kind) for one, _ in secrets))
    rules = list(kinds)
    run: dict[str, Json] = {
        "tool": {
            "driver": {
                "name": "secret-scan",
                "version": version,
                "rules": [_rule(rule, kind) for rule, kind in kinds.items()],
            }
        },
        "invocations": [
            {
                "executionSuccessful": not result.scanned.failures,
                "toolExecutionNotifications": [
                    {"level": level, "message": {"text": visible(text)}}
                    for level, texts in (("note", result.scanned.notes), ("error", result.scanned.failures))
                    for text in texts
                ],
            }
        ],
        "columnKind": "unicodeCodePoints",
        "results": [
            _result(one, mark, rules.index(one.finding.found.rule), result.values(one))
            for one, mark in secrets
        ],
    }
    if build.repo.link and build.commit.sha:
        run["versionControlProvenance"] = [
            {"repositoryUri": build.repo.link, "revisionId": build.commit.sha, "branch": build.commit.branch}
        ]
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1) + "\n"


def _rule(rule: str, kind: str) -> dict[str, Json]:
    return {
        "id": rule,
        "shortDescription": {"text": kind},
        "help": {"text": _ADVICE},
        "defaultConfiguration": {"level": "error"},
        "properties": {"tags": ["security", "secret"]},
    }


def _result(secret: Secret, fingerprint: str, index: int, others: Iterable[str]) -> dict[str, Json]:
    finding = secret.finding
    found = finding.found
    known = secret.state != "new"
    where = origin(finding)
    text = f"{found.kind}: {without(found.why, [found.value])}{f' ({where})' if where else ''}. {_ADVICE}"
    made: dict[str, Json] = {
        "ruleId": found.rule,
        "ruleIndex": index,
        "level": "note" if known else "error",
        "message": {"text": visible(text)},
        "locations": [_location(finding, others)],
        "partialFingerprints": {FINGERPRINT: fingerprint},
        "baselineState": "unchanged" if secret.state in {"known", "suppressed"} else "new",
    }
    if known:
        kind = "inSource" if secret.state in _IN_SOURCE else "external"
        made["suppressions"] = [{"kind": kind, "justification": visible(secret.note)}]
    if finding.item.commit:
        made["properties"] = {"commit": finding.item.commit, "authorDate": finding.item.author_date}
    return made


def _location(finding: Finding, others: Iterable[str]) -> dict[str, Json]:
    """A place in a file. Lines of a cell are none of the file; messages and refs are in no file."""
    item, found = finding.item, finding.found
    if item.origin not in {"file", "blob", "name"}:
        return {"logicalLocations": [{"name": shown_path(finding), "kind": item.origin}]}
    path = without(item.path, [found.value])
    file: dict[str, Json] = {
        "artifactLocation": {"uri": quote(os.fsencode(path)), "uriBaseId": "%SRCROOT%"},
    }
    if found.cell:
        return {"physicalLocation": file, "logicalLocations": [{"name": visible(found.cell), "kind": "cell"}]}
    if item.origin != "name":
        file["region"] = _region(finding, others)
    return {"physicalLocation": file}


def _region(finding: Finding, others: Iterable[str]) -> dict[str, Json]:
    found = finding.found
    region: dict[str, Json] = {"startLine": found.line, "startColumn": found.column}
    text = masked_line(found.text, found.value, found.column, others)
    return {**region, "snippet": {"text": text}} if text else region
