"""Which commits a build brought, by its event and by what the platform says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drone_plugin.errors import JobFailedError
from drone_plugin.git import MissingObjectError, ShallowHistoryError
from secret_scan.ranges.clone import Chosen, Clone
from secret_scan.ranges.texts import counted, short

if TYPE_CHECKING:
    from drone_plugin import Build

LOOK_BACK: Final = 1000
"""Commits that are scanned where nobody says since when they are new, beside all files."""
_NOT_OF_A_PUSH: Final = frozenset({"cron", "custom"})
_AGAIN: Final = frozenset({"promote", "rollback"})
_TAG_EVENTS: Final = frozenset({"tag", "release"})
_UNSHALLOW: Final = "remove clone.depth from the pipeline, and on Woodpecker set partial: false for the clone"


def choose(clone: Clone, build: Build) -> Chosen:
    """The commits to scan. Raises MissingObjectError where neither they nor more than they can be scanned."""
    tip = clone.commit(build.commit.sha) or clone.fetched(build.commit.sha)
    if not tip:
        raise MissingObjectError(
            f"the clone has no commit {build.commit.sha}, and it cannot be fetched: {clone.failure}"
        )
    chosen = _of_build(clone, build, tip)
    if not _is_cut(clone, chosen):
        return chosen
    if clone.fetched(tip, whole=True):
        chosen = _of_build(clone, build, tip)
    if _is_cut(clone, chosen):
        chosen = _despite_cut(clone, build, chosen)
    return chosen


def _of_build(clone: Clone, build: Build, tip: str) -> Chosen:
    if build.is_pull_request_code:
        return _of_pull_request(clone, build, tip)
    if build.event in _NOT_OF_A_PUSH:
        return _as_it_stands(build, tip)
    if build.event in _TAG_EVENTS:
        return _unknown_to_default(clone, build, tip)
    since = _before(clone, build, tip)
    if since:
        return _since(clone, build, tip, since)
    if build.event in _AGAIN:
        return _as_it_stands(build, tip)
    notes = []
    if build.commit.before and build.commit.before != tip:
        gone = f"{_place(build)} stood at {short(build.commit.before)} before, which is gone"
        notes.append(f"{gone}: {clone.failure or 'nobody has it'}")
    return _unknown_to_default(clone, build, tip).noting(*notes)


def _before(clone: Clone, build: Build, tip: str) -> str:
    """Where the branch stood before the push; fetched when a force push has left it behind.

    Woodpecker names the commit of the last build of the branch, which may be of a pull request into it. What
    the branch itself has had from there is told by its chain of first parents.
    """
    named = build.commit.before
    if build.platform == "woodpecker" and build.event in _AGAIN:
        return ""
    before = clone.commit(named) or (clone.fetched(named) if named else "")
    if not before or before == tip:
        return ""
    if build.platform != "woodpecker":
        return before
    own = clone.git.run("rev-list", "--first-parent", tip, f"^{before}", "--").text.split()
    return clone.commit(f"{own[-1]}^1") if own else before


def _since(clone: Clone, build: Build, tip: str, before: str) -> Chosen:
    arguments = ("rev-list", "--count", "--left-right", f"{before}...{tip}", "--")
    left, right = map(int, clone.git.run(*arguments).text.split())
    if not right:
        return Chosen(
            f"the commit {short(tip)} alone: {_place(build)} was moved back to it, so none is new",
            tip,
            newest=1,
        )
    forced = ", a force push" if left else ""
    words = f"{counted(right, 'commit')} pushed to {_place(build)}, {short(before)}..{short(tip)}{forced}"
    return Chosen(words, tip, before)


def _of_pull_request(clone: Clone, build: Build, tip: str) -> Chosen:
    """All that the target has not. "Before" is the target's commit on Drone; on Woodpecker any build's."""
    target = build.commit.branch or build.repo.default_branch
    notes: list[str] = []
    for commit in (
        clone.branch(target),
        clone.commit(build.commit.before) if build.platform != "woodpecker" else "",
    ):
        base = _base(clone, commit, tip, target) if commit else ""
        chosen = Chosen("", tip, commit, base=base)
        if base == tip:
            notes.append(f"{target} has the commits of the pull request by now")
        elif commit and (count := clone.count(chosen)):
            words = (
                f"{counted(count, 'commit')} of the pull request into {target}, since {short(base) or 'ever'}"
            )
            return Chosen(words, tip, commit, base=base, notes=tuple(notes))
    if not notes:
        notes.append(f"what {target or 'the target'} has is not known: {clone.failure}")
    return _look_back(clone, build, tip).noting(*notes)


def _base(clone: Clone, target: str, tip: str, branch: str) -> str:
    """Where the pull request left its target; nothing where they have nothing in common."""
    try:
        return clone.git.merge_base(target, tip) or ""
    except ShallowHistoryError:
        clone.fetched(f"refs/heads/{branch}", whole=True)
    try:
        return clone.git.merge_base(target, tip) or ""
    except ShallowHistoryError:
        return ""


def _unknown_to_default(clone: Clone, build: Build, tip: str) -> Chosen:
    """For a branch or tag that was not there before: what the default branch has not."""
    default = build.repo.default_branch
    if default and (default != build.commit.branch or build.event in _TAG_EVENTS):
        known = clone.branch(default)
        if known:
            chosen = Chosen("", tip, known)
            if count := clone.count(chosen):
                words = f"{counted(count, 'commit')} of {_place(build)} that {default} has not"
                return Chosen(words, tip, known)
            words = f"the commit {short(tip)} of {_place(build)} alone: {default} has it already"
            return Chosen(words, tip, newest=1)
        return _look_back(clone, build, tip).noting(f"{default} is not in the clone: {clone.failure}")
    return _look_back(clone, build, tip).noting(f"nobody says where {_place(build)} stood before")


def _look_back(clone: Clone, build: Build, tip: str) -> Chosen:
    """More than can be new, as far as that is bearable."""
    count = clone.count(Chosen("", tip))
    if count <= LOOK_BACK:
        return Chosen(f"the whole history of {_place(build)}, {counted(count, 'commit')}", tip)
    words = f"the last {LOOK_BACK} commits of {_place(build)}, and all its files"
    return Chosen(words, tip, newest=LOOK_BACK, files=True)


def _as_it_stands(build: Build, tip: str) -> Chosen:
    words = f"all files of {short(tip)}: a build by {build.event} brings no commits"
    return Chosen(words, tip, newest=1, files=True)


def _is_cut(clone: Clone, chosen: Chosen) -> bool:
    """Whether there may be commits beyond the ones that the clone has. One alone is not looked beyond."""
    return chosen.newest != 1 and bool(clone.cuts(chosen))


def _despite_cut(clone: Clone, build: Build, chosen: Chosen) -> Chosen:
    """The same, when what follows beyond the cut is known to be old. Raises MissingObjectError."""
    for commit in clone.cuts(chosen):
        head = clone.git.content(commit).partition(b"\n\n")[0].decode("utf-8", "replace")
        parents = [line.partition(" ")[2] for line in head.splitlines() if line.startswith("parent ")]
        if any(parent != build.commit.before for parent in parents):
            raise MissingObjectError(
                f"the clone's history is cut at {short(commit)}, among what is new, "
                f"and cannot be completed: {clone.failure}",
                hint=_UNSHALLOW,
            )
    return chosen.noting("the clone's history is cut just there: all files of that commit are scanned")


def _place(build: Build) -> str:
    return build.tag or build.commit.branch or short(build.commit.sha)


def everything(clone: Clone) -> Chosen:
    """All that any ref leads to. Raises JobFailedError for nothing, MissingObjectError for a part."""
    chosen = Chosen("", "")
    if clone.git.cut():
        head = clone.commit("HEAD")
        clone.fetched(head, whole=True)
    if clone.cuts(chosen):
        raise MissingObjectError(
            f"the clone's history is cut, and cannot be completed: {clone.failure}", hint=_UNSHALLOW
        )
    count = clone.count(chosen)
    if not count:
        raise JobFailedError("the repository has no commit, so there is no history to scan")
    return Chosen(f"the whole history of the clone, {counted(count, 'commit')}", "")
