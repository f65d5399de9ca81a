"""The plugin: settings, decision, work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drone_plugin import Decision, Plugin
from secret_scan import __version__
from secret_scan.settings import ScanSettings

if TYPE_CHECKING:
    from drone_plugin import Build, Step


def _decide(settings: ScanSettings, _build: Build) -> Decision:
    return Decision(act=True, reason=f"scan: {settings.scan}, fail_on: {settings.fail_on}")


def _work(step: Step[ScanSettings]) -> None:
    from secret_scan.work import work  # noqa: PLC0415 - after the settings are known to be right

    work(step)


PLUGIN = Plugin("secret-scan", __version__, ScanSettings, _decide, _work)
