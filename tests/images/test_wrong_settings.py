"""Every setting reaches the plugin in its image, and a wrong value of any is a line that names it."""

from __future__ import annotations

import re
from importlib import import_module
from typing import TYPE_CHECKING

import pytest

from drone_plugin import PluginError
from drone_plugin.testing import build
from kit.docs import SETTINGS
from kit.drone.run import run_step
from kit.paths import PLUGINS, plugin_names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drone_plugin.settings import Settings
    from kit.engine import Engine
    from kit.images import BuiltImage

pytestmark = pytest.mark.container

CANDIDATES = ("neither", "-1", "[[1]]", '{"a": {"b": [1]}}', "ftp://user@host name/", "../../x", "//[")
"""Values of which one is wrong for every setting that is not free text."""


def settings_of(plugin: str) -> type[Settings]:
    module, name = SETTINGS[plugin]
    found: type[Settings] = getattr(import_module(module), name)
    return found


def wrong_values(settings: type[Settings]) -> dict[str, str]:
    """For each setting that can be wrong by itself, a value that is; a free text can only lack another."""
    found: dict[str, str] = {}
    for name in settings.model_fields:
        for value in CANDIDATES:
            try:
                settings.load({f"PLUGIN_{name.upper()}": value})
            except PluginError as error:
                if re.search(rf"^settings\.{name}[.:](?! needs )", error.message, re.MULTILINE):
                    found[name] = value
                    break
    return found


@pytest.mark.parametrize("plugin", plugin_names())
def test_each_wrong_value_is_one_line_that_names_its_setting(
    plugin: str, engine: Engine, images: Mapping[str, BuiltImage]
) -> None:
    wrong = wrong_values(settings_of(plugin))
    step = run_step(images[plugin].name, wrong, build.push("c" * 40, "Fix a typo"), engine=engine)
    assert step.exit_code == 2, step.log
    for name, value in wrong.items():
        lines = [line for line in step.log.splitlines() if re.search(rf"settings\.{name}\b", line)]
        assert len(lines) == 1, (name, value, step.log)
    assert "Traceback" not in step.log


@pytest.mark.parametrize("plugin", plugin_names())
def test_each_setting_is_in_the_reference(plugin: str) -> None:
    readme = (PLUGINS / plugin / "README.md").read_text(encoding="utf-8")
    assert [name for name in settings_of(plugin).model_fields if f"| `{name}` |" not in readme] == []
