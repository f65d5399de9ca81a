"""What the engine finds, in whatever it is given."""

import json
import os
import signal
import struct
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from secret_scan.detectors import Detector, Form, Line, Match, all_detectors
from secret_scan.engine import Engine, Unscannable
from secret_scan.values import Found, Item

TOKEN = "ghp_" + "8fKq2LwZ0xVbN5rTy7UcDhJm3PsGeA1RiOvX"
KIND = "github-token"


def item(path: str, content: bytes, size: int | None = None) -> Item:
    return Item(path, "file", size=len(content) if size is None else size, read=lambda: content)


def found(path: str, content: bytes, engine: Engine | None = None) -> list[tuple[int, int, str]]:
    result = (engine or Engine(all_detectors())).scan(item(path, content))
    assert isinstance(result, list), result
    return [(one.line, one.column, one.value) for one in result if one.rule == KIND]


@pytest.mark.parametrize(
    "content",
    [
        f"caf\u00e9\n{TOKEN}".encode(),
        f"caf\u00e9\n{TOKEN}".encode("utf-8-sig"),
        f"caf\u00e9\n{TOKEN}".encode("latin-1"),
        f"caf\u00e9\n{TOKEN}".encode("utf-16"),
        b"\xfe\xff" + f"caf\u00e9\n{TOKEN}".encode("utf-16-be"),
        f"caf\u00e9\n{TOKEN}".encode("utf-16-le"),
        f"caf\u00e9\n{TOKEN}".encode("utf-16-be"),
        f"\u65e5\u672c\n{TOKEN}\r\n".encode("utf-16-le") + b"\x00\xd8",
        f"caf\u00e9\n{TOKEN}".encode("utf-32"),
        b"\xff\xfe odd length\n" + TOKEN.encode(),
        f"one\r\n{TOKEN}\r\n".encode(),
        f"one\r{TOKEN}".encode(),
    ],
    ids=[
        *("utf-8", "marked utf-8", "latin-1", "utf-16", "utf-16-be", "unmarked utf-16-le"),
        *("unmarked utf-16-be", "half a character", "utf-32", "false mark", "crlf", "cr"),
    ],
)
def test_a_secret_is_found_in_every_encoding(content: bytes) -> None:
    assert found("settings.txt", content) == [(2, 1, TOKEN)]


def test_the_whole_value_is_told_with_its_place() -> None:
    assert found("a.py", f'x = 1\nconnect(token="{TOKEN}")'.encode()) == [(2, 16, TOKEN)]


def test_two_tokens_of_a_kind_are_two_findings() -> None:
    other = TOKEN[:-6] + "Zq9Lw2"
    assert found("a.txt", f"{TOKEN} {other}\n{TOKEN}".encode()) == [
        (1, 1, TOKEN),
        (1, 42, other),
        (2, 1, TOKEN),
    ]


def test_a_binary_file_is_no_text_and_an_empty_one_holds_nothing() -> None:
    assert found("weights.bin", b"\0\1\2" + TOKEN.encode()) == []
    assert found("samples.bin", struct.pack("<200h", *range(200)) + TOKEN.encode("utf-16-le")) == []
    assert found("empty", b"") == []


def test_a_line_without_end_is_looked_at_piece_by_piece() -> None:
    """The places where pieces meet neither hide a secret nor show it twice."""
    padding = "lorem ipsum " * 50_000
    places = [0, 57_340, 65_500, 65_530, 114_680, 300_000, 599_000]
    line = padding
    for place in places:
        line = f"{line[:place]} {TOKEN} {line[place + len(TOKEN) + 2 :]}"
    result = Engine(all_detectors()).scan(item("one.txt", f"first\n{line}".encode()))
    assert isinstance(result, list)
    assert [(one.line, one.column) for one in result] == [(2, 2)]  # the same value once per line
    assert len(result[0].text) < 1000


@pytest.mark.parametrize("ending", [b"\n", b" "], ids=["lines", "one line"])
def test_a_large_file_is_scanned_block_by_block(ending: bytes) -> None:
    filler = b"epoch 12 loss 0.12345 accuracy 0.98765" + ending
    content = filler * 300_000 + b" " + TOKEN.encode() + ending + filler * 100_000
    line = 300_001 if ending == b"\n" else 1
    column = 2 if ending == b"\n" else len(filler) * 300_000 + 2
    assert found("log.txt", content) == [(line, column, TOKEN)]


def test_a_large_file_in_another_encoding_is_read_too() -> None:
    filler = "epoch 12 \u00e9 loss 0.12345 accuracy 0.98765\n" * 150_000
    for encoding in ("utf-16", "utf-16-be", "latin-1"):
        assert found("log.txt", (filler + TOKEN).encode(encoding)) == [(150_001, 1, TOKEN)]


def test_what_cannot_be_read_is_told_and_what_is_gone_is_not(tmp_path: Path) -> None:
    engine = Engine(all_detectors())
    (tmp_path / "folder").mkdir()
    assert engine.scan(Item("gone", "file", read=(tmp_path / "gone").read_bytes)) == []
    assert engine.scan(Item("folder", "file", read=(tmp_path / "folder").read_bytes)) == Unscannable(
        "Is a directory"
    )


class Endless:
    """Two gigabytes, of which nobody ever has more than a piece."""

    def __init__(self, piece: bytes) -> None:
        self.piece = piece
        self.read = 0

    def __call__(self) -> bytes:
        """Nobody may ask for all of it."""
        raise AssertionError

    def pieces(self) -> Iterator[bytes]:
        """A megabyte at a time."""
        for _ in range(2048):
            self.read += 1
            yield self.piece


@pytest.mark.parametrize("jobs", [1, 2])
def test_of_two_gigabytes_of_weights_the_start_is_read(jobs: int) -> None:
    source = Endless(bytes(1 << 20))
    big = Item("weights.bin", "file", size=2 << 30, read=source)
    assert list(Engine(all_detectors(), jobs=jobs).scan_all([big])) == [(big, [])]
    assert source.read <= 2


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_notebook_is_scanned_by_its_cells(jobs: int) -> None:
    notebook = {
        "cells": [
            {"cell_type": "markdown", "source": ["# Title"]},
            {"cell_type": "code", "source": ["import os\n", f"x = '{TOKEN}'"], "outputs": []},
        ],
        "nbformat": 4,
    }
    for indent in (None, 1):
        text = json.dumps(notebook, indent=indent).encode()
        ((_, result),) = Engine(all_detectors(), jobs=jobs).scan_all([item("a.ipynb", text, 2_000_000)])
        assert isinstance(result, list)
        assert [(one.cell, one.line, one.column, one.value) for one in result] == [("cell 2", 2, 6, TOKEN)]


def test_a_notebook_that_is_none_is_scanned_as_text() -> None:
    assert found("a.ipynb", f"{{\n{TOKEN}".encode()) == [(2, 1, TOKEN)]


class Slow(Detector):
    """Takes the time that it is told to."""

    def find(self, line: Line) -> Iterator[Match]:
        """Nothing, late or never."""
        if line.text.startswith("sleep"):
            time.sleep(20)
        if line.text.startswith("die"):
            os.kill(os.getpid(), signal.SIGKILL)
        return iter(())


SLOW = Slow(Form("slow", "Slow", "sleep", ("sleep", "die")))


@pytest.mark.parametrize("size", [0, 2_000_000], ids=["in this process", "in processes"])
def test_what_takes_too_long_is_told_and_the_rest_is_scanned(size: int) -> None:
    engine = Engine((*all_detectors(), SLOW), jobs=2, seconds=0.5)
    items = [item("slow.txt", b"sleep\n", size), *(item(f"{n}.txt", TOKEN.encode()) for n in range(20))]
    results = {one.path: result for one, result in engine.scan_all(items)}
    assert results.pop("slow.txt") == Unscannable("its scan took longer than 0.5 s")
    assert [len(result) for result in results.values() if isinstance(result, list)] == [1] * 20


def test_what_ends_a_process_is_told_and_the_rest_is_scanned() -> None:
    engine = Engine((*all_detectors(), SLOW), jobs=2)
    items = [item("deadly.txt", b"die\n", 2_000_000), *(item(f"{n}.txt", TOKEN.encode()) for n in range(50))]
    results = {one.path: result for one, result in engine.scan_all(items)}
    assert results.pop("deadly.txt") == Unscannable("its scan ended its process: out of memory?")
    assert [len(result) for result in results.values() if isinstance(result, list)] == [1] * 50


def test_processes_find_what_one_finds() -> None:
    items = [
        item(f"{n}.txt", b"x = 1\n" * n * 10 + f"{TOKEN[:-3]}{n:03}".encode(), size=40_000)
        for n in range(300)
    ]
    texts: list[dict[str, list[Found] | Unscannable]] = [
        {one.path: result for one, result in Engine(all_detectors(), jobs=jobs).scan_all(items)}
        for jobs in (1, 3)
    ]
    assert texts[0] == texts[1]
    assert len(texts[0]) == 300


def test_processes_hold_nothing_open_of_the_one_that_started_them() -> None:
    """A program that reads from a pipe of the scan ends with it, though processes are still at work."""
    with subprocess.Popen(["/bin/cat"], stdin=subprocess.PIPE) as reader:
        results = Engine(all_detectors(), jobs=2).scan_all([item(str(n), b"x", 2_000_000) for n in range(9)])
        next(results)
        assert reader.stdin is not None
        reader.stdin.close()
        assert reader.wait(timeout=10) == 0
        results.close()  # type: ignore[attr-defined]


def test_a_scan_that_is_left_leaves_no_process() -> None:
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    before = children.read_text().split()  # servers of other tests
    results = Engine(all_detectors(), jobs=2).scan_all([item(str(n), b"x", 2_000_000) for n in range(10)])
    next(results)
    results.close()  # type: ignore[attr-defined]
    assert set(children.read_text().split()) <= set(before)
