"""How a file is read, whatever is in it."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from detect_secrets.filters import heuristic
from detect_secrets.plugins.keyword import KeywordDetector

from secret_scan.filters import is_indirect_reference
from secret_scan.scanner import Finding, UnscannableError, scanner

KEY = "AKIA" + "IOSFODNN7EXAMPL3"
AWS = "AWS Access Key"
PASSWORD = "hunter2hunter2x"

Scan = Callable[[str, bytes], list[tuple[int, str]]]


@pytest.fixture
def scan(tmp_path: Path) -> Scan:
    """Scan one file of that name and content; line and kind of each finding."""

    def scan_one(name: str, content: bytes) -> list[tuple[int, str]]:
        (tmp_path / name).write_bytes(content)
        with scanner() as scanning:
            return [(finding.line, finding.kind) for finding in scanning.scan(tmp_path, name)]

    return scan_one


@pytest.mark.parametrize(
    "content",
    [
        f"caf\u00e9\n{KEY}".encode(),
        f"caf\u00e9\n{KEY}".encode("utf-8-sig"),
        f"caf\u00e9\n{KEY}".encode("latin-1"),
        f"caf\u00e9\n{KEY}".encode("utf-16"),
        b"\xfe\xff" + f"caf\u00e9\n{KEY}".encode("utf-16-be"),
        f"caf\u00e9\n{KEY}".encode("utf-32"),
        b"\xff\xfe odd length\n" + KEY.encode(),
        f"one\r\n{KEY}\r\n".encode(),
        f"one\r{KEY}".encode(),
    ],
    ids=["utf-8", "marked utf-8", "latin-1", "utf-16", "utf-16-be", "utf-32", "false mark", "crlf", "cr"],
)
def test_a_secret_is_found_in_every_encoding(scan: Scan, content: bytes) -> None:
    assert scan("settings.txt", content) == [(2, AWS)]


def test_a_binary_file_is_no_text(scan: Scan) -> None:
    assert scan("weights.bin", b"\0\1\2" + KEY.encode()) == []


def test_an_empty_file_holds_nothing(scan: Scan) -> None:
    assert scan("empty", b"") == []


@pytest.mark.parametrize(
    "name",
    ["compose.yml", "package-lock.json", "style.css", "poetry.lock", "swagger.json", "x" * 250, "é\n.txt"],
)
def test_no_name_of_a_file_hides_its_content(scan: Scan, name: str) -> None:
    assert scan(name, f'key = "{KEY}"\n'.encode()) == [(1, AWS)]


@pytest.mark.parametrize("name", [os.fsdecode(b"latin-\xe9.yml"), "plain-text", "-n"])
def test_odd_names_are_read_too(scan: Scan, name: str) -> None:
    assert (1, "Secret Keyword") in scan(name, f"password: '{PASSWORD}'\n".encode())


@pytest.mark.parametrize(
    "content",
    [
        f"released: 2021-99-99\npassword: {PASSWORD}\n",
        f"a: [\npassword: {PASSWORD}\n",
        f"? {{}}\npassword: {PASSWORD}\n",
        f"{'[' * 5000}\npassword: '{PASSWORD}'\n",
    ],
    ids=["date", "unclosed", "odd key", "deep"],
)
def test_yaml_that_crashes_a_parser_is_read_as_text(scan: Scan, content: str) -> None:
    assert scan("values.yaml", content.encode()) == [(2, "Secret Keyword")]


BOMB = "a0: &a0 [lol]\n" + "".join(f"a{n}: &a{n} [{f'*a{n - 1},' * 9}]\n" for n in range(1, 12))


@pytest.mark.parametrize(
    "content",
    ["a: &a [*a]\n", "a: &a {b: *a}\n", "a: &a\n  - *a\n", 'b: {"a": &a [1,*a]}\n', BOMB],
    ids=["list", "map", "block", "flow", "bomb"],
)
def test_yaml_whose_aliases_have_no_end_is_scanned_all_the_same(scan: Scan, content: str) -> None:
    start = time.monotonic()
    found = scan("values.yaml", f"key: {KEY}\n{content}".encode())
    assert (found, time.monotonic() - start < 5) == ([(1, AWS)], True)


def test_yaml_with_aliases_is_still_read_as_yaml(scan: Scan) -> None:
    content = f"""
default: &default {{restart: always}}
db:
  <<: *default
  environment:
    POSTGRES_PASSWORD: {PASSWORD}
  other: {{<<: [*default, *default], token: *default}}
"""
    assert scan("compose.yml", content.encode()) == [(6, "Secret Keyword")]


def test_the_pragma_allows_a_secret_on_its_line_and_on_the_next(scan: Scan) -> None:
    lines = (
        f'a = "{KEY}"  # pragma: allowlist secret',
        "# pragma: allowlist nextline secret",
        f'b = "{KEY}"',
        f'c = "{KEY}"',
    )
    assert scan("settings.py", "\n".join(lines).encode()) == [(4, AWS)]


def test_two_kinds_on_a_line_and_the_same_kind_on_two_lines_are_all_told(scan: Scan) -> None:
    content = f'password = "{KEY}"\nagain = "{KEY}"\n'
    assert scan("settings.py", content.encode()) == [(1, AWS), (1, "Secret Keyword"), (2, AWS)]


def test_a_finding_holds_nothing_of_the_secret(tmp_path: Path) -> None:
    (tmp_path / "a").write_text(KEY)
    with scanner() as scanning:
        (finding,) = scanning.scan(tmp_path, "a")
    assert finding == Finding("a", 1, AWS)
    assert KEY not in repr(finding)


def test_a_file_that_cannot_be_read_is_told_and_one_that_is_gone_is_not(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with scanner() as scanning:
        assert scanning.scan(tmp_path, "gone") == []
        with pytest.raises(UnscannableError, match="Is a directory"):
            scanning.scan(tmp_path, "folder")


def test_nothing_of_a_scanned_file_is_left_on_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    (tmp_path / "a").write_text(KEY)
    with scanner() as scanning:
        scanning.scan(tmp_path, "a")
        assert [path for path in scratch.rglob("*") if path.is_file()] == []
    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize(
    "line",
    [
        "token = get_token()",
        "token := os.environ['TOKEN']",
        "if token != request.headers[name]:",
        "token: vault('x')",
        "token = 'x'",
        "call(x) == 1",
        "a =\v b(c)",
        "= (a)",
        "",
    ],
)
def test_a_reference_is_what_detect_secrets_says_it_is(line: str) -> None:
    assert is_indirect_reference(line, KeywordDetector()) == heuristic.is_indirect_reference(line)


@pytest.mark.parametrize(
    "line",
    [" " * 900 + "x", "=" * 999, "=a[" * 333, "= " * 499, "=" * 500 + "a" * 499],
    ids=["spaces", "signs", "brackets", "pairs", "word"],
)
def test_no_line_takes_long_to_be_seen_as_no_reference(scan: Scan, line: str) -> None:
    start = time.monotonic()
    assert scan("hostile.txt", f"{line}\n".encode() * 20) == []
    assert time.monotonic() - start < 2


def test_large_files_are_scanned_in_reasonable_time(scan: Scan) -> None:
    """Two megabytes of text take about two seconds; of twenty megabytes of weights the start is read."""
    start = time.monotonic()
    line = b"epoch 12 loss 0.12345 accuracy 0.98765 learning rate 0.001 batch 64 of 1024\n"
    assert scan("log.txt", line * 27_000 + KEY.encode()) == [(27_001, AWS)]
    assert scan("weights.bin", bytes(20_000_000)) == []
    assert time.monotonic() - start < 20
