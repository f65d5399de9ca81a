"""`secret-scan audit`: walk through what was found, in a terminal, and put down what is no secret.

`secret-scan audit [--history] [--exclude GLOB]… [--exclude-rule RULE]… [--baseline PATH] [--detectors FILE]`
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from drone_plugin import Clock, PluginError, SystemClock, environment, read_build, spell, write_whole
from drone_plugin.redact import Redactor
from secret_scan.accepted import baseline as ours
from secret_scan.accepted.acceptance import read_baselines
from secret_scan.accepted.baseline import BASELINE, Baseline, Entry, Label, path_of
from secret_scan.accepted.detect_secrets_file import THEIRS
from secret_scan.accepted.judge import Accepted, Judge, exclusion
from secret_scan.accepted.reading import regular_content
from secret_scan.custom_file import detectors_of_file
from secret_scan.detectors import all_detectors
from secret_scan.detectors.forms.files import FORMS
from secret_scan.engine import Engine
from secret_scan.output.blocks import described
from secret_scan.output.mask import visible, without
from secret_scan.output.result import Scanned, count, result
from secret_scan.ranges.scan import How, open_scan
from secret_scan.scanning import scan
from secret_scan.stale import Paths, pruned, stale

if TYPE_CHECKING:
    from collections.abc import Sequence

    from drone_plugin.environment import Environment
    from secret_scan.output.groups import Secret
    from secret_scan.output.result import Result

LEFT, BROKEN, NO_TERMINAL = 3, 1, 2
"""Exit codes: new findings are left, as the step would say; it could not be done; there is nobody to ask."""

_LABELS: Final[dict[str, Label]] = {"f": "false", "r": "revoked", "a": "accepted"}
_KEYS: Final = "[f]alse alarm  [r]evoked  [a]ccepted as it is  [l]ine in clear  [s]kip  [q]uit > "


@dataclass(frozen=True)
class _Hand:
    """What a scan needs of a step, where there is none."""

    workspace: Path
    environment: Environment = field(default_factory=environment.current)
    redactor: Redactor = field(default_factory=Redactor)
    clock: Clock = field(default_factory=SystemClock)


def main(arguments: Sequence[str]) -> int:
    """Scan, ask, write the baseline after each answer, and return the exit code."""
    asked = _parser().parse_args(arguments)
    if not sys.stdin.isatty():
        print("secret-scan audit: it asks, and there is no terminal; with docker, run it with -it")
        return NO_TERMINAL
    folder = Path.cwd()
    try:
        audit = Audit(folder, asked.baseline, _own(folder, asked.baseline))
        made, gone, surely = _scanned(folder, asked, audit.baseline)
    except (PluginError, ours.BaselineError) as error:
        print(f"secret-scan audit: {visible(str(error))}")
        return BROKEN
    print(f"{count(len(made.new), 'finding')} to look at in {made.scanned.words}")
    left = audit.walk(made)
    print(f"{count(len(made.new) - left, 'finding')} accepted, {left} left")
    if gone:
        audit.prune(gone, surely=surely)
    if left < len(made.new) and (advice := merging(folder, asked.baseline)):
        print(advice)
    return LEFT if left else 0


@dataclass
class Audit:
    """The walk through the findings."""

    folder: Path
    path: str
    baseline: Baseline

    def walk(self, made: Result) -> int:
        """Ask about each new finding; how many are left."""
        left = len(made.new)
        self.baseline = self.baseline.with_salt()
        for number, secret in enumerate(made.new, start=1):
            print(f"\n[{number}/{len(made.new)}]")
            for line in described(secret, made.values(secret)):
                print(line)
            label = self._label(secret)
            if label == "quit":
                break
            if label is not None:
                self._accept(secret, label, _ask("reason (may be empty) > ").strip())
                left -= 1
        return left

    def prune(self, gone: Sequence[Entry], *, surely: bool) -> None:
        """Take out entries that are of nothing any more, when somebody says so.

        What the work tree has not, an older commit may have: then it is only said.
        """
        entries = "1 entry" if len(gone) == 1 else f"{len(gone)} entries"
        print(f"\n{entries} of {spell(self.path)} no longer found:")
        for entry in gone[:_SHOWN]:
            print(f"    {visible(entry.rule)}  {visible(entry.path)}  {visible(entry.reason)}".rstrip())
        if len(gone) > _SHOWN:
            print(f"    and {len(gone) - _SHOWN} more")
        if not surely:
            print("the history may still have them: `secret-scan audit --history` can take them out")
            return
        if _ask("take them out? [y]es [n]o > ").strip().lower()[:1] == "y":
            self.baseline = pruned(self.baseline, gone)
            write_whole(self.folder / self.path, self.baseline.text())
            print(f"written to {spell(self.path)}")

    def _label(self, secret: Secret) -> Label | Literal["quit"] | None:
        """What somebody says of it; None to pass it over."""
        while True:
            answer = _ask(_KEYS).strip().lower()[:1]
            if answer in _LABELS:
                return _LABELS[answer]
            if answer in {"q", _END}:
                return "quit"
            if answer == "s":
                return None
            if answer == "l":
                print(f"    {visible(secret.finding.found.text)}")

    def _accept(self, secret: Secret, label: Label, reason: str) -> None:
        """Put it down, and with it what other rules say of the same place."""
        for finding in (secret.finding, *secret.rules):
            path = visible(without(path_of(finding.item), [finding.found.value]))
            self.baseline = self.baseline.accept(finding, label, visible(reason), path=path)
        write_whole(self.folder / self.path, self.baseline.text())
        print(f"written to {spell(self.path)}")


def merging(folder: Path, path: str) -> str:
    """What to say so that two branches' additions merge; empty where `.gitattributes` says it already."""
    content = regular_content(folder / ".gitattributes", 1 << 20) or b""
    if path.encode() in content:
        return ""
    line = f"    /{path} merge=union"
    return f"what two branches add to it merges without a conflict by this line in .gitattributes:\n{line}"


_END = "\x04"
_SHOWN: Final = 20
"""Entries that are listed."""


def _ask(question: str) -> str:
    """What is typed; the end of input, or an interrupt, is one, too."""
    try:
        return input(question)
    except (EOFError, KeyboardInterrupt):
        print()
        return _END


def _own(folder: Path, path: str) -> Baseline:
    """The baseline to add to. Raises BaselineError where the file is another, so that nothing is lost."""
    content = regular_content(folder / path, ours.LARGEST)
    return ours.parse(content.decode("utf-8", "replace")) if content is not None else Baseline()


def _scanned(folder: Path, asked: argparse.Namespace, own: Baseline) -> tuple[Result, Sequence[Entry], bool]:
    """What came of the scan, and the entries that are of nothing in it, and whether of nothing at all."""
    listed = read_baselines(
        lambda path: regular_content(folder / path, ours.LARGEST + 1), [asked.baseline, THEIRS], spelled=spell
    )
    for warning in listed.warnings:
        print(f"warning: {warning}")
    detectors = all_detectors(detectors_of_file(folder, asked.detectors))
    paths = Paths()
    hand = _Hand(folder)
    how: How = "history" if asked.history else "tree"
    with open_scan(hand, read_build({}), how=how, exclude=asked.exclude) as plan:
        print(f"scanning {plan.words}")
        outcome = scan(Engine(detectors), paths.over(plan.items))
        judge = Judge(
            now=Accepted(listed),
            excluded=exclusion(asked.exclude_rule),
            baselines=frozenset({asked.baseline, THEIRS}),
        )
        judged = judge.all(outcome.findings)
    failures = (*outcome.failures, *(f"{spell(path)}: {reason}" for path, reason in plan.unreadable))
    for failure in failures:
        print(f"not scanned: {failure}")
    rules = [detector.rule for detector in detectors] + [form.rule for form in FORMS]
    gone = [] if failures else stale(own, outcome.findings, paths.seen, rules)
    scanned = Scanned(plan.words, outcome.items, outcome.size, "", failures=failures)
    return result(judged, scanned, None), gone, bool(asked.history) or plan.git is None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="secret-scan audit", description="Walk through what is found, and put down what is no secret."
    )
    parser.add_argument("--history", action="store_true", help="look through the history, not the work tree")
    parser.add_argument("--exclude", action="append", default=[], metavar="GLOB", help="paths to leave out")
    parser.add_argument(
        "--exclude-rule", action="append", default=[], metavar="RULE[:GLOB]", help="rules that do not count"
    )
    parser.add_argument(
        "--baseline", default=BASELINE, metavar="PATH", help=f"the file to write ({BASELINE})"
    )
    parser.add_argument(
        "--detectors", default="", metavar="FILE", help="your own, as the step's setting `detectors`, in JSON"
    )
    return parser
