"""Settings that a file of the workspace completes, and what such a file must not do."""

import json
import os
from pathlib import Path

import pytest
from pydantic import SecretStr

from drone_plugin import SettingsError, setting
from drone_plugin.settings_file import FileSettings


class Tool(FileSettings):
    """Settings that may come from a file."""

    workers: int = setting(1, "how many", example="4", deprecated="threads")
    tags: list[str] = setting([], "tags", example="a, b")
    args: dict[str, str] = setting({}, "arguments", example="{A: b}")
    fast: bool = setting(default=False, description="hurry", example="true")
    token: SecretStr = setting(SecretStr(""), "a token", example="token")
    server: str = setting("", "where to", example="https://x", pin=True)


def load(workspace: Path, content: object, **settings: str) -> Tool:
    """The settings of a step whose file has `content`."""
    text = content if isinstance(content, str) else json.dumps(content)
    (workspace / "s.json").write_text(text)
    named = {f"PLUGIN_{name.upper()}": value for name, value in settings.items()}
    return Tool.load({"DRONE_WORKSPACE": str(workspace), "PLUGIN_SETTINGS_FILE": "s.json", **named})


def refusal(workspace: Path, content: object, **settings: str) -> list[str]:
    """What is wrong, a line each."""
    with pytest.raises(SettingsError) as raised:
        load(workspace, content, **settings)
    return raised.value.lines()


def test_the_file_fills_in_what_the_yaml_leaves_out(tmp_path: Path) -> None:
    content = {"workers": 4, "tags": ["a,b", "c"], "args": {"A": 1.5}, "fast": True}

    settings = load(tmp_path, content)

    assert (settings.workers, settings.tags, settings.args, settings.fast) == (
        4,
        ["a,b", "c"],
        {"A": "1.5"},
        True,
    )


@pytest.mark.parametrize("name", ["workers", "WORKERS", "threads"])
def test_the_yaml_wins(tmp_path: Path, name: str) -> None:
    assert load(tmp_path, {"workers": 4}, **{name: "2"}).workers == 2


def test_an_empty_setting_is_one_that_is_left_out(tmp_path: Path) -> None:
    assert load(tmp_path, {"workers": 4}, workers="").workers == 4


def test_a_file_sets_neither_secrets_nor_what_is_to_be_pinned_nor_anything_unknown(tmp_path: Path) -> None:
    content = {"token": "topsecret", "SERVER": "https://evil.example", "settings-file": "x", "wrokers": 1}

    assert refusal(tmp_path, content) == [
        'settings.settings_file: "s.json": token cannot come from a file, because it is a secret; write it in the YAML',
        'settings.settings_file: "s.json": server cannot come from a file, because it is to be pinned; write it in the YAML',
        'settings.settings_file: "s.json": settings_file cannot come from a file, because it is to be pinned; write it in the YAML',
        'settings.settings_file: "s.json": is no setting of this plugin: "wrokers"',
    ]


def test_a_value_of_the_file_is_checked_like_one_of_the_yaml(tmp_path: Path) -> None:
    assert refusal(tmp_path, {"workers": "many"}) == ['settings.workers: "many" is not a whole number']


@pytest.mark.parametrize(
    "content", ["", "[]", "{", "a=1", "{" + " " * 70_000 + "}", '{"a":' * 200 + "1" + "}" * 200]
)
def test_what_is_no_small_json_object_is_refused(tmp_path: Path, content: str) -> None:
    assert refusal(tmp_path, content) == [
        'settings.settings_file: "s.json" is not a JSON object of at most 64 KiB'
    ]


def test_the_file_lies_in_the_workspace_and_is_a_file(tmp_path: Path) -> None:
    workspace = tmp_path / "work"
    workspace.mkdir()
    (tmp_path / "outside.json").write_text("{}")
    (workspace / "link").symlink_to(tmp_path / "outside.json")
    os.mkfifo(workspace / "pipe")
    paths = {
        "link": "leads out of the workspace",
        "../outside.json": "leads out of the workspace",
        "/etc/passwd": "leads out of the workspace",
        "none": "No such file or directory",
        "pipe": "is not a JSON object of at most 64 KiB",
        ".": "Is a directory",
    }

    for path, why in paths.items():
        with pytest.raises(SettingsError) as raised:
            Tool.load({"DRONE_WORKSPACE": str(workspace), "PLUGIN_SETTINGS_FILE": path})
        (line,) = raised.value.lines()
        assert line.startswith("settings.settings_file: ")
        assert why in line


def test_without_a_file_nothing_changes() -> None:
    assert Tool.load({"PLUGIN_WORKERS": "2"}).workers == 2
