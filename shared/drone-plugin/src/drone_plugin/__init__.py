"""Being a Drone CI plugin: settings, build metadata, trigger, log, exit codes.

Nothing in here knows about machine learning, and nothing but this package reads the environment.
"""

from drone_plugin.build import Build, Commit, Repo, Stage, read_build
from drone_plugin.card import Card
from drone_plugin.card_settings import CardSettings
from drone_plugin.clock import Clock, SystemClock, spell_duration
from drone_plugin.environment import isolate
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
from drone_plugin.log import Log
from drone_plugin.redact import Redactor
from drone_plugin.run import Plugin, Step, run
from drone_plugin.settings import Settings, setting, spell
from drone_plugin.summary import Summary
from drone_plugin.trigger import EVENTS, Decision, Event, Trigger, TriggerSettings, decide

__version__ = "0.1.0"

__all__ = [
    "EVENTS",
    "Build",
    "Card",
    "CardSettings",
    "Clock",
    "Commit",
    "Decision",
    "Event",
    "FindingsError",
    "Interrupted",
    "JobFailedError",
    "Log",
    "Plugin",
    "PluginError",
    "Redactor",
    "RefusedError",
    "Repo",
    "Settings",
    "SettingsError",
    "Stage",
    "Step",
    "Summary",
    "SystemClock",
    "TimeLimitError",
    "Trigger",
    "TriggerSettings",
    "UnreachableError",
    "decide",
    "isolate",
    "read_build",
    "run",
    "setting",
    "spell",
    "spell_duration",
    "write_whole",
]
