"""What tells one finding from another in a report, from build to build, and tells nothing of the secret."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from secret_scan.accepted.baseline import hashed, path_of
from secret_scan.output.mask import without

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from secret_scan.accepted.baseline import Baseline
    from secret_scan.output.groups import Secret


def fingerprints(secrets: Iterable[Secret], baseline: Baseline | None) -> Iterator[tuple[Secret, str]]:
    """Each secret with its fingerprint: the hash of the baseline, whose salt is not in the report.

    Without a baseline there is no salt, and a hash of the value alone could be tried out against a list of
    passwords. Then it is path, rule and the how manieth of them it is.
    """
    seen: dict[tuple[str, str], int] = {}
    for secret in secrets:
        finding = secret.finding
        if baseline is not None and baseline.salts:
            yield secret, hashed(baseline.salts[0], finding)
            continue
        key = (without(path_of(finding.item), [finding.found.value]), finding.found.rule)
        seen[key] = seen.get(key, 0) + 1
        yield secret, hashlib.sha256(json.dumps([*key, seen[key]]).encode()).hexdigest()
