"""`secret-scan audit` in a terminal."""

import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from kit.findings import KEY, OTHER, TOKEN, finding
from secret_scan.accepted.baseline import BASELINE, Baseline, parse

# Whoever runs the tests in the background ignores SIGINT for them, and a program would inherit that.
AUDIT = ["/usr/bin/env", "--default-signal=INT", sys.executable, "-m", "secret_scan", "audit"]
SECONDS = 60


@dataclass
class Terminal:
    """A program that runs in one; what it has printed so far."""

    process: subprocess.Popen[bytes]
    descriptor: int
    shown: str = ""
    _read: int = field(default=0)

    def expect(self, text: str) -> None:
        """Wait until the text is printed, after what was waited for before."""
        end = time.monotonic() + SECONDS
        while text not in self.shown[self._read :]:
            assert time.monotonic() < end, self.shown
            if not self._more():
                break
        assert text in self.shown[self._read :], self.shown
        self._read = self.shown.index(text, self._read) + len(text)

    def type(self, keys: str) -> None:
        """Press keys."""
        os.write(self.descriptor, keys.encode())

    def interrupt(self) -> None:
        """As Ctrl-C does; again, where it came just before the program began to wait for keys."""
        before = len(self.shown)
        end = time.monotonic() + SECONDS
        while len(self.shown) == before and time.monotonic() < end:
            self.process.send_signal(signal.SIGINT)
            self._more()

    def ends(self) -> int:
        """Wait for its end; the exit code."""
        end = time.monotonic() + SECONDS
        while time.monotonic() < end and self._more():
            pass
        return self.process.wait(SECONDS)

    def _more(self) -> bool:
        ready, _, _ = select.select([self.descriptor], [], [], 1)
        if not ready:
            return self.process.poll() is None
        try:
            data = os.read(self.descriptor, 4096)
        except OSError:  # the other end is closed
            return False
        self.shown += data.decode().replace("\r\n", "\n")
        return bool(data)


Open = Callable[..., Terminal]


@pytest.fixture
def audit(tmp_path: Path) -> Iterator[Open]:
    """Start the audit in the test's folder."""
    started = []

    def start(*arguments: str) -> Terminal:
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            [*AUDIT, *arguments], cwd=tmp_path, stdin=theirs, stdout=theirs, stderr=theirs, close_fds=True
        )
        os.close(theirs)
        started.append(Terminal(process, ours))
        return started[-1]

    yield start
    for terminal in started:
        terminal.process.kill()
        terminal.process.wait()
        os.close(terminal.descriptor)


def test_it_walks_through_the_findings_and_writes_what_is_said_of_them(audit: Open, tmp_path: Path) -> None:
    for name, value in (("a.py", TOKEN), ("b.json", KEY), ("c.py", OTHER)):
        (tmp_path / name).write_text(f'x = "{value}"\n')

    terminal = audit()
    terminal.expect("3 findings to look at in the work tree, 3 files")
    terminal.expect("[1/3]")
    terminal.expect('x = "dapi******"')
    terminal.type("what?\n")
    terminal.expect("uit > ")
    terminal.type("f\n")
    terminal.expect("reason")
    terminal.type("an example\n")
    terminal.expect(f"written to {BASELINE}")
    terminal.expect("[2/3]")
    terminal.type("s\n")
    terminal.expect("[3/3]")
    terminal.type("r\n")
    terminal.expect("reason")
    terminal.type("\n")
    terminal.expect("2 findings accepted, 1 left")
    assert terminal.ends() == 3

    entries = parse((tmp_path / BASELINE).read_text()).entries.values()
    assert {(entry.path, entry.label, entry.reason) for entry in entries} == {
        ("a.py", "false", "an example"),
        ("c.py", "revoked", ""),
    }
    assert not any(value[4:] in terminal.shown for value in (TOKEN, KEY, OTHER))


def test_what_was_said_is_not_asked_again(audit: Open, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(f'x = "{TOKEN}"\n')
    first = audit()
    first.expect("uit > ")
    first.type("a\n")
    first.expect("reason")
    first.type("it is public\n")
    assert first.ends() == 0

    again = audit()
    again.expect("0 findings to look at")
    assert again.ends() == 0


def test_the_line_in_clear_is_shown_when_it_is_asked_for(audit: Open, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(f'x = "{TOKEN}"\n')
    terminal = audit()
    terminal.expect("uit > ")
    terminal.type("l\n")
    terminal.expect(TOKEN)
    terminal.type("q\n")
    assert terminal.ends() == 3
    assert not (tmp_path / BASELINE).exists()


def test_it_ends_with_its_input(audit: Open, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(f'x = "{TOKEN}"\n')
    terminal = audit()
    terminal.expect("uit > ")
    terminal.type("\x04")
    assert terminal.ends() == 3
    assert "Traceback" not in terminal.shown


def test_detectors_of_a_file_are_asked_about(audit: Open, tmp_path: Path) -> None:
    (tmp_path / "d.json").write_text('[{"name": "acme-token", "regex": "acme_[0-9a-f]{8}"}]')
    (tmp_path / "a.md").write_text("see acme_7f3d9b2c\n")
    terminal = audit("--detectors", "d.json")
    terminal.expect("1 finding to look at")
    terminal.expect("acme-token  a.md:1:5")
    terminal.type("q\n")
    assert terminal.ends() == 3


def accepted(folder: Path, *paths: str) -> None:
    """A baseline with an entry for the token at each of these paths."""
    baseline = Baseline()
    for path in paths:
        baseline = baseline.accept(finding(TOKEN, path), "false", "made up", path=path)
    (folder / BASELINE).write_text(baseline.text())


def left(folder: Path) -> set[str]:
    """The paths of the entries."""
    return {entry.path for entry in parse((folder / BASELINE).read_text()).entries.values()}


def test_entries_of_nothing_are_taken_out_when_it_is_said(audit: Open, tmp_path: Path) -> None:
    accepted(tmp_path, "a.py", "b.py", "not-here.py", "docs/c.py")
    (tmp_path / "a.py").write_text(f'x = "{TOKEN}"\n')
    (tmp_path / "b.py").write_text("cleaned\n")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/c.py").write_text("left out\n")
    terminal = audit("--exclude", "docs/**")
    terminal.expect("1 entry of .secret-scan.json no longer found:")
    terminal.expect("databricks-token  b.py  made up")
    terminal.expect("take them out?")
    terminal.type("y\n")
    assert terminal.ends() == 0
    assert left(tmp_path) == {"a.py", "not-here.py", "docs/c.py"}


def test_entries_stay_unless_it_is_said(audit: Open, tmp_path: Path) -> None:
    accepted(tmp_path, "b.py")
    (tmp_path / "b.py").write_text("cleaned\n")
    terminal = audit()
    terminal.expect("take them out?")
    terminal.type("\n")
    assert terminal.ends() == 0
    assert left(tmp_path) == {"b.py"}


def test_an_entry_that_the_history_may_need_is_taken_out_by_it_alone(audit: Open, tmp_path: Path) -> None:
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-q", "--allow-empty", "-m", "a"]):
        accepted(tmp_path, "b.py")
        (tmp_path / "b.py").write_text("clean\n")
        who = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
        subprocess.run(["git", *who, *arguments], cwd=tmp_path, check=True)  # noqa: S607 - a test's
    tree = audit()
    tree.expect("the history may still have them")
    assert tree.ends() == 0
    assert left(tmp_path) == {"b.py"}

    history = audit("--history")
    history.expect("take them out?")
    history.type("y\n")
    assert history.ends() == 0
    assert left(tmp_path) == set()


def test_it_can_be_interrupted(audit: Open, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(f'x = "{TOKEN}"\n')
    terminal = audit()
    terminal.expect("uit > ")
    terminal.interrupt()
    assert terminal.ends() == 3
    assert "Traceback" not in terminal.shown


def test_a_baseline_that_cannot_be_read_is_not_overwritten(audit: Open, tmp_path: Path) -> None:
    (tmp_path / BASELINE).write_text("<<<<<<< a conflict")
    terminal = audit()
    assert terminal.ends() == 1
    assert "it is no list in JSON" in terminal.shown
    assert (tmp_path / BASELINE).read_text() == "<<<<<<< a conflict"


def test_without_a_terminal_there_is_nobody_to_ask(tmp_path: Path) -> None:
    done = subprocess.run(AUDIT, cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    assert done.returncode == 2
    assert b"there is no terminal" in done.stdout
