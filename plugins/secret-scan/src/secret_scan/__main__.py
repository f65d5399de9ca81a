"""The entry point of the image."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from drone_plugin import Decision, Plugin, run
from secret_scan import __version__
from secret_scan.settings import ScanSettings

if TYPE_CHECKING:
    from drone_plugin import Build, Step


def _decide(_settings: ScanSettings, _build: Build) -> Decision:
    return Decision(act=True, reason="scanning the work tree")


def _work(step: Step[ScanSettings]) -> None:
    from secret_scan.work import work  # noqa: PLC0415 - after the settings are known to be right

    work(step)


def main() -> None:
    """Run the step and exit with its code."""
    sys.exit(run(Plugin("secret-scan", __version__, ScanSettings, _decide, _work)))


if __name__ == "__main__":
    main()
