"""This repository is scanned by what it makes."""

import argparse
import subprocess

from kit.paths import ROOT
from secret_scan.accepted.baseline import BASELINE
from secret_scan.hook import scanned
from secret_scan.output.blocks import place


def test_it_passes_its_own_scan() -> None:
    command = ["git", "ls-files", "-z"]
    files = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    asked = argparse.Namespace(
        files=[name for name in files if name],
        baseline=[BASELINE],
        exclude=[],
        exclude_rule=[],
        detectors="",
        message=False,
        work_tree=True,
    )
    assert [place(secret.finding) for secret in scanned(asked, ROOT).new] == []
