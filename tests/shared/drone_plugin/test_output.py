"""Step outputs, where a platform has them."""

import base64
from pathlib import Path

import pytest

from drone_plugin.output import write_outputs


def test_without_a_file_for_them_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    write_outputs({}, {"A": "1"})
    write_outputs({"DRONE_OUTPUT": ""}, {"A": "1"})

    assert list(tmp_path.iterdir()) == []


def test_facts_are_added_to_what_is_there(tmp_path: Path) -> None:
    target = tmp_path / "out.env"
    target.write_text("BEFORE=1\n")

    write_outputs({"DRONE_OUTPUT": str(target)}, {"A": "1", "B": "2"})
    write_outputs({"DRONE_OUTPUT": str(target)}, {"C": ""})

    assert target.read_text() == "BEFORE=1\nA=1\nB=2\nC=\n"


@pytest.mark.parametrize(
    "value",
    ["sha256:0123abcd", "https://host:8080/path/1", "registry/x/y@sha256:1", "a,b", "1.5", "v1.0-rc_2+3"],
)
def test_a_plain_value_is_written_as_it_is(tmp_path: Path, value: str) -> None:
    target = tmp_path / "out.env"

    write_outputs({"DRONE_OUTPUT": str(target)}, {"A": value})

    assert target.read_text() == f"A={value}\n"


@pytest.mark.parametrize(
    "value",
    [
        "two\nlines",
        "two\r\nlines",
        "return\r",
        "a # b",
        "$HOME",
        "${HOME}",
        '"quoted"',
        "'quoted'",
        " outer ",
        "back\\slash",
        "__B64__eA==",
        "x\nINJECTED=1",
        "ä 🚀",
    ],
)
def test_what_a_reader_of_env_files_would_change_is_written_as_base64(tmp_path: Path, value: str) -> None:
    target = tmp_path / "out.env"

    write_outputs({"DRONE_OUTPUT": str(target)}, {"A": value})

    (line,) = target.read_text().splitlines()
    assert line.startswith("A=__B64__")
    assert base64.b64decode(line.removeprefix("A=__B64__")).decode() == value
