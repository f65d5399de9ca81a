"""Files are written whole or not at all."""

import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import TypeAlias

import pytest

from drone_plugin import Interrupted, write_whole

TraceFunction: TypeAlias = Callable[[FrameType, str, object], "TraceFunction | None"]


def names(folder: Path) -> list[str]:
    """What is in a folder, also what is hidden."""
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_written_and_nothing_else_is_left(tmp_path: Path) -> None:
    write_whole(tmp_path / "image.json", '{"a": "ä"}\n')

    assert (tmp_path / "image.json").read_bytes() == '{"a": "ä"}\n'.encode()
    assert names(tmp_path) == ["image.json"]


def test_a_file_that_is_there_is_replaced_and_not_written_into(tmp_path: Path) -> None:
    path, other = tmp_path / "image.json", tmp_path / "hard-link.json"
    path.write_text("old")
    other.hardlink_to(path)

    write_whole(path, "new")

    assert path.read_text() == "new"
    assert other.read_text() == "old"


def test_a_symbolic_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("untouched")
    path = tmp_path / "image.json"
    path.symlink_to(victim)

    write_whole(path, "new")

    assert not path.is_symlink()
    assert path.read_text() == "new"
    assert victim.read_text() == "untouched"


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_other_steps_can_read_it_whoever_they_run_as(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        write_whole(tmp_path / "image.json", "x")
    finally:
        os.umask(before)

    assert (tmp_path / "image.json").stat().st_mode & 0o777 == 0o644


def test_what_cannot_be_written_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "image.json"
    path.write_text("old")

    with pytest.raises(UnicodeEncodeError):
        write_whole(path, "half \ud800")

    assert path.read_text() == "old"
    assert names(tmp_path) == ["image.json"]


def test_a_folder_in_its_place_is_an_error_and_nothing_is_left(tmp_path: Path) -> None:
    (tmp_path / "image.json").mkdir()

    with pytest.raises(IsADirectoryError):
        write_whole(tmp_path / "image.json", "x")

    assert names(tmp_path) == ["image.json"]


def test_a_folder_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_whole(tmp_path / "none" / "image.json", "x")


def lines_of(function: Callable[..., object]) -> list[int]:
    """The numbers of a function's lines."""
    return sorted({line for _, _, line in function.__code__.co_lines() if line})


@pytest.mark.parametrize("line", lines_of(write_whole)[1:])
def test_a_signal_leaves_no_temporary_file_wherever_it_comes(tmp_path: Path, line: int) -> None:
    def interrupt(frame: FrameType, event: str, _argument: object) -> TraceFunction | None:
        if frame.f_code is not write_whole.__code__:
            return None
        if event == "line" and frame.f_lineno == line:
            sys.settrace(None)
            raise Interrupted("SIGTERM", signal.SIGTERM)
        return interrupt

    before = sys.gettrace()
    sys.settrace(interrupt)
    try:
        with suppress(Interrupted):
            write_whole(tmp_path / "image.json", "x")
    finally:
        sys.settrace(before)

    assert names(tmp_path) in ([], ["image.json"])
