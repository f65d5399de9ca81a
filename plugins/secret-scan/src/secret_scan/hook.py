"""The pre-commit hook: what is about to be committed, by the same rules, baselines and comments as the step.

`secret-scan hook [--message] [--work-tree] [--exclude GLOB]… [--exclude-rule RULE]… [--baseline PATH]…
[--detectors FILE] FILE…`
"""

from __future__ import annotations

import argparse
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from drone_plugin import PluginError, spell_duration
from drone_plugin.globs import matcher
from drone_plugin.scalars import printable
from secret_scan.accepted.acceptance import read_baselines
from secret_scan.accepted.baseline import BASELINE
from secret_scan.accepted.detect_secrets_file import THEIRS
from secret_scan.accepted.judge import Accepted, Judge, exclusion
from secret_scan.detectors import all_detectors
from secret_scan.engine import Engine
from secret_scan.output.mask import visible
from secret_scan.output.result import Result, Scanned, count, result
from secret_scan.output.summary import lines
from secret_scan.scanning import scan
from secret_scan.staged import open_staged
from secret_scan.values import Item

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from secret_scan.detectors import Detector
    from secret_scan.staged import Staged

FINDINGS, BROKEN = 3, 1
"""Exit codes, those of the step."""


def main(arguments: Sequence[str]) -> int:
    """Scan, print, and return the exit code."""
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    asked = _parser().parse_args(arguments)
    try:
        made = scanned(asked, Path.cwd())
    except (PluginError, OSError) as error:
        print(f"secret-scan: {visible(str(error))}")
        return BROKEN
    for line in lines(made):
        print(line)
    for failure in made.scanned.failures:
        print(f"not scanned: {failure}")
    if made.new:
        print(
            f"{count(len(made.new), 'secret')} in {made.scanned}. Nothing is in the history yet: take it out."
        )
        print("`git commit --no-verify` would commit it all the same, and the build would find it.")
        return FINDINGS
    return BROKEN if made.scanned.failures else 0


def scanned(asked: argparse.Namespace, folder: Path) -> Result:
    """Scan what is staged of the files, or what it says in them where they are messages."""
    start = time.monotonic()
    baselines = asked.baseline or [BASELINE, THEIRS]
    with open_staged(folder, work_tree=asked.work_tree) as source:
        listed = read_baselines(source.read, baselines, spelled=printable)
        for warning in listed.warnings:
            print(f"warning: {warning}")
        items = _messages(folder, asked.files) if asked.message else _files(source, asked)
        outcome = scan(Engine(all_detectors(_own_detectors(folder, asked.detectors))), items)
        judge = Judge(
            now=Accepted(listed), excluded=exclusion(asked.exclude_rule), baselines=frozenset(baselines)
        )
        judged = judge.all(outcome.findings)
    took = spell_duration(time.monotonic() - start)
    about = Scanned("what is staged", outcome.items, outcome.size, took, (), tuple(outcome.failures))
    return result(judged, about, listed.ours[0] if listed.ours else None)


def _own_detectors(folder: Path, name: str) -> tuple[Detector, ...]:
    if not name:
        return ()
    from secret_scan.custom_file import detectors_of_file  # noqa: PLC0415 - most hooks are quicker without

    return detectors_of_file(folder, name)


def _files(source: Staged, asked: argparse.Namespace) -> Iterator[Item]:
    excluded = matcher(asked.exclude)
    return (item for item in source.items(asked.files) if not excluded(item.path))


def _messages(folder: Path, files: Sequence[str]) -> Iterator[Item]:
    """Commit messages, without the comments that git puts below."""
    for name in files:
        content = (folder / name).read_bytes()
        text = b"\n".join(line for line in content.split(b"\n") if not line.startswith(b"#"))
        yield Item("commit message", "message", size=len(text), read=partial(bytes, text))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="secret-scan hook", description="Scan what is about to be committed."
    )
    parser.add_argument("files", nargs="*", metavar="FILE")
    parser.add_argument("--message", action="store_true", help="the files are commit messages")
    parser.add_argument(
        "--work-tree", action="store_true", help="read the files: pre-commit has put away what is not staged"
    )
    parser.add_argument("--exclude", action="append", default=[], metavar="GLOB", help="paths to leave out")
    parser.add_argument(
        "--exclude-rule", action="append", default=[], metavar="RULE[:GLOB]", help="rules that do not count"
    )
    parser.add_argument("--baseline", action="append", metavar="PATH", help="files of accepted findings")
    parser.add_argument(
        "--detectors", default="", metavar="FILE", help="your own, as the step's setting `detectors`, in JSON"
    )
    return parser
