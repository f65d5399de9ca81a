"""What a secret-scan step can be asked for."""

from __future__ import annotations

from drone_plugin import CardSettings, setting
from drone_plugin.globs import Glob
from drone_plugin.report import ReportSettings


class ScanSettings(ReportSettings, CardSettings):
    """Settings of secret-scan."""

    exclude: tuple[Glob, ...] = setting(
        (),
        "Paths that are not scanned, as globs relative to the workspace; `**` crosses folders. One secret on "
        "a line is allowed by the comment `pragma: allowlist secret` on it.",
        example="tests/data/**, docs/*.md",
        pin=True,
    )
