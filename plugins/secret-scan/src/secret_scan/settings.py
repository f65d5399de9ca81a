"""What a secret-scan step can be asked for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator

from drone_plugin import CardSettings, setting
from drone_plugin.kinds import Kind
from drone_plugin.report import ReportSettings
from drone_plugin.values import Glob, WorkspacePath
from secret_scan.custom import CustomDetector

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drone_plugin.environment import Environment

_RULE = re.compile(r"[a-z0-9][a-z0-9-]*(?::(?!/)(?!.*\.\.).+)?")


def _rule(text: str) -> str:
    if not _RULE.fullmatch(text):
        raise ValueError("is no rule; write it as a finding names it, or with a glob: jwt:docs/**")
    return text


RuleGlob = Annotated[str, AfterValidator(_rule), Kind("rule", "rules")]
"""A rule by its id, and behind a colon the paths that are meant."""


class ScanSettings(ReportSettings, CardSettings):
    """Settings of secret-scan."""

    @classmethod
    def secret_texts(cls, environment: Environment) -> Iterator[str]:
        """Also what stands in the texts of the build: the first line of the log has its branch."""
        yield from super().secret_texts(environment)
        from secret_scan.build_texts import secrets_of_build  # noqa: PLC0415 - it brings all detectors

        yield from secrets_of_build(environment)

    scan: Literal["changes", "tree", "history"] = setting(
        "changes",
        "What is scanned. `changes`: all that the build brings, every version of every file, commit messages "
        "and names. `tree`: every file of the workspace. `history`: everything that can be reached.",
        example="tree",
        pin=True,
    )
    fail_on: Literal["new", "suppressed"] = setting(
        "new",
        "What fails the step: `new` secrets; with `suppressed` also those that a pull request brings and "
        "allows itself, by a comment or an entry in the baseline.",
        example="suppressed",
        pin=True,
    )
    exclude: tuple[Glob, ...] = setting(
        (),
        "Paths that are not scanned, as globs relative to the workspace; `**` crosses folders.",
        example="tests/data/**, docs/*.md",
        pin=True,
    )
    exclude_rules: tuple[RuleGlob, ...] = setting(
        (),
        "Rules whose findings do not count, everywhere or, behind a colon, in the paths of a glob.",
        example="secret-keyword:tests/**, json-web-token",
        pin=True,
    )
    detectors: tuple[CustomDetector, ...] = setting(
        (),
        "Detectors of your own: each a `name`, a `regex` (a group in it is the secret) and, as you like, "
        "`keywords` (one is in every line with such a token), the least `entropy` in bits a character, and "
        "an `example` in which it must find something. A regex that can take very long is refused.",
        example='[{name: acme-token, regex: "acme_[0-9a-f]{32}", keywords: [acme_]}]',
    )
    baseline: tuple[WorkspacePath, ...] = setting(
        (".secret-scan.json", ".secrets.baseline"),
        "Files of accepted findings: ours, which `secret-scan audit` writes, and those of detect-secrets. On "
        "a pull request they count as they are at the merge base.",
        example="ci/secrets.json",
        pin=True,
    )
    json_file: WorkspacePath = setting(
        ".drone-ml/secret-scan.json",
        "Where the report is written as JSON; outside of a build only when it is set.",
        example="reports/secrets.json",
    )
    sarif_file: WorkspacePath = setting(
        ".drone-ml/secret-scan.sarif",
        "Where the report is written as SARIF 2.1.0; outside of a build only when it is set.",
        example="reports/secrets.sarif",
    )
