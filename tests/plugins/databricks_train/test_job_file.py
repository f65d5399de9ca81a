"""A job from a file of the commit: what is read, and what no file gets us to do."""

import os
import time
from pathlib import Path

import pytest
from pydantic import JsonValue

from databricks_train.job.file import DEEPEST, LARGEST, read_job_file
from drone_plugin import SettingsError
from drone_plugin.scalars import quoted


def read(workspace: Path, text: str | bytes, name: str = "job.yml") -> dict[str, JsonValue]:
    """The job of a file with this text."""
    (workspace / name).write_bytes(text.encode() if isinstance(text, str) else text)
    return read_job_file(workspace, name)


def refused(workspace: Path, text: str | bytes, name: str = "job.yml") -> str:
    """What is wrong with a file of this text."""
    with pytest.raises(SettingsError) as error:
        read(workspace, text, name)
    return error.value.message.removeprefix(f'settings.job: "{name}" ')


def test_values_have_the_types_that_json_has_and_else_keep_their_spelling(tmp_path: Path) -> None:
    text = """
    whole: 3
    negative: -1
    number: 0.05
    flags: [true, false]
    nothing: [~, null, ]
    texts: [yes, on, 0755, 1.10, 1e3, 2024-01-02, 12:30, 0x10, 1_000, .inf, .nan, 'true', "3", 5.]
    long: 123456789012345678901234567890
    """
    assert read(tmp_path, text) == {
        "whole": 3,
        "negative": -1,
        "number": 0.05,
        "flags": [True, False],
        "nothing": [None, None],
        "texts": [
            "yes",
            "on",
            "0755",
            "1.10",
            "1e3",
            "2024-01-02",
            "12:30",
            "0x10",
            "1_000",
            ".inf",
            ".nan",
            "true",
            "3",
            "5.",
        ],
        "long": "123456789012345678901234567890",
    }


def test_an_anchor_shares_a_cluster_between_tasks(tmp_path: Path) -> None:
    text = """
    x: &small {node_type_id: m5.large, num_workers: 1}
    y: {<<: *small, num_workers: 4}
    z: {num_workers: 9, <<: [{node_type_id: a}, *small]}
    """
    made = read(tmp_path, text)
    assert made["y"] == {"node_type_id": "m5.large", "num_workers": 4}
    assert made["z"] == {"node_type_id": "a", "num_workers": 9}


def test_json_is_read_with_tabs_and_a_byte_order_mark(tmp_path: Path) -> None:
    assert read(tmp_path, b'\xef\xbb\xbf{\n\t"a": [1, 2.5, null]}', "job.json") == {"a": [1, 2.5, None]}


REFUSED: dict[str, tuple[str, str | bytes, str]] = {
    "key twice": ("job.yml", "a: {b: 1, c: 2,\n b: 3}", 'has "b" twice in one map, line 2'),
    "key twice in JSON": ("job.json", '{"a": {"b": 1, "b": 1}}', 'has "b" twice in one map'),
    "no map": ("job.yml", "- a", "is not a map"),
    "empty": ("job.yml", "# nothing", "is empty"),
    "documents": ("job.yml", "a: 1\n---\nb: 2", "holds 2 documents"),
    "broken": ("job.yml", "a: [1\nb: 2", "is no YAML: line 2: expected ',' or ']', but got ':'"),
    "broken JSON": ("job.json", '{"a": 1,}', "is no JSON: line 1: Expecting property name enclosed in double quotes"),
    "python": ("job.yml", "a: !!python/object/apply:os.system [id]", 'has a tag that a job has no use for, line 1: "tag:yaml.org,2002:python/object/apply:os.system"'),
    "own tag": ("job.yml", "a: !secret b", 'has a tag that a job has no use for, line 1: "!secret"'),
    "binary": ("job.yml", "a: !!binary aGk=", 'has a tag that a job has no use for, line 1: "tag:yaml.org,2002:binary"'),
    "key": ("job.yml", "? [a]\n: 1", "has a key that is no text, line 1"),
    "circle": ("job.yml", "a: &a [*a]", "repeats itself without end, line 1"),
    "merge": ("job.yml", "a: {<<: 3}", "merges what is no map, line 1"),
    "name in a map": ("job.yml", "a: 1\nb: {n: ${param.x}}", "is no YAML: line 2: expected ',' or '}', but got '{'; within { } and [ ] a ${…} has to stand in quotes"),
    "unknown alias": ("job.yml", "a: *b", "is no YAML: line 1: found undefined alias 'b'"),
    "infinity": ("job.json", '{"a": 1e999}', "holds 1e999, which is no number of JSON"),
    "NaN": ("job.json", '{"a": NaN}', "holds NaN, which is no number of JSON"),
    "encoding": ("job.yml", b"a: \xff", "is not UTF-8"),
    "control": ("job.yml", b"a: \x00", 'is no YAML: "unacceptable character #x0000: special characters are not a…"'),
    "large": ("job.yml", "a: " + "x" * LARGEST, "is larger than 256 KiB"),
    "deep": ("job.yml", "a: " + "[" * (DEEPEST + 1) + "]" * (DEEPEST + 1), "is nested too deeply, line 1"),
    "deeper": ("job.yml", "a: " + "[" * 9000 + "]" * 9000, "is nested too deeply"),
    "deep JSON": ("job.json", '{"a": ' + "[" * 100_000 + "]" * 100_000 + "}", "is nested too deeply"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_job_is_refused(case: str, tmp_path: Path) -> None:
    name, text, problem = REFUSED[case]
    assert refused(tmp_path, text, name) == problem


@pytest.mark.parametrize("merge", [False, True])
def test_aliases_write_out_only_so_much(tmp_path: Path, merge: bool) -> None:  # noqa: FBT001 - both forms
    form = "{{<<: [{}], k{}: 1}}" if merge else "[{}]"
    lines = ["a0: &a0 {x: 1}" if merge else "a0: &a0 [x]"]
    for level in range(1, 20):
        inner = ", ".join([f"*a{level - 1}"] * 10)
        lines.append(f"a{level}: &a{level} {form.format(inner, level)}")
    started = time.monotonic()
    assert refused(tmp_path, "\n".join(lines)).startswith("writes out more than 50000 values, line ")
    assert time.monotonic() - started < 5


def test_a_link_out_of_the_workspace_is_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside.yml"
    outside.write_text("secret: 1")
    workspace = tmp_path / "workspace"
    (workspace / "jobs").mkdir(parents=True)
    (workspace / "job.yml").symlink_to(outside)
    (workspace / "folder").symlink_to(tmp_path)
    (workspace / "inside.yml").symlink_to("jobs/real.yml")
    (workspace / "jobs" / "real.yml").write_text("a: 1")
    for path in ("job.yml", "folder/outside.yml", "../outside.yml", str(outside), "jobs/../../outside.yml"):
        with pytest.raises(SettingsError) as error:
            read_job_file(workspace, path)
        assert error.value.message == f"settings.job: {quoted(path)} leads out of the workspace"
    assert read_job_file(workspace, "inside.yml") == {"a": 1}


def test_only_a_regular_file_is_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yml")
    (tmp_path / "folder.yml").mkdir()
    for name, problem in (
        ("pipe.yml", "is not a regular file"),
        ("folder.yml", "cannot be read: Is a directory"),
        ("none.yml", "cannot be read: No such file or directory"),
    ):
        with pytest.raises(SettingsError) as error:
            read_job_file(tmp_path, name)
        assert error.value.message == f'settings.job: "{name}" {problem}'
