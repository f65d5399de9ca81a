"""Baselines in the workspace, and at the merge base of a pull request."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from drone_plugin import PluginError, spell
from drone_plugin.git import MissingObjectError
from drone_plugin.values import within
from secret_scan.accepted.acceptance import Comments, Listed, read_baselines
from secret_scan.accepted.baseline import LARGEST
from secret_scan.accepted.judge import Accepted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from drone_plugin import Build, Log
    from drone_plugin.git import Git


def read_accepted(workspace: Path, paths: Sequence[str]) -> Listed:
    """The baselines of the workspace."""

    def read(path: str) -> bytes | None:
        return regular_content(within(workspace, path, "baseline"), LARGEST + 1)

    return read_baselines(read, paths, spelled=spell)


def regular_content(path: Path, limit: int) -> bytes | None:
    """At most so many bytes of a regular file: a pipe is not waited for. None where there is none."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        return file.read(limit) if stat.S_ISREG(os.fstat(descriptor).st_mode) else None


def before_pull_request(
    git: Git | None, build: Build, paths: Sequence[str], log: Log, base: str = ""
) -> Accepted | None:
    """What was accepted before a pull request; None on any other build.

    Where its base is not known, nothing was: then what suppresses a finding is called new.
    """
    if not build.is_pull_request_code:
        return None
    if git is None or not base:
        log.warning("the merge base is not known: every suppression counts as brought by this pull request")
        return Accepted(Listed(), Comments(lambda _path: None))

    def read(path: str) -> bytes | None:
        return _blob(git, f"{base}:{path}")

    return Accepted(read_baselines(read, paths), Comments(read))


def _blob(git: Git, name: str) -> bytes | None:
    try:
        return git.run("cat-file", "blob", name).stdout
    except MissingObjectError:
        return None
    except PluginError:
        return None
