import re
import tomllib
from pathlib import Path

import pytest
from docker.utils.build import exclude_paths

from kit.context import source_files
from kit.paths import PLUGINS, ROOT, plugin_names

BUILDKIT_ONLY = re.compile(r"^#\s*syntax=|--mount|--chmod|--link|<<[-\w'\"]", re.MULTILINE)


def dockerfile(plugin: str) -> str:
    return (PLUGINS / plugin / "Dockerfile").read_text(encoding="utf-8")


def description(plugin: str) -> str:
    text = (PLUGINS / plugin / "pyproject.toml").read_text(encoding="utf-8")
    return str(tomllib.loads(text)["project"]["description"])


def test_every_plugin_has_an_image() -> None:
    assert plugin_names() == sorted(path.name for path in PLUGINS.iterdir() if path.is_dir())


@pytest.mark.parametrize("plugin", plugin_names())
def test_dockerfiles_differ_only_in_name_description_programs_and_module(plugin: str) -> None:
    def shared(name: str) -> str:
        text = dockerfile(name).replace(description(name), "DESCRIPTION")
        text = re.sub(r'(?<=^ARG PROGRAMS=)".*"$', "", text, flags=re.MULTILINE)
        return text.replace(name, "NAME").replace(name.replace("-", "_"), "MODULE")

    assert shared(plugin) == shared("secret-scan")


@pytest.mark.parametrize("plugin", plugin_names())
def test_dockerfiles_need_neither_builder_in_particular(plugin: str) -> None:
    assert not BUILDKIT_ONLY.search(dockerfile(plugin))


@pytest.mark.parametrize("plugin", plugin_names())
def test_dockerfiles_start_the_plugin_isolated_by_an_absolute_path(plugin: str) -> None:
    module = plugin.replace("-", "_")
    entry_point = f'"/opt/plugin/bin/python", "-I", "-u", "-m", "{module}"]'
    assert dockerfile(plugin).rstrip().endswith(entry_point)


@pytest.mark.parametrize("plugin", plugin_names())
def test_a_plain_docker_build_uploads_what_the_image_needs_and_no_more(plugin: str) -> None:
    patterns = [
        line
        for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    uploaded = {path for path in exclude_paths(str(ROOT), patterns) if (ROOT / path).is_file()}
    assert {str(path.relative_to(ROOT)) for path in source_files(plugin)} <= uploaded
    assert {Path(path).parts[0] for path in uploaded} <= {"shared", "plugins", ".build", ".dockerignore"}
    assert not [path for path in uploaded if "/drone_plugin/testing/" in path]
    assert not [
        path for path in uploaded if path.startswith(".build/") and not path.startswith(".build/wheels/")
    ]
