"""Baselines in the workspace, and at the merge base of a pull request."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeVar

from drone_plugin import PluginError, Settings, spell
from drone_plugin.git_login import Login
from drone_plugin.values import within
from secret_scan.accepted.acceptance import Comments, Listed, read_baselines
from secret_scan.accepted.baseline import LARGEST
from secret_scan.accepted.judge import Accepted
from secret_scan.accepted.reading import regular_content
from secret_scan.ranges.clone import Clone
from secret_scan.ranges.situations import choose

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from drone_plugin import Step
    from drone_plugin.git_objects import GitObjects
    from secret_scan.ranges.scan import Scan

S = TypeVar("S", bound=Settings)


def read_accepted(workspace: Path, paths: Sequence[str]) -> Listed:
    """The baselines of the workspace."""

    def read(path: str) -> bytes | None:
        return regular_content(within(workspace, path, "baseline"), LARGEST + 1)

    return read_baselines(read, paths, spelled=spell)


def now(step: Step[S], plan: Scan, listed: Listed) -> Accepted:
    """What is accepted by the build's commit.

    A comment that a commit adds counts for the versions before it, which nobody can change any more.
    """
    own = Comments()
    commit = step.build.commit.sha
    if plan.git is None or not commit:
        return Accepted(listed, (own,))
    return Accepted(listed, (own, Comments(partial(_file, plan.git, commit))))


def before_pull_request(step: Step[S], plan: Scan, paths: Sequence[str]) -> Accepted | None:
    """What was accepted before a pull request; None on any other build.

    Where its base is not known, nothing was: then all that suppresses a finding is called new.
    """
    if not step.build.is_pull_request_code:
        return None
    git, base = plan.git, plan.base
    if git is not None and not base:
        base = _base(step, git)
    if git is None or not base:
        step.log.warning("where this pull request began is not known: all that it suppresses counts as new")
        return Accepted(Listed(), (Comments(lambda _path: None),))
    read = partial(_file, git, base)
    return Accepted(read_baselines(read, paths), (Comments(read),))


def _file(git: GitObjects, commit: str, path: str) -> bytes | None:
    try:
        return git.file(commit, path)
    except PluginError:
        return None


def _base(step: Step[S], git: GitObjects) -> str:
    """For a scan that is not of the pull request's own commits."""
    try:
        clone = Clone(git, step.build.repo.remote, Login.read(step.environment))
        return choose(clone, step.build).base
    except PluginError as error:
        step.log.debug(error.message)
        return ""
