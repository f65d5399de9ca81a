"""Being a Drone CI plugin: settings, build metadata, trigger, log, exit codes.

Nothing in here knows about machine learning, and nothing but this package reads the environment.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from drone_plugin.build import Build, Commit, Repo, Stage, read_build
    from drone_plugin.card import Card
    from drone_plugin.card_settings import CardSettings
    from drone_plugin.certificates import NetworkSettings, Trust, open_trust
    from drone_plugin.clock import Clock, SystemClock, spell_duration
    from drone_plugin.credential import Credential
    from drone_plugin.environment import Environment, isolate
    from drone_plugin.errors import (
        FindingsError,
        Interrupted,
        JobFailedError,
        PluginError,
        RefusedError,
        SettingsError,
        TimeLimitError,
        UnreachableError,
    )
    from drone_plugin.files import write_whole
    from drone_plugin.git import Git, open_git
    from drone_plugin.globs import matcher
    from drone_plugin.http import Session as Session
    from drone_plugin.http import session as session
    from drone_plugin.images import ImageName, ImageReference, ImageRepository, ImageTag, parse_image
    from drone_plugin.log import Log
    from drone_plugin.markdown import Code, Link
    from drone_plugin.markdown_blocks import Paragraph, Preformatted, Table
    from drone_plugin.process import CommandError, Processes
    from drone_plugin.progress import Progress
    from drone_plugin.proxies import Proxies
    from drone_plugin.redact import Redactor
    from drone_plugin.report import ReportSettings
    from drone_plugin.report_text import Report
    from drone_plugin.reporter import Reporter, reporting
    from drone_plugin.rules import Rule, any_of, needs, only_one, together
    from drone_plugin.running import Plugin, Step, run
    from drone_plugin.scalars import Size
    from drone_plugin.settings import Settings, setting, spell
    from drone_plugin.settings_file import FileSettings
    from drone_plugin.summary import Summary
    from drone_plugin.trigger import EVENTS, Decision, Event, Trigger, TriggerSettings, decide
    from drone_plugin.values import Glob, Url, WorkspacePath, within
    from drone_plugin.waiting import Retry, Waiting

__version__ = "0.1.0"

# All but what needs an extra, so that a star takes no more than there is.
__all__ = [
    "EVENTS",
    "Build",
    "Card",
    "CardSettings",
    "Clock",
    "Code",
    "CommandError",
    "Commit",
    "Credential",
    "Decision",
    "Environment",
    "Event",
    "FileSettings",
    "FindingsError",
    "Git",
    "Glob",
    "ImageName",
    "ImageReference",
    "ImageRepository",
    "ImageTag",
    "Interrupted",
    "JobFailedError",
    "Link",
    "Log",
    "NetworkSettings",
    "Paragraph",
    "Plugin",
    "PluginError",
    "Preformatted",
    "Processes",
    "Progress",
    "Proxies",
    "Redactor",
    "RefusedError",
    "Repo",
    "Report",
    "ReportSettings",
    "Reporter",
    "Retry",
    "Rule",
    "Settings",
    "SettingsError",
    "Size",
    "Stage",
    "Step",
    "Summary",
    "SystemClock",
    "Table",
    "TimeLimitError",
    "Trigger",
    "TriggerSettings",
    "Trust",
    "UnreachableError",
    "Url",
    "Waiting",
    "WorkspacePath",
    "any_of",
    "decide",
    "isolate",
    "matcher",
    "needs",
    "only_one",
    "open_git",
    "open_trust",
    "parse_image",
    "read_build",
    "reporting",
    "run",
    "setting",
    "spell",
    "spell_duration",
    "together",
    "within",
    "write_whole",
]

_LATER = {
    "build": ("Build", "Commit", "Repo", "Stage", "read_build"),
    "card": ("Card",),
    "card_settings": ("CardSettings",),
    "certificates": ("NetworkSettings", "Trust", "open_trust"),
    "clock": ("Clock", "SystemClock", "spell_duration"),
    "credential": ("Credential",),
    "environment": ("Environment", "isolate"),
    "errors": (
        "FindingsError",
        "Interrupted",
        "JobFailedError",
        "PluginError",
        "RefusedError",
        "SettingsError",
        "TimeLimitError",
        "UnreachableError",
    ),
    "files": ("write_whole",),
    "git": ("Git", "open_git"),
    "globs": ("matcher",),
    "http": ("Session", "session"),
    "images": ("ImageName", "ImageReference", "ImageRepository", "ImageTag", "parse_image"),
    "log": ("Log",),
    "markdown": ("Code", "Link"),
    "markdown_blocks": ("Paragraph", "Preformatted", "Table"),
    "process": ("CommandError", "Processes"),
    "progress": ("Progress",),
    "proxies": ("Proxies",),
    "redact": ("Redactor",),
    "report": ("ReportSettings",),
    "report_text": ("Report",),
    "reporter": ("Reporter", "reporting"),
    "rules": ("Rule", "any_of", "needs", "only_one", "together"),
    "running": ("Plugin", "Step", "run"),
    "scalars": ("Size",),
    "settings": ("Settings", "setting", "spell"),
    "settings_file": ("FileSettings",),
    "summary": ("Summary",),
    "trigger": ("EVENTS", "Decision", "Event", "Trigger", "TriggerSettings", "decide"),
    "values": ("Glob", "Url", "WorkspacePath", "within"),
    "waiting": ("Retry", "Waiting"),
}
"""What is imported when it is first asked for, by its module: a step pays for the doors that it opens."""


def _later(name: str) -> object:
    module = next((module for module, names in _LATER.items() if name in names), None)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        value: object = getattr(import_module(f"{__name__}.{module}"), name)
    except ModuleNotFoundError as error:
        hint = f"{__name__}.{name} needs {error.name}: pip install 'drone-plugin[http]'"
        raise ModuleNotFoundError(hint, name=error.name) from None
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *_LATER["http"]})


if not TYPE_CHECKING:  # to a type checker, a module that has it has every attribute
    __getattr__ = _later
