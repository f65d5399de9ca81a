"""What a secret-scan step can be asked for."""

from __future__ import annotations

from drone_plugin import Settings, setting


class ScanSettings(Settings):
    """Settings of secret-scan."""

    exclude: tuple[str, ...] = setting(
        (),
        "Paths that are not scanned, as globs relative to the workspace; `**` crosses folders. One secret on "
        "a line is allowed by the comment `pragma: allowlist secret` on it.",
        example="tests/data/**, docs/*.md",
        pin=True,
    )
